"""Agents as people install them (tests/agents), each with a home of its own and a played model: how one is
told of the gateway by the words of its page, and asked to do something."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import process, terminal
from harness.gateway import BINARY
from harness.played_model import SERVER, Use

FOLDER = process.ROOT / "tests/agents"
PAGES = process.ROOT / "docs/agents"
CLIENTS = process.ROOT / "examples/clients"
KEY = "played-placeholder-0123456789"  # By which it asks its model.
# Claude Code's own program is where its package for this machine has it: no script of it has been run.
PROGRAMS = [*(FOLDER / "node_modules").glob("@anthropic-ai/claude-code-linux-*"),
            *(FOLDER / "node_modules").glob("node-linux-*/bin"), FOLDER / "node_modules/.bin"]
SECONDS = 240  # For one turn: OpenClaw takes half a minute to start on a busy machine.


def install():
    if not os.environ.get("CLAWPATROL_AGENTS"):
        raise unittest.SkipTest("the agents weigh 1.6 GB: ./dev agents brings and runs them")
    if not (FOLDER / "node_modules/.bin/openclaw").exists():
        raise unittest.SkipTest(f"no agents in {FOLDER}: ./dev agents brings them")


def blocks(page, language):
    """The pieces of a page that are in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)


class Agent:
    """One agent in a folder of its own; what is the same of all of them."""

    page = None
    default_variables = {}

    def __init__(self, model, token, url=None):
        self.model, self.token, self.url = model, token, url
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-agent-"))
        self.work, scratch = self.folder / "work", self.folder / "tmp"
        self.work.mkdir()
        scratch.mkdir()  # Codex's sandbox does not work where its home is in the folder for such.
        self.variables = {
            "HOME": str(self.folder), "TMPDIR": str(scratch), "CLAWPATROL_TOKEN": token, "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PATH": ":".join(map(str, [*PROGRAMS, BINARY.parent, "/usr/bin", "/bin"])),
            **self.default_variables}
        self.prepare()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self):
        """Where its model is."""

    def by_script(self):
        """Nothing but what scripts read."""
        self.variables["TOOL_PROXY_URL"] = self.url

    def by_proxy(self, environment):
        """It is told of the gateway by variables only, and its model is where everybody's is."""
        self.variables.update(environment)

    def shell(self, line):
        """A step: a command of its own."""
        raise NotImplementedError

    def command(self, prompt):
        raise NotImplementedError

    def here(self, text):
        """A piece of a page, with the address that the gateway has in this test."""
        return text.replace("http://127.0.0.1:8080", self.url or "")

    def do(self, command, seconds=SECONDS, **more):
        return subprocess.run(list(map(str, command)), cwd=self.work, check=False, text=True, timeout=seconds,
                              capture_output=True, stdin=subprocess.DEVNULL, env={**self.variables, **more})

    def do_block(self, word, language="sh"):
        """The piece of its page that has the word, in a shell."""
        text, = [text for text in blocks(self.page, language) if word in text]
        done = self.do(["sh", "-ec", self.here(text)])
        assert done.returncode == 0, done.stdout + done.stderr

    def ask(self, prompt="look at the orders", **more):
        """One turn: what the model was shown of its tools' results."""
        done = self.do(self.command(prompt), **more)
        assert not self.model.problems, (self.model.problems, done.stdout[-2000:], done.stderr[-4000:])
        assert done.returncode == 0, (done.returncode, done.stdout[-2000:], done.stderr[-4000:])
        return self.model.saw

    def begin(self, **more):
        """The same, beside the test."""
        pool = concurrent.futures.ThreadPoolExecutor(1)
        future = pool.submit(self.ask, **more)
        pool.shutdown(wait=False)
        return future


