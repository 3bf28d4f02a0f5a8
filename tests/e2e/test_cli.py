"""The command line as people and scripts use it: what each verb prints, where, and how it exits."""

import contextlib
import json
import os
import pathlib
import pty
import subprocess
import tempfile
import termios
import unittest

import psycopg2

from gated import Gated
from harness import gateway, process

EXAMPLES = process.ROOT / "examples"
QUICKSTART = EXAMPLES / "quickstart.hcl"
TEAM = EXAMPLES / "team.hcl"
KUBERNETES = EXAMPLES / "kubernetes.hcl"


def claw(*words, stdin="", **variables):
    return subprocess.run([gateway.BINARY, *map(str, words)], input=stdin, capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, **variables})


class Cli(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="clawpatrol-cli-")))

    def good(self, *words, **options):
        done = claw(*words, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def bad(self, code, *words, **options):
        """What went wrong, for a person; nothing that a script would take for an answer."""
        done = claw(*words, **options)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        return done.stderr

    def lines(self, *words, stdin):
        return [json.loads(line) for line in self.good(*words, stdin=stdin).splitlines()]

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


class Policy(Cli):
    def test_validate_says_ok_and_counts(self):
        self.assertEqual(self.good("validate", QUICKSTART),
                         "ok: 1 endpoint, 4 rules, 1 credential, 1 profile, 0 agents\n")
        self.assertEqual(len(json.loads(self.good("validate", "--json", QUICKSTART))["rules"]), 4)

    def test_validate_points_at_the_mistake(self):
        broken = self.write("broken.hcl", QUICKSTART.read_text().replace("verdict ", "verdikt "))
        complaint = self.bad(1, "validate", broken)
        self.assertIn("did you mean `verdict`?", complaint)
        self.assertIn("^^^^^^^", complaint)
        mistakes = claw("validate", "--json", broken)
        self.assertEqual(mistakes.returncode, 1)
        self.assertEqual({each["severity"] for each in json.loads(mistakes.stdout)}, {"error"})

    def test_a_missing_policy_is_wrong_usage_everywhere(self):
        missing = "/no/such.hcl"
        for words in (["validate", missing], ["test", missing, EXAMPLES], ["explain", missing, "select 1"],
                      ["credentials", "list", missing]):
            self.assertIn("no such file", self.bad(2, *words), words)

    def test_fixtures_pass_and_fail_and_are_missed(self):
        passed = self.good("test", QUICKSTART, EXAMPLES / "quickstart.fixtures")
        self.assertRegex(passed, r"(?m)^ok   \S+/drop-is-denied\.json$")
        fixture = json.loads((EXAMPLES / "quickstart.fixtures/drop-is-denied.json").read_text())
        fixture["match"]["verdict"] = "allow"
        wrong = self.write("wrong.json", json.dumps(fixture))
        failed = claw("test", QUICKSTART, wrong)
        self.assertEqual(failed.returncode, 1)
        self.assertRegex(failed.stdout, r"FAIL \S+\n +want allow .*\n +got  deny rule=no-ddl .*\n0 of 1")
        self.assertEqual(claw("test", QUICKSTART, EXAMPLES).returncode, 2)  # No fixture lies there.
        self.assertIn("no such file", self.bad(2, "test", QUICKSTART, self.folder / "none"))

    def test_packs_are_listed_and_printed(self):
        self.assertRegex(self.good("packs"), r"postgres-guarded +sql")
        self.assertIn('rule "no-ddl"', self.good("packs", "postgres-guarded"))
        self.assertIn("did you mean `postgres-guarded`?", self.bad(2, "packs", "postgres-guard"))

    def test_the_reference_has_every_block(self):
        self.assertIn('## credential "postgres_credential"', self.good("reference"))

    def test_a_full_disk_is_an_answer_that_did_not_get_out(self):
        for words in (["reference"], ["packs"], ["validate", "--json", TEAM]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                code = subprocess.call([gateway.BINARY, *words], stdout=full, stderr=full)
            self.assertEqual(code, 1, words)


class Explain(Cli):
    def test_every_rule_answers_and_the_verdict_has_its_reason(self):
        told = self.good("explain", QUICKSTART, "select 1; delete from orders")
        self.assertRegex(told, r"(?m)^2 +changes-ask +approve +true$")
        self.assertRegex(told, r"(?m)^verdict   approve, by dashboard: rule `changes-ask`$")
        self.assertRegex(told, r"(?m)^reason    a person looks")

    def test_lines_are_answered_one_by_one_whatever_they_are(self):
        answers = self.lines("explain", QUICKSTART, stdin="""
            {"sql": "drop table x"}
            nonsense
            {"sql": "insert into orders values ($1)", "parameters": ["a", null, 7]}
            {"sql": "select 1", "endpoint": "postgres.shpo"}
            {"SQL": "select 1"}
            {"sql": "selec"}
        """)
        verdicts = [each.get("verdict") for each in answers]
        self.assertEqual(verdicts, ["deny", None, "allow", None, None, "deny"])
        self.assertEqual(answers[0]["rule"], "no-ddl")
        self.assertIn("did you mean `postgres.shop`?", answers[3]["error"])
        self.assertEqual(answers[5]["cause"], "unparsed")

    def test_what_is_not_said_must_be_the_only_one(self):
        self.assertIn("postgres.billing, postgres.warehouse", self.bad(2, "explain", TEAM, "select 1"))
        finance = ["--endpoint", "billing", "--profile", "finance"]
        self.assertIn("expected user `billing_ro`", self.bad(2, "explain", TEAM, "select 1", *finance))
        told = self.good("explain", "--json", TEAM, "insert into payment_notes values (1)", *finance,
                         "--user", "billing_rw")
        self.assertEqual(json.loads(told)["rule"], "notes")
        misspelt = ["--endpoint", "billing", "--profile", "suport"]
        self.assertIn("did you mean `support`?", self.bad(2, "explain", TEAM, "select 1", *misspelt))

    def test_a_request_is_explained_like_a_statement(self):
        told = self.good("explain", KUBERNETES, "--endpoint", "prod",
                         "DELETE /api/v1/namespaces/shop/pods/web")
        self.assertRegex(told, r'(?m)^  k8s.name +"web"$')
        self.assertRegex(told, r"(?m)^verdict   allow: rule `kubernetes-guarded/one-pod`$")
        self.assertNotIn("unknown", told)
        told = json.loads(self.good(
            "explain", "--json", KUBERNETES, "--endpoint", "kubernetes.prod",
            "PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale",
            "-H", "Content-Type: application/merge-patch+json", "-d", '{"spec": {"replicas": 3}}'))
        self.assertEqual((told["verdict"], told["rule"]), ("allow", "shop-scales-a-little"))
        self.assertEqual(told["parts"][0]["k8s.object"], {"spec": {"replicas": 3}})

    def test_an_upgrade_and_what_is_not_relayed(self):
        path = "GET /api/v1/namespaces/shop/pods/web/exec?command=sh&stdin=true&tty=true"
        words = ["explain", KUBERNETES, path, "--endpoint", "prod", "-H"]
        told = self.good(*words, "Upgrade: SPDY/3.1")
        self.assertRegex(told, r"(?m)^verdict   deny: rule `kubernetes-guarded/no-terminals`$")
        self.assertIn("are not relayed here", self.bad(2, *words, "Upgrade: TLS/1.0"))

    def test_the_host_of_a_request_says_which_endpoint(self):
        policy = EXAMPLES / "https-proxy.hcl"
        told = json.loads(self.good("explain", "--json", policy,
                                    "GET https://api.github.com/repos/acme/shop"))
        self.assertEqual(told["endpoint"], "https.github")
        self.assertEqual(told["parts"][0]["http.path"], "/repos/acme/shop")
        self.assertIn("no endpoint has the host `nobody.example`",
                      self.bad(2, "explain", policy, "GET https://nobody.example/"))
        self.assertIn("which endpoint?", self.bad(2, "explain", policy, "GET /"))
        answers = self.lines("explain", KUBERNETES, "--endpoint", "prod", stdin="""
            {"request": "GET /api/v1/secrets"}
            {"request": "select 1"}
            {"sql": "GET /x"}
            {"request": "GET /version", "headers": {"Impersonate-User": "admin"}}
            {"request": "GET /version", "headers": {"a b": "c"}}
        """)
        self.assertEqual([each.get("rule") for each in answers],
                         ["kubernetes-guarded/no-secrets", None, None, "kubernetes-guarded/no-impersonation",
                          None])

    def test_a_deep_statement_is_no_reason_to_fall(self):
        self.good("explain", QUICKSTART, "select " + "(" * 4000 + "1" + ")" * 4000)


class Facts(Cli):
    def test_a_hidden_delete_is_a_statement_of_its_own(self):
        made = json.loads(self.good("facts", "postgres", "--json", "with gone as (delete from a.b) select 1"))
        self.assertEqual([each["verb"] for each in made["statements"]], ["select", "delete"])
        self.assertEqual(made["statements"][1]["tables"], ["a.b"])
        self.assertEqual(made["facts"][1]["sql.tables"], ["b", "a.b"])  # As rules may write it.

    def test_lines_are_answered_one_by_one_whatever_they_are(self):
        answers = self.lines("facts", "postgres",
                             stdin='{"sql":"set role x"}\n[]\n{"sql":"sel"}\n{"sql":7}\n')
        self.assertEqual(answers[0]["session"], [{"kind": "set", "name": "role", "value": "x"}])
        self.assertEqual(["error" in each for each in answers], [False, True, False, True])
        self.assertEqual((answers[2]["understood"], bool(answers[2]["why"])), (False, True))

    def test_expressions_have_values(self):
        self.assertEqual(self.good("eval", "who.name in ['a', 'b'] && n > 1", "--var", 'who={"name":"a"}',
                                   "--var", "n=2"), "true\n")
        complaint = self.bad(1, "eval", "1 + totl", "--var", "total=1")
        self.assertIn("did you mean `total`?\n  1 + totl\n      ^", complaint)
        self.assertIn("not JSON", self.bad(2, "eval", "who", "--var", "who=me"))

    def test_expressions_come_as_lines_too(self):
        answers = self.lines("eval", stdin="""
            {"expr": "x.map(e, e + 'y')", "vars": {"x": ["a"]}}
            {"expr": "1 +"}
            {"expr": "1 / 0"}
            {"expr": 1}
        """)
        self.assertEqual(answers[0], {"value": ["ay"]})
        self.assertEqual(answers[1]["offset"], 3)
        self.assertEqual(answers[2], {"error": "division by zero"})
        self.assertIn("error", answers[3])


class Credentials(Cli):
    def setUp(self):
        super().setUp()
        self.write("key", "11" * 32 + "\n")
        text = TEAM.read_text().replace('key_credential = "clawpatrol-key"', 'key_file = "key"')
        self.config = self.write("team.hcl", text.replace("/var/lib/clawpatrol", str(self.folder / "state")))
        self.store = self.folder / "state/secrets.json"

    def kept(self):
        """But for the gateway's own, which come with the first record."""
        listed = json.loads(self.good("credentials", "list", "--json", self.config))
        return {(each["name"], each["slot"]) for each in listed if not each["name"].startswith("gateway:")}

    def test_changes_are_on_record(self):
        self.good("credentials", "set", self.config, "billing-ro", stdin="hunter2\n")
        self.good("credentials", "remove", self.config, "billing-ro")
        records = self.good("audit", "tail", "--json", "--state-dir", self.folder / "state")
        self.assertEqual(records.count("billing-ro"), 2, records)
        self.assertNotIn("hunter2", records)

    def test_a_value_is_kept_sealed_and_removed(self):
        self.good("credentials", "set", self.config, "billing-ro", stdin="hunter2\n")
        self.assertEqual(self.kept(), {("billing-ro", "password")})
        self.assertNotIn("hunter2", self.store.read_text())
        self.assertEqual(self.store.stat().st_mode & 0o777, 0o600)
        self.good("credentials", "remove", self.config, "billing-ro")
        self.assertEqual(self.kept(), set())
        self.assertIn("no such secret", self.bad(2, "credentials", "remove", self.config, "billing-ro"))

    def test_names_and_slots_are_those_of_the_policy(self):
        def refuse(code, *words, value="x"):
            return self.bad(code, "credentials", "set", self.config, *words, stdin=value)

        self.assertIn("did you mean `billing-ro`?", refuse(2, "biling-ro"))
        self.assertIn("did you mean `password`?", refuse(2, "billing-ro", "--slot", "pasword"))
        self.assertIn("empty", refuse(1, "billing-ro", value="\n"))
        self.assertIn("64 KiB", refuse(1, "billing-ro", value="x" * 70_000))
        self.assertEqual(self.kept(), set())

    def test_the_gateways_own_secret_stays(self):
        self.assertIn("own", self.bad(2, "credentials", "remove", self.config, "gateway:journal"))

    def test_without_a_key_the_next_step_is_told(self):
        keyless = self.write("keyless.hcl", self.config.read_text().replace('key_file = "key"', ""))
        self.assertIn("openssl rand -hex 32", self.bad(2, "credentials", "list", keyless))
        self.good("credentials", "list", keyless, CLAWPATROL_VAULT_KEY="22" * 32)

    def test_a_token_is_printed_once_and_kept_for_its_agent(self):
        first, second = (self.good("credentials", "token", self.config, "triage") for _ in range(2))
        self.assertRegex(first, r"^clawp_[0-9A-Za-z]{49}\n$")
        self.assertNotEqual(first, second)
        self.assertEqual(self.kept(), {("agent_triage", "")})
        self.assertIn("did you mean `triage`?", self.bad(2, "credentials", "token", self.config, "triag"))

    def test_rotation_changes_every_byte_and_the_key_where_one_is_given(self):
        self.good("credentials", "set", self.config, "billing-ro", stdin="hunter2")
        before = self.store.read_text()
        self.good("credentials", "rotate", self.config)
        self.assertNotEqual(before, self.store.read_text())
        new_key = self.write("key2", "22" * 32)
        self.good("credentials", "rotate", self.config, "--new-key", new_key)
        self.assertIn("does not open", self.bad(1, "credentials", "list", self.config))
        new_key.rename(self.folder / "key")
        self.assertEqual(self.kept(), {("billing-ro", "password")})

    def test_what_is_typed_is_not_shown(self):
        words = [gateway.BINARY, "credentials", "set", self.config, "billing-ro"]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(gateway.BINARY, [str(word) for word in words])
        shown = b""
        with contextlib.suppress(OSError):  # How a terminal ends.
            while more := os.read(terminal, 1000):
                shown += more
                if shown.endswith(b": "):
                    process.wait_until(lambda: not self.echoes(terminal), 10, "the prompt")
                    os.write(terminal, b"hunter2\n")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0, shown)
        self.assertNotIn(b"hunter2", shown)
        self.assertEqual(self.kept(), {("billing-ro", "password")})

    @staticmethod
    def echoes(terminal):
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


class Audit(Gated):
    def setUp(self):
        self.state = self.gateway.folder / "state"
        with self.cursor() as cursor:
            cursor.execute("select 'wanted'")
            with self.assertRaises(psycopg2.Error):
                cursor.execute("drop table wanted")

    def audit(self, code, *words):
        done = claw("audit", *words, "--state-dir", self.state)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def records(self, *words):
        return [json.loads(line) for line in self.audit(0, *words).splitlines()]

    def test_the_latest_come_last(self):
        titles, *rows = self.audit(0, "tail", "--kind", "judged", "-n", "2").splitlines()
        self.assertEqual(titles.split(), ["TIME", "AGENT", "ENDPOINT", "VERDICT", "RULE", "SUMMARY"])
        self.assertRegex(rows[-1], r"^20\S+Z +anonymous +postgres\.db +deny +no-ddl +drop table wanted$")
        self.assertEqual(len(rows), 2)

    def test_following_shows_what_happens_next(self):
        command = [gateway.BINARY, "audit", "tail", "-f", "-n", "1", "--json", "--kind", "judged",
                   "--state-dir", self.state]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tail, self.cursor() as cursor:
            self.assertIn("wanted", tail.stdout.readline())
            cursor.execute("select 'later'")
            self.assertIn("later", tail.stdout.readline())
            tail.kill()

    def test_search_finds_by_words_and_by_members(self):
        found = self.records("search", "wanted", "--verdict", "deny", "--since", "1h", "--json")
        self.assertEqual({each["rule"] for each in found}, {"no-ddl"})
        self.assertEqual(self.audit(0, "search", "wanted", "--until", "1h"), "")
        self.assertIn("did you mean `deny`?", self.audit(2, "search", "--verdict", "denu"))
        self.assertIn("no time", self.audit(2, "search", "--since", "yesterday"))

    def test_show_tells_all_of_one_action(self):
        judged = self.records("search", "--verdict", "allow", "--json")[0]
        told = self.audit(0, "show", judged["action"])
        self.assertIn("text          " + judged["text"], told)
        self.assertRegex(told, r"(?m)^  ending +ok$")
        self.assertIn("no record", self.audit(1, "show", "nothing"))

    def test_export_has_every_record_and_ocsf_every_action(self):
        numbers = [each["seq"] for each in self.records("export")]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual({each["class_uid"] for each in self.records("export", "--format", "ocsf")}, {6005})

    def test_verify_says_where_it_breaks(self):
        self.assertRegex(self.audit(0, "verify"), r"(?m)^last hash    [0-9a-f]{64}\n(.*\n)*verified$")
        self.assertIn("64 hexadecimal", self.audit(2, "verify", "--public-key", "ab"))
        copy = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="clawpatrol-cli-")))
        subprocess.run(["cp", "-r", self.state / "journal", self.state / "journal.pub", copy], check=True)
        segment = copy / "journal/00000001.journal"
        segment.write_bytes(segment.read_bytes().replace(b"drop table wanted", b"drop table wanteD", 1))
        broken = claw("audit", "verify", "--state-dir", copy)
        self.assertEqual(broken.returncode, 1)
        self.assertRegex(broken.stdout,
                         r"(?m)^broken +segment 1, offset \d+, after record \d+: .*\n"
                         r"kind +changed\n(.*\n)*NOT VERIFIED$")

    def test_no_journal_is_not_a_broken_one(self):
        done = claw("audit", "verify", "--state-dir", "/no/such")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--state-dir", done.stderr)
