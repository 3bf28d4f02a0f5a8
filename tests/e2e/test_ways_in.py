"""How agents come in and who they are: tokens at a proxy, by HTTP and by SOCKS5, certificates of their own,
and hosts that no endpoint names. Nobody gets further than the address they may reach."""

import contextlib
import json
import socket
import subprocess
import threading
import time
import unittest

from harness import certificates, drivers, process, web, web_network, web_raw
from harness.gateway import BINARY
from harness.web_case import PYTHON, Https, needs_module
from harness.web_gateway import SECRET

_AGENTS = 'agent "triage" { profile = profile.agents }\n'


class Tokens(Https):
    parts = {"listener": "", "settings": 'vault { key_file = "/dev/null" }', "more": _AGENTS}

    @classmethod
    def upstream(cls):
        server = super().upstream()
        (server.folder / "vault.key").write_text("11" * 32)
        (server.folder / "vault.key").chmod(0o600)
        cls.parts = {**cls.parts, "settings": f'vault {{ key_file = "{server.folder}/vault.key" }}'}
        return server

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.gateway.token("triage")
        process.run([BINARY, "reload", "--state-dir", cls.gateway.folder / "state"])

    def ask(self, proxy, *words):
        done = subprocess.run(["curl", "-sS", "-i", "--cacert", self.gateway.authority(), "-x",
                               f"{proxy}:{self.gateway.proxy}", *words, "https://api.test/echo"],
                              capture_output=True, text=True, check=False, timeout=20)
        return done.stdout + done.stderr

    def test_without_a_token_nothing_opens(self):
        for wrong in ("", "clawp_wrong", self.token[:-1], self.token + "x"):
            with self.subTest(wrong[:8]):
                told = self.ask("http://127.0.0.1", *(("-U", f"x:{wrong}") if wrong else ()))
                self.assertIn("407", told)
                self.assertRegex(told, "(?i)proxy-authenticate: basic")
                self.assertEqual(self.server.requests, [])

    def test_the_token_opens_and_is_not_passed_on(self):
        self.assertIn("/echo", self.ask("http://127.0.0.1", "-U", f"x:{self.token}"))
        bearer = f"Proxy-Authorization: Bearer {self.token}"
        self.assertIn("/echo", self.ask("http://127.0.0.1", "--proxy-header", bearer))
        self.assertNotIn(self.token, str(self.server.requests))
        self.assertEqual(self.server.requests[0]["headers"]["authorization"], f"Bearer {SECRET}")
        self.assertIn('"agent":"triage"', self.gateway.audit("tail", "--json"))

    def test_clients_that_wait_to_be_asked(self):
        self.assertIn("/echo", self.ask("http://127.0.0.1", "--proxy-anyauth", "-U", f"x:{self.token}"))

    def test_socks5(self):
        self.assertIn("/echo", self.ask(f"socks5h://x:{self.token}@127.0.0.1"))
        self.server.forget()
        for proxy in ("socks5h://127.0.0.1", "socks5h://x:wrong@127.0.0.1", "socks4a://127.0.0.1"):
            self.assertIn("curl: (97)", self.ask(proxy))
        self.assertEqual(self.server.requests, [])

    def test_the_environment_carries_it(self):
        seen = json.loads(self.good("curl", "-sS", "https://api.test/echo", CLAWPATROL_TOKEN=self.token))
        self.assertEqual(seen["path"], "/echo")

    def test_it_is_nowhere_in_the_open(self):
        self.ask("http://127.0.0.1", "-U", f"x:{self.token}")
        self.assertNotIn(self.token.encode(), self.gateway.written())


