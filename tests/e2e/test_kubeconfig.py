"""`clawpatrol kubeconfig`: what it writes, as kubectl reads it, and what it says where it cannot."""

import base64
import json
import shutil
import stat
import subprocess
import unittest

from harness import process
from test_cli import Cli, claw

POLICY = """
schema_version = 2
gateway {{
  state_dir = "{folder}/state"
  vault {{ key_file = "{folder}/key" }}
}}
{listener}
endpoint "kubernetes" "prod" {{
  {where}
  {door}
}}
endpoint "postgres" "db" {{ host = "127.0.0.1" }}
credential "bearer_token" "cluster" {{ endpoint = kubernetes.prod }}
credential "postgres_credential" "db" {{ endpoint = postgres.db }}
profile "ops" {{ credentials = [bearer_token.cluster] }}
profile "other" {{ credentials = [postgres_credential.db] }}
{agents}
rule "reads" {{
  endpoint  = kubernetes.prod
  condition = "k8s.verb == 'get'"
  verdict   = "allow"
}}
"""
DOOR = 'listen = "127.0.0.1:16443"\n  tls_cert = "auto"'
PROXY = 'listener "proxy" "agents" { listen = "127.0.0.1:18443" }'
# Without a token kubectl would ask a person for a name and a password.
PLACEHOLDER = {"token": "clawpatrol-placeholder"}
AGENTS = 'agent "triage" { profile = profile.ops }\nagent "stranger" { profile = profile.other }'


