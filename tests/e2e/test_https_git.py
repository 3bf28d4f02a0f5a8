"""git and gh, unmodified: they hold a placeholder, read what they may, and print why they may not do the
rest."""

import json
import os
import pathlib
import tempfile

from harness import process, web, web_git, web_github
from harness.web_case import Https, needs_program
from harness.web_gateway import SECRET

_PUSHES = """
rule "fetch" {
  endpoint  = https.api
  condition = "http.path.endsWith('/git-upload-pack') || 'service' in http.query && http.method == 'GET'"
  verdict   = "allow"
}

rule "push" {
  endpoint  = https.api
  condition = "http.path == '/acme/open.git/git-receive-pack'"
  verdict   = "allow"
}

rule "no-push" {
  endpoint = https.api
  verdict  = "deny"
  reason   = "this branch is not yours"
}
"""

_BASIC = """
credential "basic_auth" "key" {
  endpoint = https.api
  username = "robot"
}
"""


class Git(Https):
    parts = {"rules": _PUSHES, "credential": _BASIC, "credentials": "basic_auth.key"}

    @classmethod
    def upstream(cls):
        needs_program("git")
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="clawpatrol-git-")))
        cls.open = web_git.make_repository(folder / "acme/open.git")
        cls.closed = web_git.make_repository(folder / "acme/closed.git")
        return web.Server(routes={"acme": web_git.backend(folder)})

    def clone(self, name):
        work = self.gateway.folder / f"{self.id().split('.')[-1]}-{name}"
        self.good("git", "clone", "-q", f"https://x:placeholder@api.test/acme/{name}.git", work)
        self.assertEqual((work / "README").read_text(), "first\n")
        return work

    @staticmethod
    def head(repository):
        return process.run(["git", "-C", repository, "rev-parse", "main"]).strip()

    def test_clone_with_the_gateways_login(self):
        self.clone("open")
        self.assertEqual({web_git.login(_Seen(request)) for request in self.server.requests},
                         {("robot", SECRET)})

    def test_an_old_and_a_new_protocol(self):
        for version in ("0", "1", "2"):
            told = self.good("git", "-c", f"protocol.version={version}", "ls-remote",
                             "https://x:placeholder@api.test/acme/open.git")
            self.assertIn("refs/heads/main", told)

    def test_an_allowed_push_changes_the_repository(self):
        work, before = self.clone("open"), self.head(self.open)
        (work / "large").write_bytes(os.urandom(3_000_000))  # More than git sends in one piece.
        (work / "README").write_text("second\n")
        process.run(["git", "-C", work, "add", "large"])
        web_git.commit(work, "second")
        self.good("git", "-C", work, "push", "-q", "origin", "main")
        self.assertNotEqual(self.head(self.open), before)
        process.run(["git", "-C", self.open, "fsck", "--strict"])
        process.run(["git", "-C", self.open, "update-ref", "refs/heads/main", before])

    def test_a_refused_push_changes_nothing_and_says_why(self):
        work, before = self.clone("closed"), self.head(self.closed)
        (work / "README").write_text("second\n")
        web_git.commit(work, "second")
        self.server.forget()
        told = self.bad("git", "-C", work, "push", "origin", "main")
        self.assertIn("403", told)
        self.assertEqual(self.head(self.closed), before)
        self.assertNotIn("POST", {request["method"] for request in self.server.requests})
        self.assertIn("this branch is not yours", self.gateway.audit("tail", "--json"))


class _Seen:
    """A kept request, as web_git.login reads one."""

    def __init__(self, request):
        self.headers = {"Authorization": request["headers"].get("authorization", "")}


class Gh(Https):
    routes = web_github.ROUTES
    parts = {"hosts": '"api.github.com", "github.com"', "endpoint": 'use = ["github-guarded"]', "rules": "",
             "credential": 'credential "github_oauth" "key" { endpoint = https.api }\n',
             "credentials": "github_oauth.key"}

    @classmethod
    def prepare(cls):
        needs_program("gh")

    def gh(self, how, *words):
        return how("gh", *words, GH_NO_UPDATE_NOTIFIER="1", GH_PROMPT_DISABLED="1", NO_COLOR="1")

    def test_reading_by_rest_and_by_graphql(self):
        self.assertEqual(json.loads(self.gh(self.good, "api", "repos/acme/shop"))["full_name"], "acme/shop")
        self.assertEqual(self.server.requests[-1]["headers"]["authorization"].split()[-1], SECRET)
        self.assertIn("sells things", self.gh(self.good, "repo", "view", "acme/shop"))
        self.assertIn("/graphql", {request["path"] for request in self.server.requests})

    def test_a_repository_is_not_deleted_and_the_reason_is_printed(self):
        for words in (("repo", "delete", "acme/shop", "--confirm"),
                      ("api", "-X", "DELETE", "repos/acme/shop")):
            told = self.gh(self.bad, *words)
            self.assertIn("repositories and packages are not deleted by agents", told)
        self.assertNotIn("DELETE", {request["method"] for request in self.server.requests})

    def test_graphql_mutations_that_do_harm_never_arrive(self):
        mutation = 'query=mutation { deleteRepository(input: {repositoryId: "R_1"}) { clientMutationId } }'
        self.assertIn("cannot be seen to be harmless", self.gh(self.bad, "api", "graphql", "-f", mutation))
        self.assertEqual(self.server.requests, [])

    def test_its_placeholder_comes_with_the_environment(self):
        told = self.good("bash", "-c", 'printf %s "$GH_TOKEN"')
        self.assertRegex(told, "^gho_clawpatrolplaceholder")
        self.assertIn("robot", self.gh(self.good, "api", "user", "--jq", ".login"))