class TlsProxy(Https):
    parts = {"listener": 'require_token = false\n  listen_tls = "required"\n  tls_cert = "auto"'}

    def test_its_certificate_is_of_our_authority(self):
        seen = process.run(["curl", "-sS", "--cacert", self.gateway.authority(), "--proxy-cacert",
                            self.gateway.authority(), "-x", f"https://127.0.0.1:{self.gateway.proxy}",
                            "https://api.test/echo"])
        self.assertEqual(json.loads(seen)["path"], "/echo")

    def test_the_environment_says_https(self):
        # Not curl: it reads no variable for whom to trust as a proxy.
        needs_module("requests", "python3-requests")
        client = [PYTHON, drivers.FOLDER / "web_client.py", "requests", "get", "https://api.test/echo"]
        self.assertIn("/echo", self.good(*client))


class Certificates(Https):
    """`client_ca`: who shows no certificate of it is nobody, unless there is a token."""

    @classmethod
    def upstream(cls):
        server = super().upstream()
        cls.parts = {"listener": 'listen_tls = "required"\n  tls_cert = "auto"\n'
                                 f'  client_ca = "{server.authority}"',
                     "more": 'agent "cert_user" { profile = profile.agents }\n'}
        return server

    def ask(self, *words):
        command = ["curl", "-sS", "--cacert", self.gateway.authority(), "--proxy-cacert",
                   self.gateway.authority(), "-x", f"https://127.0.0.1:{self.gateway.proxy}", *words,
                   "https://api.test/echo"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        return done.stdout + done.stderr

    def mine(self, folder):
        return ["--proxy-cert", f"{folder}/client.crt", "--proxy-key", f"{folder}/client.key"]

    def test_the_certificates_name_is_the_agent(self):
        self.assertEqual(json.loads(self.ask(*self.mine(self.server.folder)))["path"], "/echo")
        self.assertIn('"agent":"cert_user"', self.gateway.audit("tail", "--json"))

    def test_no_certificate_or_anothers_opens_nothing(self):
        other = self.gateway.folder / "other"
        other.mkdir()
        certificates.make(other)  # The same name, of an authority that nobody trusts.
        for words in ([], self.mine(other)):
            told = self.ask(*words)
            self.assertNotIn('"path"', told)
            self.assertIn("curl: (", told)
        self.assertEqual(self.server.requests, [])

    def test_a_name_nobody_has_opens_nothing(self):
        certificates._issued(self.server.folder, "stranger", "/CN=stranger", "extendedKeyUsage=clientAuth")
        told = self.ask("--proxy-cert", f"{self.server.folder}/stranger.crt", "--proxy-key",
                        f"{self.server.folder}/stranger.key")
        self.assertNotIn('"path"', told)
        self.assertEqual(self.server.requests, [])

    def test_without_tls_there_is_no_way_in(self):
        with self.assertRaisesRegex(RuntimeError, "curl: "):
            self.gateway.curl("https://api.test/echo")


class Unknown(Https):
    """Unknown hosts pass: but never to this machine, its neighbours or a cloud's metadata."""

    parts = {"more": 'defaults { unknown_host = "passthrough" }\n'}

    def hosts(self):
        port = self.server.port
        own = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
        names = ["127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001",
                 "127.0.1", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0", "[::1]", "[::]",
                 "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
                 "[2002:7f00:1::]", "127.255.255.254", "0x7f.0x0.0x0.0x1",
                 "%31%32%37.0.0.1", "127.0.0.1%00.example.com", "①②⑦.0.0.1",
                 *(f"[{each}]" if ":" in each else each for each in own)]
        elsewhere = ["169.254.169.254", "[fd00:ec2::254]", "2852039166", "0xa9fea9fe",
                     "[::ffff:169.254.169.254]", "100.100.100.200", "metadata.google.internal",
                     "10.0.0.1", "192.168.0.1", "172.16.0.1"]
        return [f"{name}:{port}" for name in names] + [f"{name}:80" for name in elsewhere]

    def test_nothing_private_is_reached_however_it_is_written(self):
        with socket.socket() as trap:
            trap.bind(("0.0.0.0", 0))
            trap.listen(100)
            for host in self.hosts():
                host = host.replace(f":{self.server.port}", f":{trap.getsockname()[1]}")
                with self.subTest(host), contextlib.closing(
                        socket.create_connection(("127.0.0.1", self.gateway.proxy), 20)) as agent:
                    agent.sendall(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                    self.assertNotRegex(agent.recv(4096), rb"^HTTP/1.1 200")
            trap.settimeout(0)
            with self.assertRaises(BlockingIOError):
                trap.accept()

    def test_by_plain_http_neither(self):
        for host in ("127.0.0.1", "localhost", "0x7f.1"):
            self.assertNotEqual(self.status(f"http://{host}:{self.server.port}/echo"), "200")
        self.assertEqual(self.server.requests, [])

    def test_socks_neither(self):
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.gateway.proxy), 20)) as agent:
            agent.sendall(b"\x05\x01\x00")
            self.assertEqual(agent.recv(2), b"\x05\x00")
            agent.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + self.server.port.to_bytes(2, "big"))
            self.assertNotEqual(agent.recv(10)[1], 0)

    def test_what_was_tried_is_on_record(self):
        with contextlib.suppress(ConnectionError):
            web_raw.tunnel(self.gateway.proxy, "localhost")
        self.assertIn("localhost:443", self.gateway.audit("export"))




