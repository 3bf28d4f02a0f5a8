"""Spans of what is neither SQL nor plain HTTP, and of connecting, as a receiver of OpenTelemetry's protocol
sees them: connections that were made for a request, gRPC, and the tools of another MCP server."""

import unittest

from harness import gateway, mcp_servers, otlp, process, web_case, web_grpc
from harness.web_case import Https
from test_mcp_gateway import HTTP

_RULES = """
rule "rest" {
  endpoint = https.api
  verdict  = "allow"
}
"""


def telemetry(receiver):
    return f'telemetry {{\n  endpoint = "{receiver.url}"\n}}\n'


class Spans:
    """Of what came in so far."""

    def await_span(self, name, wanted=lambda span: True):
        process.wait_until(lambda: any(map(wanted, self.receiver.named(name))), 20, name)
        self.assertEqual(self.receiver.wrong, [])
        return next(span for span in self.receiver.named(name) if wanted(span))

    def child_of(self, span, name):
        return [each for each in self.receiver.named(name) if each["parent"] == span["id"]]


class Connecting(Spans, Https):
    @classmethod
    def setUpClass(cls):
        cls.receiver = cls.enterClassContext(otlp.Receiver())
        cls.parts = {"rules": _RULES, "more": telemetry(cls.receiver)}
        super().setUpClass()

    def test_who_connects_is_told_how_long_and_who_found_a_connection_is_not(self):
        trust = ["--cacert", self.gateway.authority(), "-x", f"http://127.0.0.1:{self.gateway.proxy}"]
        self.gateway.curl("-X", "POST", "-d", "x", "https://api.test/echo", "--next", "-sS", *trust,
                          "-X", "PUT", "-d", "x", "https://api.test/echo")
        made, found = self.await_span("POST"), self.await_span("PUT")
        connect, = self.child_of(made, "connect")
        self.assertEqual((connect["trace"], connect["kind"]), (made["trace"], 1))
        self.assertLessEqual(made["start"], connect["start"])
        self.assertLess(connect["start"], connect["end"])
        self.assertLessEqual(connect["end"], made["end"])
        self.assertEqual(self.child_of(found, "connect"), [], "the connection was there")
        action, = [each for each in self.receiver.named("execute_tool https.api")
                   if each["id"] == made["parent"]]
        self.assertEqual(action["trace"], made["trace"])
        self.assertEqual(made["attributes"]["http.response.status_code"], 200)


class Grpc(Spans, Https):
    @classmethod
    def setUpClass(cls):
        cls.receiver = cls.enterClassContext(otlp.Receiver())
        cls.parts = {"rules": _RULES, "more": telemetry(cls.receiver)}
        super().setUpClass()

    @classmethod
    def prepare(cls):
        cls.grpc = web_case.needs_module("grpc", "python3-grpcio")

    @classmethod
    def upstream(cls):
        return web_grpc.Server()

    def setUp(self):
        super().setUp()
        roots = self.grpc.ssl_channel_credentials(self.gateway.authority().read_bytes())
        options = [("grpc.http_proxy", f"http://127.0.0.1:{self.gateway.proxy}")]
        self.channel = self.enterContext(self.grpc.secure_channel("api.test:443", roots, options))

    def test_a_call_is_named_by_its_method_and_fails_by_its_status(self):
        self.assertEqual(self.channel.unary_unary("/shop.Orders/Get")(b"one", timeout=20), b"got one")
        with self.assertRaises(self.grpc.RpcError):
            self.channel.unary_unary("/shop.Orders/Fail")(b"one", timeout=20)
        well, lost = self.await_span("shop.Orders/Get"), self.await_span("shop.Orders/Fail")
        self.assertEqual(well["kind"], 3)
        self.assertEqual(well["attributes"]["rpc.system.name"], "grpc")
        self.assertEqual(well["attributes"]["rpc.method"], "shop.Orders/Get")
        self.assertEqual(well["attributes"]["rpc.response.status_code"], "OK")
        self.assertEqual(well["attributes"]["server.address"], "localhost")
        self.assertNotIn("http.request.method", well["attributes"])
        self.assertEqual(lost["attributes"]["rpc.response.status_code"], "NOT_FOUND")
        self.assertEqual(lost["attributes"]["error.type"], "NOT_FOUND")
        self.assertEqual(lost["status"], {"code": 2, "message": "NOT_FOUND"})
        failed = self.gateway.audit("search", "--json", "ending=failed", "--kind", "ended")
        self.assertIn("grpc-status 5", failed)


class OtherServers(Spans, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")

    def test_a_tool_of_another_server(self):
        server = self.enterContext(mcp_servers.Server())
        self.receiver = self.enterContext(otlp.Receiver())
        asked = self.enterContext(mcp_servers.Gateway(
            HTTP.format(port=server.port) + telemetry(self.receiver)))
        asked.accept_all("mcp.scripted", 1)
        process.wait_until(lambda: "scripted.echo" in asked.tools(), 20, "the tool")
        status, said = asked.call("scripted.echo", {"a": 1})
        self.assertEqual(status, 200, said)
        span = self.await_span("tools/call echo")
        self.assertEqual(span["kind"], 3)
        self.assertEqual(span["attributes"]["mcp.method.name"], "tools/call")
        self.assertEqual(span["attributes"]["gen_ai.tool.name"], "echo")
        self.assertEqual(span["attributes"]["gen_ai.operation.name"], "execute_tool")


if __name__ == "__main__":
    unittest.main()