class Kubeconfig(Cli):
    def policy(self, where='server = "https://k8s.test:6443"', door=DOOR, listener="", agents=AGENTS):
        key = self.folder / "key"
        key.write_text("5b" * 32)
        key.chmod(0o600)
        return self.write("policy.hcl", POLICY.format(folder=self.folder, where=where, door=door,
                                                      listener=listener, agents=agents))

    def token(self, policy, agent="triage"):
        return self.good("credentials", "token", policy, agent).strip()

    def asked(self, policy, *words, **options):
        """The cluster and the user, from JSON."""
        config = json.loads(self.good("kubeconfig", "--config", policy, "--json", *words, **options))
        context = config["contexts"][0]["context"]
        self.assertEqual((context["cluster"], context["user"]), (config["current-context"],) * 2)
        return config["clusters"][0]["cluster"], config["users"][0]["user"]

    def authority(self, policy):
        return self.good("ca", "--config", policy)

    def test_an_endpoints_own_door_takes_the_agents_token(self):
        policy = self.policy()
        token = self.token(policy)
        cluster, user = self.asked(policy, "prod", "--agent", "triage")
        self.assertEqual(cluster["server"], "https://127.0.0.1:16443")
        self.assertEqual(base64.b64decode(cluster["certificate-authority-data"]).decode(),
                         self.authority(policy))
        self.assertEqual(user, {"token": token})
        self.assertNotIn("proxy-url", cluster)
        self.assertEqual(self.asked(policy, "kubernetes.prod", "--agent", "triage"), (cluster, user))
        self.assertEqual(self.asked(policy, CLAWPATROL_TOKEN="clawp_given")[1], {"token": "clawp_given"})

    def test_a_proxy_leads_to_the_clusters_own_name(self):
        policy = self.policy(door="", listener=PROXY)
        token = self.token(policy)
        cluster, user = self.asked(policy, "--agent", "triage")
        self.assertEqual(cluster["server"], "https://k8s.test:6443")
        self.assertEqual(cluster["proxy-url"], f"http://agent:{token}@127.0.0.1:18443")
        self.assertEqual(base64.b64decode(cluster["certificate-authority-data"]).decode(),
                         self.authority(policy))
        self.assertEqual(user, PLACEHOLDER)

    def test_where_there_is_both_the_door_is_taken_unless_said(self):
        policy = self.policy(listener=PROXY)
        self.token(policy)
        self.assertNotIn("proxy-url", self.asked(policy, "--agent", "triage")[0])
        self.assertIn("proxy-url", self.asked(policy, "--agent", "triage", "--via", "proxy")[0])
        self.assertIn("proxy-url", self.asked(policy, "--agent", "triage", "--listener", "agents")[0])

    def test_nobody_asks_for_a_token_on_loopback_without_agents(self):
        cluster, user = self.asked(self.policy(door='listen = "127.0.0.1:16443"', agents=""))
        self.assertEqual((cluster, user), ({"server": "http://127.0.0.1:16443"}, PLACEHOLDER))

    def test_a_certificate_of_the_doors_own_is_what_is_trusted_and_its_key_stays(self):
        folder = self.folder
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=door",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True,
                       capture_output=True)
        both = self.write("both.pem", (folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
        door = f'listen = "127.0.0.1:16443"\n  tls_cert = "{both}"\n  tls_key = "{folder}/key.pem"'
        policy = self.policy(door=door)
        cluster, _ = self.asked(policy, CLAWPATROL_TOKEN="clawp_t")
        trusted = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.assertEqual(trusted, (folder / "cert.pem").read_text())

    def test_the_file_is_its_owners_and_only_ours_are_replaced(self):
        policy = self.policy()
        self.token(policy)
        file = self.folder / "kubeconfig"
        words = ("kubeconfig", "--config", policy, "--agent", "triage", "--out", file)
        self.assertEqual(self.good(*words), "")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(self.good(*words, "--json"), "")
        self.assertEqual(self.good(*words), "")
        file.write_text("apiVersion: v1\nkind: Config\n")
        self.assertIn("not of ours", self.bad(2, *words))
        self.assertEqual(file.read_text(), "apiVersion: v1\nkind: Config\n")

    def test_kubectl_reads_what_is_written(self):
        if not shutil.which("kubectl"):
            self.skipTest("no kubectl here")
        policy = self.policy(listener=PROXY)
        token = self.token(policy)
        file = self.folder / "kubeconfig"
        for way, user in (("door", {"token": token}), ("proxy", PLACEHOLDER)):
            words = ("kubeconfig", "--config", policy, "--agent", "triage", "--via", way)
            self.good(*words, "--out", file)
            seen = json.loads(process.run(["kubectl", "config", "view", "--raw", "-o", "json",
                                           "--kubeconfig", file]))
            same = json.loads(self.good(*words, "--json"))
            self.assertEqual(seen["clusters"], same["clusters"])
            self.assertEqual(seen["users"], [{"name": "clawpatrol-prod", "user": user}])
            self.assertEqual(seen["current-context"], "clawpatrol-prod")

    def test_what_is_missing_is_told_with_the_next_step(self):
        policy = self.policy()
        for code, words, says in (
                (1, ("--agent", "triage"), "credentials token CONFIG triage"),
                (2, (), "--agent"),
                (2, ("--agent", "triag"), "did you mean `triage`"),
                (2, ("--agent", "stranger"), "profile `other` of agent `stranger` has no credential"),
                (2, ("prd",), "did you mean `prod`"),
                (2, ("postgres.db",), "is no kubernetes endpoint"),
                (2, ("--via", "proxy"), "no proxy listener"),
                (2, ("--via", "tunnel"), "--via")):
            with self.subTest(words=words):
                self.assertIn(says, self.bad(code, "kubeconfig", "--config", policy, *words))

    def test_a_way_in_that_no_client_could_use_is_told(self):
        for policy, says in (
                ({"door": 'listen = "127.0.0.1:16443"'}, 'tls_cert = "auto"'),
                ({"door": 'listen = "127.0.0.1:0"\n  tls_cert = "auto"'}, "any free port"),
                ({"door": ""}, "no proxy listener"),
                ({"door": "", "where": 'hosts = ["*.eks.test"]', "listener": PROXY}, "write its `server`")):
            with self.subTest(policy=policy):
                written = self.policy(**policy)
                self.assertIn(says, self.bad(2, "kubeconfig", "--config", written,
                                             CLAWPATROL_TOKEN="clawp_t"))
        written = self.policy(door="")
        self.assertIn("no door of its own", self.bad(2, "kubeconfig", "--config", written, "--via", "door"))
        self.assertEqual(claw("kubeconfig", "--config", "/no/such.hcl").returncode, 2)
        self.assertEqual(claw("kubeconfig", "prod").returncode, 2)


if __name__ == "__main__":
    unittest.main()