_HOSTS = f"""127.0.0.1 localhost
{web_network.FAR} api.test open.test a.wild.test
127.0.0.1 here.test here.wild.test
{web_network.GATE} gate.test gate.wild.test
{web_network.NEAR} near.test near.wild.test
169.254.169.254 metadata.test metadata.wild.test
10.1.2.3 private.test private.wild.test
"""

_DOORS = f"""
listener "transparent" "redirect" {{
  listen  = "{web_network.GATE}:15001"
  profile = profile.agents
}}

listener "transparent" "tproxy" {{
  listen  = "127.0.0.1:15002"
  profile = profile.agents
}}

listener "transparent" "redirect-six" {{
  listen  = "[::]:15003"
  profile = profile.agents
}}

listener "transparent" "tproxy-six" {{
  listen  = "[::1]:15004"
  profile = profile.agents
}}

listener "transparent" "pod" {{
  listen  = "[::]:8443"
  profile = profile.agents
}}

endpoint "https" "wild" {{
  hosts   = ["*.wild.test"]
  ca_cert = "<<file:upstream-ca.pem>>"
}}

credential "passthrough" "wild" {{
  endpoint = https.wild
}}

rule "wild" {{
  endpoint = https.wild
  verdict  = "allow"
}}

defaults {{ unknown_host = "passthrough" }}
"""

_PRIVATE = ("here", "gate", "near", "metadata", "private")


class _Far(web.Server):
    """By either version of IP."""

    address_family = socket.AF_INET6


class _Raw(threading.Thread):
    """A server that speaks nothing we know: hears one out and then says how much that was, or says all it has
    first and then hears."""

    def __init__(self, says_first):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
        self.says_first, self.heard = says_first, 0

    def run(self):
        with self.listener, contextlib.suppress(OSError):
            connection, _ = self.listener.accept()
            with connection:
                connection.settimeout(20)
                if self.says_first:
                    connection.sendall(bytes(_ALL))
                    connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(65536):
                    self.heard += len(piece)
                    if self.heard < 1_000_000:
                        time.sleep(0.01)  # So that the agent has ended long before it is read.
                if not self.says_first:
                    connection.sendall(b"%d" % self.heard)


_ALL = 5_000_000


