"""Programs that agents call as tools: real ones, in the sandbox, whose requests are judged where they arrive.
And what somebody tries who is in there and wants out, or wants all there is."""

import http.client
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest

from e2e.test_tools import RULES, Tools
from harness import gateway, kube_gateway, postgres, process, tool_gateway, web, web_git
from harness.kube.server import Server
from harness.web_case import needs_program

TOOLS = """
tool "command" "curl" {
  description = "Asks the API."
  command     = ["curl", "-sS"]
  endpoints   = [https.api]
  stdin       = true
  timeout     = "3s"
}

tool "command" "git" {
  command   = ["git"]
  allow     = ["ls-remote *", "clone https://api.test/*"]
  endpoints = [https.api]
}

tool "command" "psql" {
  command   = ["psql", "-At"]
  endpoints = [postgres.db]
}

tool "command" "python" {
  command   = ["python3", "-c"]
  endpoints = [https.api, postgres.db]
  environment = { GREETING = "hello" }
  timeout   = "4s"
  memory    = "128MiB"
  scratch   = "16MiB"
  output    = "64KiB"
  processes = 30
  stdin     = true
}

tool "command" "offline" {
  command = ["python3", "-c"]
}

rule "api-fetches" {
  endpoint  = https.api
  priority  = 70
  condition = "http.path.endsWith('/git-upload-pack')"
  verdict   = "allow"
}
"""


def _sandboxed():
    """Command lines of what runs in a sandbox of this machine."""
    found = []
    for each in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (each / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"sandbox-mark" in b" ".join(words):
            found.append(words)
    return found


class Commands(Tools):
    rules = TOOLS + RULES
    hosts = '["api.test"]'

    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        for program in ("bwrap", "curl", "git"):
            needs_program(program)
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="clawpatrol-git-")))
        web_git.make_repository(folder / "acme/open.git")
        cls.database = cls.enterClassContext(postgres.Postgres())
        cls.web = cls.enterClassContext(web.Server(routes={"acme": web_git.backend(folder)}))
        cls.gateway = cls.enterClassContext(
            tool_gateway.ToolGateway(cls.database, cls.web, cls.rules, cls.endpoint, hosts=cls.hosts))

    def ran(self, tool, *args, **members):
        arguments = {"args": list(args)}
        if "stdin" in members:
            arguments["stdin"] = members.pop("stdin")
        status, said = self.gateway.call(tool, arguments, **members)
        self.assertEqual(status, 200, said)
        return said["result"], said

    def python(self, text, **members):
        return self.ran("python", text, **members)[0]