class ClaudeCode(Agent):
    page, models, key_kind = "claude-code.md", "api.anthropic.com", "anthropic_manual_key"
    default_variables = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "ANTHROPIC_API_KEY": KEY}

    def prepare(self):
        self.variables["ANTHROPIC_BASE_URL"] = self.model.url()

    def by_proxy(self, environment):
        del self.variables["ANTHROPIC_BASE_URL"]
        super().by_proxy(environment)

    def shell(self, line):
        return Use("Bash", command=line, description="looks")

    def by_http(self):
        self.do_block("--transport http")

    def by_program(self):
        self.do_block("-- clawpatrol mcp")

    def gives_up_after(self, seconds):
        self.variables["MCP_TOOL_TIMEOUT"] = str(seconds * 1000)

    def at_terminal(self, prompt):
        """With somebody before it, who has been asked already what it asks once."""
        said = json.loads((self.folder / ".claude.json").read_text())
        said.update(hasCompletedOnboarding=True, theme="dark",
                    customApiKeyResponses={"approved": [KEY[-20:]], "rejected": []})
        said["projects"][str(self.work)].update(hasTrustDialogAccepted=True)
        (self.folder / ".claude.json").write_text(json.dumps(said))
        (self.folder / ".claude/settings.json").write_text(json.dumps(
            {"permissions": {"allow": [f"mcp__{SERVER}"]}}))
        browser = self.folder / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" >> {self.folder}/opened\n')
        browser.chmod(0o755)
        return terminal.Terminal(["claude", prompt], self.work, {**self.variables, "BROWSER": str(browser)})

    def command(self, prompt):
        return ["claude", "-p", prompt, "--allowedTools", f"mcp__{SERVER}", "Bash"]


class Codex(Agent):
    page, models, key_kind = "codex.md", "api.openai.com", "bearer_token"
    default_variables = {"OPENAI_API_KEY": KEY}

    def prepare(self):
        self.settings = self.folder / ".codex/config.toml"
        self.settings.parent.mkdir()

    def by_script(self):
        super().by_script()
        self._write(self._network())

    def by_proxy(self, environment):
        self._write(self._network(), f"https://{self.models}")
        super().by_proxy(environment)

    def _network(self):
        text, = [text for text in blocks(self.page, "toml") if "network_access" in text]
        return text

    def shell(self, line):
        return Use("exec_command", cmd=line, yield_time_ms=30000)

    def _write(self, settings, base=None):
        self.settings.write_text(f"""
model = "gpt-5"
model_provider = "played"

[model_providers.played]
name = "played"
base_url = "{base or self.model.url()}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"

{self.here(settings)}
""")

    def by_http(self):
        self._write((CLIENTS / "codex.toml").read_text())

    def by_program(self):
        self._write((CLIENTS / "codex-program.toml").read_text())

    def gives_up_after(self, seconds):
        text = self.settings.read_text()
        self.settings.write_text(re.sub(r"(?<=tool_timeout_sec = )\d+", str(seconds), text))

    def command(self, prompt):
        return ["codex", "exec", "--skip-git-repo-check", "--sandbox", "workspace-write", prompt]


class OpenClaw(Agent):
    page, models, key_kind = "openclaw.md", "api.anthropic.com", "anthropic_manual_key"

    def prepare(self):
        self.settings = self.folder / ".openclaw/openclaw.json"
        self.settings.parent.mkdir()
        self._write(self.model.url())

    def by_proxy(self, environment):
        self._write(f"https://{self.models}")
        super().by_proxy(environment)
        self.do_block("http.sslCAInfo")

    def shell(self, line):
        return Use("exec", command=line)

    def _write(self, base):
        model = {"id": "small", "name": "small", "contextWindow": 200000, "maxTokens": 4096}
        self.settings.write_text(json.dumps({
            "models": {"mode": "merge", "providers": {"played": {
                "baseUrl": base, "apiKey": KEY, "api": "anthropic-messages", "models": [model]}}},
            "agents": {"defaults": {"model": {"primary": "played/small"}}}}))

    def by_http(self):
        self.do_block('"transport": "streamable-http"')

    def by_program(self):
        self.do_block('"command": "clawpatrol"')

    def gives_up_after(self, seconds):
        said = json.loads(self.settings.read_text())
        said["mcp"]["servers"][SERVER]["requestTimeoutMs"] = seconds * 1000
        self.settings.write_text(json.dumps(said))

    def command(self, prompt):
        return ["openclaw", "agent", "exec", prompt, "--json"]