class _Network(unittest.TestCase):
    """Agents whose connections the gateway takes, and a server far away."""

    far_address = web_network.FAR

    @classmethod
    def take(cls):
        """Makes the rules by which they are taken."""

    @classmethod
    def among_agents(cls):
        """What to put before a command so that an agent runs it."""
        return cls.network.agents.words()

    @classmethod
    def setUpClass(cls):
        if not BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {BINARY}")
        try:
            cls.network = cls.enterClassContext(web_network.Network(_HOSTS))
            cls.take()
        except web_network.Unavailable as lack:
            raise unittest.SkipTest(str(lack)) from None
        with cls.network.far.inside():
            names = (f"DNS:api.test,DNS:open.test,DNS:a.wild.test,IP:{web_network.FAR},"
                     f"IP:{web_network.FAR6}")
            far = _Far(address=("::", 443), names=names)
        cls.far = cls.enterClassContext(far)
        cls.far.url = lambda: "https://api.test"
        cls.gateway = cls.enterClassContext(web_network.Gateway(
            cls.network, cls.far, doors=7, address=web_network.GATE, more=_DOORS,
            credentials="bearer_token.key, passthrough.wild"))

    def setUp(self):
        self.far.forget()

    def curl(self, host, *words, trust=None, address=None, scheme="https"):
        """curl among the agents, which knows no proxy: what it printed and whether that was an answer."""
        port = 443 if scheme == "https" else 80
        command = [*self.among_agents(), "curl", "-sS", "--max-time", "10", "--cacert",
                   trust or self.gateway.authority(), "--resolve",
                   f"{host}:{port}:{address or self.far_address}", *words,
                   f"{scheme}://{host}/echo"]
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=20)
        return done.stdout + done.stderr


class Networks(_Network):
    """In a network of their own."""

    way, family = "redirect", 4
    elsewhere, direct = "198.51.100.7", f"{web_network.GATE}:15001"

    @classmethod
    def take(cls):
        take = cls.network.redirect if cls.way == "redirect" else cls.network.tproxy
        take({("redirect", 4): 15001, ("tproxy", 4): 15002, ("redirect", 6): 15003,
              ("tproxy", 6): 15004}[cls.way, cls.family], cls.family)

    def test_an_endpoint_is_judged_and_lent_its_key(self):
        for version in ("--http1.1", "--http2"):
            self.assertIn('"path": "/echo"', self.curl("api.test", version))
            self.assertEqual(self.far.requests[-1]["headers"]["authorization"], f"Bearer {SECRET}")
        self.far.forget()
        self.assertIn("nothing is deleted here", self.curl("api.test", "-X", "DELETE"))
        self.assertEqual(self.far.requests, [])

    def test_plain_http_is_judged_by_its_host_and_sent_by_tls(self):
        self.assertIn('"path": "/echo"', self.curl("api.test", scheme="http"))
        self.assertIn("nothing is deleted here", self.curl("api.test", "-X", "DELETE", scheme="http"))

    def test_the_name_decides_not_the_address(self):
        # Redirected on its way to somewhere else, the request still goes where the name leads.
        self.assertIn('"path": "/echo"', self.curl("api.test", address=self.elsewhere))

    def test_an_unknown_host_passes_unread_and_its_bytes_are_counted(self):
        seen = self.curl("open.test", trust=self.far.authority)
        self.assertIn('"path": "/echo"', seen)
        self.assertNotIn("Authorization", seen)  # Nobody lent it anything.
        records = [json.loads(line) for line in self.gateway.audit("export").splitlines()]
        passed = [each for each in records if "open.test:443" in each.get("endpoint", "")]
        self.assertIn("passed unread", passed[0]["detail"])
        process.wait_until(lambda: "bytes sent" in self.gateway.audit("search", "open.test", "--json"), 10,
                           "the record of the end")

    def test_names_that_lead_inside_lead_nowhere(self):
        hosts = [f"{name}.{rest}" for name in _PRIVATE for rest in ("test", "wild.test")]
        for host in hosts:
            self.assertNotIn('"path"', self.curl(host), host)
        records = self.gateway.audit("export")
        for host in hosts:
            self.assertRegex(records, f"cannot connect to {host}:443: .* out of reach")
        self.assertEqual(self.far.requests, [])

    def test_a_wildcard_that_leads_outside_works(self):
        self.assertIn('"path": "/echo"', self.curl("a.wild.test"))

    def test_a_listener_asked_directly_does_not_ask_itself(self):
        before = len(self.gateway.audit("export").splitlines())
        seen = process.run([*self.network.agents.words(), "sh", "-c",
                            f"curl -sk --max-time 5 https://{self.direct}/echo || true"])
        self.assertNotIn('"path"', seen)
        self.assertLess(len(self.gateway.audit("export").splitlines()) - before, 20)


    def test_without_a_name_the_address_it_was_going_to_is_reached(self):
        host = self.far_address
        seen = process.run([*self.network.agents.words(), "curl", "-sS", "--max-time", "10", "--cacert",
                            self.far.authority, f"https://{host}/echo"])
        self.assertIn('"path": "/echo"', seen)
        self.assertTrue(f"unknown {host}:443" in self.gateway.audit("export"), host)

    def spliced(self, says_first):
        with self.network.far.inside():
            server = _Raw(says_first)
        server.start()
        self.addCleanup(server.listener.close)
        with self.network.agents.inside():
            agent = socket.socket(socket.AF_INET if self.family == 4 else socket.AF_INET6)
        self.addCleanup(agent.close)
        agent.settimeout(20)
        agent.connect((self.far_address.strip("[]"), 80))
        return server, agent

    def test_what_is_passed_unread_ends_each_way_for_itself(self):
        server, agent = self.spliced(says_first=False)
        agent.sendall(b"\0" * _ALL)
        agent.shutdown(socket.SHUT_WR)
        self.assertEqual(web_raw.all_of(agent), b"%d" % _ALL)
        server.join(20)
        server, agent = self.spliced(says_first=True)
        agent.sendall(b"\0")  # So that it is known not to be HTTP.
        self.assertEqual(len(web_raw.all_of(agent)), _ALL)
        agent.sendall(b"\0" * _ALL)  # It still listens.
        agent.shutdown(socket.SHUT_WR)
        server.join(20)
        self.assertEqual(server.heard, _ALL + 1)
        ended = f"{_ALL + 1} bytes sent, {_ALL} received"
        process.wait_until(lambda: ended in self.gateway.audit("export"), 10, "the record of the end")