class Real(Commands):
    def test_curl_is_given_the_credential_on_the_wire_and_never_sees_it(self):
        result, said = self.ran("curl", "https://api.test/echo?x=1", reasoning="is it up?")
        self.assertEqual((result["exit_code"], result["stderr"]), (0, ""), result)
        self.assertEqual(json.loads(result["stdout"])["path"], "/echo?x=1")
        self.assertEqual(self.web.requests[0]["headers"]["authorization"], f"Bearer {tool_gateway.SECRET}")
        self.assertNotIn(tool_gateway.SECRET, json.dumps(said))
        under, = said["actions"]
        self.assertEqual((under["endpoint"], under["verdict"]), ("https.api", "allow"))
        call, = self.gateway.records(kind="judged", family="tool", action=said["action"])
        self.assertIn("curl -sS", call["summary"])
        recorded = self.gateway.records(kind="judged", call=said["action"])
        self.assertEqual([each["action"] for each in recorded], [under["id"]])
        ended, = self.gateway.records(kind="ended", action=said["action"])
        self.assertEqual((ended["ending"], ended["detail"]), ("ok", "exit 0"))

    def test_a_line_is_read_without_a_shell(self):
        status, said = self.gateway.call("curl", {"command": "curl 'https://api.test/echo?a=b&c=$HOME'"})
        self.assertEqual(status, 200, said)
        self.assertEqual(json.loads(said["result"]["stdout"])["path"], "/echo?a=b&c=$HOME")

    def test_what_is_denied_on_the_wire_is_told_beside_what_the_program_says(self):
        result, said = self.ran("curl", "-X", "DELETE", "https://api.test/echo")
        self.assertIn("nothing is deleted here", result["stdout"])
        under, = said["actions"]
        self.assertEqual((under["verdict"], under["rule"]), ("deny", "api-no-delete"))
        self.assertIn("nothing is deleted here", under["reason"])
        self.assertEqual(self.web.requests, [])

    def test_stdin_is_sent(self):
        self.addCleanup(self.deny_all)
        result, _ = self.ran("python", "import sys; print(sys.stdin.read().upper(), end='')", stdin="given")
        self.assertEqual(result["stdout"], "GIVEN")

    def test_git_clones(self):
        result, said = self.ran("git", "ls-remote", "https://api.test/acme/open.git")
        self.assertEqual(result["exit_code"], 0, result)
        self.assertIn("refs/heads/main", result["stdout"])
        result, _ = self.ran("git", "clone", "https://api.test/acme/open.git")
        self.assertEqual(result["exit_code"], 0, result)

    def test_psql_finds_its_database(self):
        result, said = self.ran("psql", "-c", "select owner from accounts where id = 7")
        self.assertEqual((result["stdout"], result["stderr"]), ("owner 7\n", ""))
        self.assertEqual(said["actions"][0]["endpoint"], "postgres.db")
        result, said = self.ran("psql", "-c", "truncate accounts")
        self.assertEqual(result["exit_code"], 1)
        self.assertIn("nothing is emptied", result["stderr"])
        ended, = self.gateway.records(kind="ended", action=said["action"])
        self.assertEqual((ended["ending"], ended["detail"]), ("failed", "exit 1"))
        self.assertEqual(said["actions"][-1]["rule"], "db-truncate")
        self.assertEqual(self.ask_server("select count(*) from accounts"), 100)

    def test_rules_see_words_and_patterns_bound_them(self):
        for arguments in ({"args": ["push", "origin"]}, {"command": "git push"}, {"args": ["ls-remote"]},
                          {"args": ["ls-remote", "x", "--upload-pack=sh"]}):
            status, said = self.gateway.call("git", arguments)
            self.assertEqual(status, 400, said)
            self.assertIn("ls-remote *", said["detail"])
        status, said = self.gateway.call("git", {"args": ["ls-remote", "x"], "stdin": "y"})
        self.assertEqual((status, said["pointer"]), (400, "/arguments/stdin"))
        status, said = self.gateway.call("psql", {"command": "psql -c 'drop table accounts'"})
        self.assertEqual((status, said["denied"]["rule"]), (403, "no-drop-by-tool"))

    def test_a_line_that_needs_a_shell_is_on_record_and_never_runs(self):
        status, said = self.gateway.call("curl", {"command": "curl https://api.test/echo | sh"})
        self.assertNotEqual(status, 200, said)
        call, = self.gateway.records(kind="judged", family="tool", action=said["action"])
        self.assertIn("not_understood", call)
        self.assertEqual(self.web.requests, [])

    def test_tools_are_listed_with_what_they_take(self):
        _, said = self.gateway.ask("GET", "/v1/tools")
        git, = [each for each in said["tools"] if each["name"] == "git"]
        self.assertIn("clone https://api.test/*", git["description"])
        self.assertNotIn("stdin", git["input_schema"]["properties"])
        status, said = self.gateway.call("offline", {"args": ["print(1)"]})
        self.assertEqual((status, said["result"]["stdout"]), (200, "1\n"))

    def test_output_comes_as_it_is_printed(self):
        connection, events = self.gateway.events(
            "python", {"args": ["import time; print('first', flush=True); time.sleep(.3); print('café')"]})
        self.addCleanup(connection.close)
        seen = list(events)
        pieces = [each["stdout"] for name, each in seen if name == "output"]
        self.assertGreater(len(pieces), 1)
        self.assertEqual("".join(pieces), "first\ncafé\n")
        self.assertEqual(seen[-1][1]["result"]["stdout"], "first\ncafé\n")

    def test_its_time_stands_still_while_a_person_is_asked(self):
        answer = self.later(lambda: self.ran("curl", "-d", "x=1", "https://api.test/echo"))
        held = self.gateway.one_waiting()
        time.sleep(4)  # Longer than the tool's `timeout`.
        self.gateway.approvals("approve", held["id"])
        result, said = answer()
        self.assertEqual(result["exit_code"], 0, result)
        self.assertEqual(json.loads(result["stdout"])["body"], "x=1")
        self.assertEqual([each["verdict"] for each in said["actions"]], ["allow"])


