"""GitHub by its own description: what the pack `github-guarded` makes of every operation there is, and gh and
octokit against a server made of that description. Both need tests/drivers/github, installed by hand."""

import json
import os
import pathlib
import re
import tempfile
import unittest

from harness import drivers, process
from harness.gateway import BINARY
from harness.web_case import Https, needs_program

FOLDER = pathlib.Path(os.environ.get("CLAWPATROL_GITHUB", drivers.FOLDER / "github"))
DESCRIPTION = FOLDER / "node_modules/@octokit/openapi/generated/api.github.com.json"

_POLICY = """
schema_version = 2
endpoint "https" "github" {
  hosts = ["api.github.com"]
  use   = ["github-guarded"]
}
credential "github_oauth" "key" { endpoint = https.github }
profile "agents" { credentials = [github_oauth.key] }
"""

_METHODS = ("get", "put", "post", "patch", "delete")
_NAMES = {"owner": "acme", "repo": "shop", "org": "acme", "username": "robot"}

# What an agent must never do, by the words of the description's paths.
_NEVER = re.compile(r"^/repos/{owner}/{repo}$ delete|/transfer post|/secrets/{secret_name} (put|delete)|"
                    r"/branches/{branch}/protection.* (put|post|patch|delete)|/rulesets.* (put|post|delete)|"
                    r"/keys.* (post|delete)|/hooks.* (post|patch|delete)|/collaborators.* (put|delete)|"
                    r"/actions/permissions.* put|registration-token post|/teams/.* (put|patch|delete)|"
                    r"/packages/{package_type}/{package_name} delete|/push-protection-bypasses post")
# Reads whose answer would hold a secret, or whose path is one of those.
_SECRET_READS = re.compile(r"/secret-scanning/alerts|^/app/hook/")


def _needs_description():
    if not DESCRIPTION.exists():
        raise unittest.SkipTest(f"no description of GitHub: npm ci --ignore-scripts in {FOLDER}")


def _operations():
    paths = json.loads(DESCRIPTION.read_text())["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods if method in _METHODS]


class Pack(unittest.TestCase):
    def test_no_operation_that_changes_something_is_let_through(self):
        _needs_description()
        operations = _operations()
        verdicts = self.verdicts(operations)
        self.assertEqual(len(verdicts), len(operations))
        counts = {}
        for (path, method), verdict in zip(operations, verdicts):
            counts[method, verdict] = counts.get((method, verdict), 0) + 1
            with self.subTest(path=path, method=method):
                if _NEVER.search(f"{path} {method}"):
                    self.assertEqual(verdict, "deny")
                elif method != "get":
                    self.assertIn(verdict, ("approve", "deny"))
                else:
                    self.assertEqual(verdict, "deny" if _SECRET_READS.search(path) else "allow")
        print(f"        {len(operations)} operations:", ", ".join(
            f"{method} {verdict} {count}" for (method, verdict), count in sorted(counts.items())))

    def verdicts(self, operations):
        """One `clawpatrol test` over all of them as fixtures, each wrong, so that its verdict is printed."""
        with tempfile.TemporaryDirectory(prefix="clawpatrol-github-") as name:
            folder = pathlib.Path(name)
            (folder / "policy.hcl").write_text(_POLICY)
            (folder / "fixtures").mkdir()
            for number, (path, method) in enumerate(operations):
                http = {"method": method.upper(),
                        "path": re.sub("{([^}]+)}", lambda found: _NAMES.get(found[1], "7"), path)}
                if method != "get":
                    http |= {"headers": {"Content-Type": ["application/json"]}, "body": '{"name":"x"}'}
                (folder / "fixtures" / f"{number:05}.json").write_text(json.dumps(
                    {"action": {"host": "api.github.com", "http": http},
                     "match": {"verdict": "allow", "rule": "none-such"}}))
            with self.assertRaises(RuntimeError) as told:
                process.run([BINARY, "test", folder / "policy.hcl", folder / "fixtures"], seconds=120)
        return re.findall(r"^ +got +(\w+)", str(told.exception), re.MULTILINE)


class _Prism(process.Process):
    """A server of everything in the description, with its examples for answers. Has no certificate."""

    authority = None
    ready_seconds = 240  # It reads ten megabytes of description first.

    def __init__(self, folder):
        self.port = process.free_port()
        super().__init__(["node", FOLDER / "node_modules/.bin/prism", "mock", "-h", "127.0.0.1", "-p",
                          self.port, DESCRIPTION], folder / "log")

    def is_ready(self):
        return process.accepts(self.port)

    def url(self):
        return f"http://127.0.0.1:{self.port}"


_OCTOKIT = """
import { Octokit } from "@octokit/rest";
import { ProxyAgent, fetch } from "undici";
const dispatcher = new ProxyAgent(process.env.HTTPS_PROXY);
const github = new Octokit({ auth: process.env.GH_TOKEN,
  request: { fetch: (url, options) => fetch(url, { ...options, dispatcher }) } });
// Prism answers 406 to the media type of GitHub's own that octokit asks for: it is not in the description.
github.hook.before("request", (options) => { options.headers.accept = "application/json"; });
const shown = [];
const tell = async (name, call) => {
  try { shown.push([name, (await call).status]); }
  catch (error) { shown.push([name, error.status, error.message]); }
};
const shop = { owner: "acme", repo: "shop" };
await tell("repository", github.repos.get(shop));
await tell("issues", github.issues.listForRepo(shop));
await tell("contents", github.repos.getContent({ ...shop, path: "README.md" }));
await tell("delete", github.repos.delete(shop));
await tell("secret", github.actions.createOrUpdateRepoSecret({ ...shop, secret_name: "A", key_id: "1",
  encrypted_value: "c2VjcmV0" }));
await tell("protection", github.repos.deleteBranchProtection({ ...shop, branch: "main" }));
console.log(JSON.stringify(shown));
"""


class Described(Https):
    tls_upstream = False
    parts = {"hosts": '"api.github.com"', "endpoint": 'use = ["github-guarded"]', "rules": "",
             "credential": 'credential "github_oauth" "key" { endpoint = https.api }\n',
             "credentials": "github_oauth.key"}

    @classmethod
    def prepare(cls):
        _needs_description()
        needs_program("node", "gh")

    @classmethod
    def upstream(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="clawpatrol-prism-"))
        return _Prism(pathlib.Path(folder))

    def test_gh_reads_and_is_refused(self):
        quiet = {"GH_NO_UPDATE_NOTIFIER": "1", "GH_PROMPT_DISABLED": "1", "NO_COLOR": "1"}
        for path in ("repos/acme/shop", "repos/acme/shop/issues", "user", "repos/acme/shop/pulls"):
            self.assertTrue(json.loads(self.good("gh", "api", path, **quiet)))
        told = self.bad("gh", "api", "-X", "DELETE", "repos/acme/shop", **quiet)
        self.assertIn("repositories and packages are not deleted by agents", told)

    def test_octokit_reads_and_is_refused(self):
        script = FOLDER / "octokit_driver.mjs"
        script.write_text(_OCTOKIT)
        self.addCleanup(script.unlink)
        shown = {name: rest for name, *rest in json.loads(self.good("node", script))}
        self.assertEqual({name: shown[name] for name in ("repository", "issues", "contents")},
                         {"repository": [200], "issues": [200], "contents": [200]})
        for name, reason in (("delete", "not deleted by agents"), ("secret", "secrets are not changed"),
                             ("protection", "branch protection")):
            self.assertEqual(shown[name][0], 403)
            self.assertIn(reason, shown[name][1])