class NetworksByTproxy(Networks):
    way = "tproxy"


class NetworksOfSix(Networks):
    """IPv6 among the agents, as far as the address they mean."""

    family = 6
    far_address, elsewhere = f"[{web_network.FAR6}]", "[2600:9000::7]"
    direct = f"[{web_network.GATE6}]:15003"


class NetworksOfSixByTproxy(NetworksOfSix):
    way = "tproxy"


class Pod(_Network):
    """Agents beside the gateway, taken by the very rules that the book has for pods."""

    @classmethod
    def take(cls):
        page = (process.ROOT / "docs/https.md").read_text()
        script = page[page.index("nft -f - <<EOF"):]
        script = script[:script.index("\n```")]
        cls.network.gate.run("sh", "-c", f"GATEWAY_UID=0\n{script}")

    @classmethod
    def among_agents(cls):
        cls.gateway.folder.chmod(0o755)  # For its authority's certificate.
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        return [*cls.network.gate.words(), *nobody]

    def test_an_agent_that_knows_nothing_is_judged_and_lent_the_key(self):
        for address in (web_network.FAR, f"[{web_network.FAR6}]"):
            with self.subTest(address):
                self.assertIn('"path": "/echo"', self.curl("api.test", address=address))
                self.assertEqual(self.far.requests[-1]["headers"]["authorization"], f"Bearer {SECRET}")
                self.assertIn("nothing is deleted here", self.curl("api.test", "-X", "DELETE",
                                                                   address=address))
                self.assertIn('"path": "/echo"', self.curl("api.test", address=address, scheme="http"))

    def test_the_gateway_itself_is_not_taken(self):
        command = [*self.network.gate.words(), "curl", "-sS", "--cacert", self.far.authority, "--resolve",
                   f"open.test:443:{web_network.FAR}", "https://open.test/echo"]
        self.assertIn('"path": "/echo"', process.run(command))
        self.assertNotIn("open.test", self.gateway.audit("export"))
