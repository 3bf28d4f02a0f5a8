"""Programs that know of no proxy: in a sandbox every address is the gateway's, and names are answered by it.
Real ones reach the endpoints of their tool and nothing else; and what somebody tries to carry out by other
ways."""

import json

from e2e.test_commands import Commands
from e2e.test_tools import RULES
from harness import tool_gateway

TOOLS = """
tool "command" "python" {
  command   = ["python3", "-c"]
  endpoints = [https.api, postgres.db]
  timeout   = "20s"
}

tool "command" "curl" {
  command   = ["curl", "-sS", "--noproxy", "*"]
  endpoints = [https.api]
}

tool "command" "openssl" {
  command   = ["openssl", "s_client", "-quiet", "-verify_return_error"]
  endpoints = [https.api]
  stdin     = true
}

tool "command" "node" {
  command   = ["node", "-e"]
  endpoints = [https.api]
  memory    = "1GiB"
}

tool "command" "getent" {
  command   = ["getent"]
  endpoints = [https.api, postgres.db]
}

tool "command" "psql" {
  command   = ["psql", "-At"]
  endpoints = [postgres.db]
}

tool "command" "offline" {
  command = ["python3", "-c"]
}
"""

# Also at another port, at any name under one, and at an address.
HOSTS = '["api.test", "api.test:8443", "*.wild.test", "192.0.2.7"]'
FETCH = """
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for url in sys.argv[1:] or URLS:
  try: print(opener.open(url, timeout=10).read().decode())
  except urllib.error.HTTPError as error: print(error.code, error.read().decode())
  except Exception as error: print(type(error).__name__, error)
"""