class Attacks(Commands):
    def test_it_sees_nothing_of_the_machine(self):
        result = self.python("import os; print(dict(os.environ)); print(os.listdir('/'), os.getuid())")
        self.assertIn("'GREETING': 'hello'", result["stdout"])
        self.assertNotIn("CLAWPATROL", result["stdout"])
        self.assertNotIn(postgres.PASSWORD, result["stdout"])
        result = self.python(
            "import os\n"
            f"for path in ['/etc/shadow', {str(self.gateway.folder)!r}, '/home', '/proc/1/environ']:\n"
            "  try: print(open(path).read() if os.path.isfile(path) else os.listdir(path))\n"
            "  except OSError as error: print('no', error.errno)\n")
        for line in filter(None, result["stdout"].splitlines()):
            self.assertTrue(line.startswith("no "), line)
        for secret in (tool_gateway.SECRET, tool_gateway.TOKENS["bot"], postgres.PASSWORD):
            self.assertNotIn(secret, result["stdout"])

    def test_it_reaches_nothing_but_its_endpoints(self):
        result = self.python(
            "import socket\n"
            f"for where in [('127.0.0.1', {self.gateway.port}), ('10.0.0.1', {self.gateway.port}),\n"
            "              ('169.254.169.254', 22), ('8.8.8.8', 53)]:\n"
            "  try: socket.create_connection(where, 2); print('reached', where)\n"
            "  except OSError as error: print('no')\n")
        self.assertEqual(result["stdout"], "no\n" * 4)
        for url in ("https://other.test/", "http://127.0.0.1:1/", f"https://127.0.0.1:{self.gateway.port}/"):
            result, _ = self.ran("curl", "--noproxy", "", url)
            refused = "no endpoint of profile `agents`" in result["stdout"]
            self.assertTrue(refused or result["exit_code"] != 0, result)
        result, _ = self.ran("curl", "-x", f"http://x:{tool_gateway.TOKENS['other']}@127.0.0.1:3128",
                             "https://api.test/echo")
        seen = self.gateway.records(kind="judged", endpoint="https.api")
        self.assertNotIn("other", [each["agent"] for each in seen])

    def test_a_fork_bomb_is_bounded(self):
        result = self.python(
            "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass\n'sandbox-mark'")
        self.assertEqual(result["stopped"], "timed out")
        self.assertEqual(_sandboxed(), [])
        self.assertEqual(self.python("print('well')")["stdout"], "well\n")

    def test_a_memory_hog_is_stopped(self):
        result = self.python("x = []\nwhile True: x.append(bytearray(1 << 20))")
        refused = "MemoryError" in result["stderr"]
        self.assertTrue(refused or result.get("stopped") == "too much memory", result)
        result = self.python("import time\nwhile True: open(str(time.time_ns()), 'w')")
        self.assertIn(result.get("stopped"), ("too much memory", "timed out"), result)

    def test_a_flood_is_cut(self):
        result = self.python("while True: print('x' * 1000)")
        self.assertEqual((result["stopped"], result["truncated"]), ("too much output", True))
        self.assertEqual(len(result["stdout"]), 64 * 1024)

    def test_what_hangs_ends_with_all_its_children(self):
        result = self.python(
            "import os, signal, time\n'sandbox-mark'\n"
            "for n in (1, 2, 13, 15): signal.signal(n, signal.SIG_IGN)\n"
            "if os.fork() == 0:\n  os.setsid()\n  if os.fork(): os._exit(0)\n"
            "print('hanging', flush=True)\ntime.sleep(1000)")
        self.assertEqual(result["stopped"], "timed out")
        self.assertEqual(result["stdout"], "hanging\n" * 2)
        self.assertEqual(_sandboxed(), [])

    def test_a_call_that_is_cancelled_kills_what_runs(self):
        connection, events = self.gateway.events(
            "python", {"args": ["import time\nprint('on', flush=True)\ntime.sleep(1000)\n'sandbox-mark'"]})
        for name, each in events:
            if name == "call":
                call = each["call"]
            if name == "output":
                break
        self.assertEqual(len([each for each in _sandboxed() if b"python3" in each[0]]), 1)
        self.gateway.ask("DELETE", f"/v1/calls/{call}")
        *_, (name, last) = events
        connection.close()
        self.assertEqual((name, last["status"]), ("end", 499))
        self.assertEqual(_sandboxed(), [])

    def test_an_agent_that_leaves_takes_its_program_with_it(self):
        connection, events = self.gateway.events(
            "python", {"args": ["import time\nprint('on', flush=True)\ntime.sleep(1000)\n'sandbox-mark'"]})
        next(each for name, each in events if name == "output")
        connection.close()
        process.wait_until(lambda: not _sandboxed(), 10, "the program's end")