class Straight(Commands):
    rules = TOOLS + RULES
    hosts = HOSTS

    def fetch(self, *urls):
        result, said = self.ran("python", f"URLS = {list(urls)!r}\n{FETCH}")
        return result["stdout"].splitlines(), said

    def test_python_without_a_proxy_is_given_the_credential_on_the_wire(self):
        (line,), said = self.fetch("https://api.test/echo?x=1")
        self.assertEqual(json.loads(line)["path"], "/echo?x=1")
        self.assertEqual(self.web.requests[0]["headers"]["authorization"], f"Bearer {tool_gateway.SECRET}")
        self.assertNotIn(tool_gateway.SECRET, json.dumps(said))
        under, = said["actions"]
        self.assertEqual((under["endpoint"], under["verdict"]), ("https.api", "allow"))
        recorded, = self.gateway.records(kind="judged", call=said["action"])
        self.assertEqual(recorded["action"], under["id"])

    def test_at_other_ports_names_and_addresses_it_is_the_same(self):
        lines, said = self.fetch("https://api.test:8443/a", "https://b.wild.test/b",
                                 "https://c.d.wild.test/c", "https://192.0.2.7/d", "http://api.test/e")
        self.assertEqual([json.loads(line)["path"] for line in lines], ["/a", "/b", "/c", "/d", "/e"], lines)
        self.assertEqual({each["endpoint"] for each in said["actions"]}, {"https.api"})

    def test_what_is_denied_is_told_to_the_program(self):
        result, said = self.ran("curl", "-X", "DELETE", "https://api.test/echo")
        self.assertIn("nothing is deleted here", result["stdout"], result)
        self.assertEqual(said["actions"][0]["rule"], "api-no-delete")
        self.assertEqual(self.web.requests, [])

    def test_others_that_know_of_no_proxy_come_through(self):
        result, _ = self.ran("curl", "https://api.test/curl")
        self.assertEqual(json.loads(result["stdout"])["path"], "/curl", result)
        result, _ = self.ran("curl", "--http2", "https://api.test/curl2")
        self.assertEqual(json.loads(result["stdout"])["path"], "/curl2", result)
        result, _ = self.ran("openssl", "-connect", "api.test:443", "-servername", "api.test", "-ign_eof",
                             stdin="GET /openssl HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
        self.assertIn('"path": "/openssl"', result["stdout"], result)
        result, _ = self.ran("openssl", "-connect", "api.test:443", "-noservername", "-ign_eof",
                             stdin="GET /nameless HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")
        self.assertIn('"path": "/nameless"', result["stdout"], result)
        result, _ = self.ran("node", "fetch('https://api.test/node').then(r => r.text()).then(console.log)")
        self.assertIn('"path": "/node"', result["stdout"], result)
        result, _ = self.ran(
            "node", "require('https').get('https://api.test/old', r => r.pipe(process.stdout))")
        self.assertIn('"path": "/old"', result["stdout"], result)

    def test_psql_by_the_database_s_own_address(self):
        for terms in ("disable", "prefer", "require",
                      "verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt"):
            with self.subTest(terms):
                url = f"postgresql://x@127.0.0.1:{self.database.port}/x?sslmode={terms}"
                result, said = self.ran("psql", url, "-c", "select 6 * 7")
                self.assertEqual((result["stdout"], result["stderr"]), ("42\n", ""))
                self.assertEqual(said["actions"][0]["endpoint"], "postgres.db")

    def test_without_endpoints_there_is_no_network(self):
        result, _ = self.ran("offline", "import socket\n"
                             "for host in ['8.8.8.8', 'api.test']:\n"
                             "  try: socket.create_connection((host, 443), 2); print('reached')\n"
                             "  except OSError as error: print(error)\n")
        self.assertIn("Network is unreachable", result["stdout"])
        self.assertNotIn("reached", result["stdout"].replace("unreachable", ""))


class Attacks(Straight):
    def test_names_of_others_are_not_there_and_say_nothing_outside(self):
        for name in ("other.test", "secret-data-0123456789.attacker.example", "wild.test", "x.api.test"):
            result, _ = self.ran("getent", "ahosts", name)
            self.assertEqual((result["exit_code"], result["stdout"]), (2, ""), result)
        for name in ("api.test", "API.test.", "x.wild.test"):
            result, _ = self.ran("getent", "ahostsv4", name)
            self.assertTrue(result["stdout"].startswith("198.18."), result)
        lines, said = self.fetch("https://other.test/")
        self.assertIn("Name or service not known", lines[0])
        self.assertEqual(said["actions"], [])

    def test_addresses_lead_to_endpoints_or_nowhere(self):
        lines, said = self.fetch("http://169.254.169.254/latest/meta-data/", "https://8.8.8.8/",
                                 f"http://127.0.0.1:{self.gateway.port}/v1/tools", "http://[2001:db8::1]/")
        self.assertIn("no endpoint of profile `agents` has `169.254.169.254:80`", lines[0])
        self.assertIn("ACCESS_DENIED", lines[1].upper().replace(" ", "_"))
        self.assertIn("Connection refused", lines[2])
        self.assertIn("no endpoint of profile `agents`", lines[3])
        self.assertEqual(said["actions"], [])
        self.assertEqual(self.web.requests, [])

    def test_the_name_in_the_greeting_decides_and_not_the_address(self):
        result, _ = self.ran("curl", "--connect-to", "api.test:443:203.0.113.9:443", "https://api.test/echo")
        self.assertEqual(json.loads(result["stdout"])["path"], "/echo", result)
        result, _ = self.ran("curl", "--connect-to", "other.test:443:api.test:443", "https://other.test/echo")
        self.assertNotEqual(result["exit_code"], 0)
        result, _ = self.ran("curl", "-H", "Host: other.test", "https://api.test/echo")
        self.assertIn("this connection is to", result["stdout"])
        self.assertEqual(len(self.web.requests), 1)

    def test_datagrams_and_other_ports_lead_nowhere(self):
        result, said = self.ran("python", """
import socket
for kind, host, port in [(2, '8.8.8.8', 443), (2, '8.8.8.8', 123), (1, '8.8.8.8', 22), (1, 'api.test', 25)]:
  with socket.socket(socket.AF_INET, kind) as line:
    line.settimeout(2)
    try:
      line.connect((host, port)); line.send(b'data'); print(line.recv(10))
    except OSError as error: print(error)
""")
        self.assertEqual(result["stdout"], "[Errno 111] Connection refused\n" * 4, result)
        self.assertEqual(said["actions"], [])

    def test_many_names_and_many_questions_are_bounded(self):
        result, _ = self.ran("python", """
import socket
def ask(name, kind=1):
  labels = b''.join(bytes([len(x)]) + x.encode() for x in name.split('.'))
  message = bytes([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + labels + bytes([0, 0, kind, 0, 1])
  line.sendto(message, ('9.9.9.9', 53))
  return line.recv(600)
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.settimeout(5)
seen = set()
codes = [ask(f'n{i}.wild.test') for i in range(1500)]
print(sum(each[3] & 15 == 0 for each in codes), codes[-1][3] & 15)
print(len({each[-4:] for each in codes if each[3] & 15 == 0}))
print(ask('n1.wild.test')[-4:] == codes[1][-4:])
print(ask('n1.wild.test', 28)[3] & 15, ask('x.evil.test', 16)[3] & 15)
line.sendto(b'x' * 2000, ('127.0.0.1', 53))
print(socket.gethostbyname('n7.wild.test')[:7])
""")
        self.assertEqual(result["stdout"], "1000 5\n1000\nTrue\n0 3\n198.18.\n", result)

    def test_what_is_neither_http_nor_tls_is_closed(self):
        result, said = self.ran("python", """
import socket
for port in (443, 80):
  with socket.create_connection(('api.test', port), 5) as line:
    line.sendall(b'\\0\\1\\2 something else\\r\\n\\r\\n')
    try: print(line.recv(100)[:1])
    except OSError as error: print(b'')
""")
        self.assertNotIn("HTTP", result["stdout"])
        self.assertEqual(said["actions"], [])
        self.assertEqual(self.web.requests, [])