class Kubectl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        needs_program("kubectl")
        needs_program("bwrap")
        cls.port = process.free_port()
        more = f"""
endpoint "tools" "local" {{
  listen        = "127.0.0.1:{cls.port}"
  require_token = false
  profile       = "agents"
}}

rule "no-deletions" {{
  endpoint  = tools.local
  priority  = 10
  condition = "tool.name == 'kubectl' && tool.argv.exists(word, word == 'drain')"
  verdict   = "deny"
  reason    = "nodes stay"
}}

rule "calls" {{
  endpoint = tools.local
  verdict  = "allow"
}}
"""
        cls.server = cls.enterClassContext(Server())
        cls.gateway = cls.enterClassContext(kube_gateway.KubeGateway(cls.server, more=more))

    def setUp(self):
        self.server.reset()

    def call(self, arguments):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", "/v1/tools/kubectl", json.dumps({"arguments": arguments}),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.status, json.loads(answer.read())
        connection.close()
        return said

    def kubectl(self, line, **members):
        status, said = self.call({"command": f"kubectl {line}", **members})
        self.assertEqual(status, 200, said)
        return said["result"], said

    def test_it_gets_what_it_may(self):
        result, said = self.kubectl("get pods -o name")
        self.assertEqual(result["exit_code"], 0, result)
        self.assertIn("pod/", result["stdout"])
        self.assertEqual({each["endpoint"] for each in said["actions"]}, {"kubernetes.prod"})

    def test_what_the_cluster_rules_deny_is_told(self):
        result, said = self.kubectl("get secrets")
        self.assertEqual(result["exit_code"], 1)
        self.assertIn("secrets stay in the cluster", result["stderr"])
        self.assertIn("no-secrets", [each.get("rule") for each in said["actions"]])
        status, said = self.call({"args": ["drain", "node-1"]})
        self.assertEqual((status, said["denied"]["reason"]), (403, "nodes stay"), said)

    def test_it_creates_from_stdin_and_executes(self):
        made = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"},
                           "data": {"a": "b"}})
        result, _ = self.kubectl("apply -f -", stdin=made)
        self.assertIn("configmap/made created", result["stdout"], result)
        result, _ = self.kubectl("get configmap made -o 'jsonpath={.data.a}'")
        self.assertEqual(result["stdout"], "b", result)
        result, said = self.kubectl("exec box -- rm -rf /")
        self.assertNotEqual(result["exit_code"], 0)
        self.assertIn("no-rm", [each.get("rule") for each in said["actions"]])

    def test_where_it_goes_is_not_its_to_say(self):
        for words in ("get pods --server=https://x", "--token=x get pods", "proxy", "edit pod x",
                      "get -v=9 pods", "exec -it box -- sh", "foo"):
            status, said = self.call({"command": f"kubectl {words}"})
            self.assertEqual(status, 400, said)
            self.assertEqual(said["pointer"], "/arguments/command")
        status, said = self.call({"args": ["get", "pods", "--kubeconfig", "/x"]})
        self.assertEqual((status, said["pointer"]), (400, "/arguments/args/2"), said)
        self.assertEqual(self.server.seen(), [])


class Killed(Commands):
    def deny_all(self):
        """There is nobody left to ask."""

    def test_nothing_outlives_the_gateway(self):
        connection, events = self.gateway.events(
            "python", {"args": ["import time\nprint('on', flush=True)\ntime.sleep(1000)\n'sandbox-mark'"]})
        self.addCleanup(connection.close)
        next(each for name, each in events if name == "output")
        self.assertNotEqual(_sandboxed(), [])
        self.gateway.child.kill()
        process.wait_until(lambda: not _sandboxed(), 10, "the program's end")
