"""What no SDK would send to the MCP server, and agents that mean harm might."""

import concurrent.futures
import contextlib
import json
import socket
import time
import unittest

from harness import mcp, process, tool_gateway
from harness.mcp import note, query, request
from test_mcp import Mcp


class Raw(Mcp):
    def raw(self, agent="bot"):
        return mcp.Raw(self.gateway, agent)

    def refused(self, raw, body, status=400, code=None, **fields):
        found, said, head = raw.send(body, **fields)
        self.assertEqual(found, status, said)
        if code:
            self.assertEqual(said["error"]["code"], code, said)
        return said


class Messages(Raw):
    def test_what_is_no_message_is_refused_and_the_session_goes_on(self):
        raw = self.raw()
        raw.initialize()
        ping = request("ping")
        deep = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + "[" * 100 + "]" * 100 + "}}"
        cases = {"": -32700, "{": -32700, "nothing": -32700, "[" * 100_000: -32700, "null": -32600,
                 "1": -32600, deep: -32600, json.dumps([ping]): -32600, "[]": -32600,
                 '{"jsonrpc":"2.0"}': -32600,
                 '{"jsonrpc":"2.0","id":null,"method":"ping"}': -32600,
                 '{"jsonrpc":"2.0","id":1.5,"method":"ping"}': -32600,
                 '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}': -32700,
                 '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}': -32602,
                 '{"jsonrpc":"2.0","id":1,"method":"ping","agent":"other"}': -32600,
                 '{"jsonrpc":"2.0","id":1,"method":"\ud800"}'.encode("utf-8", "surrogatepass"): -32700}
        for body, code in cases.items():
            with self.subTest(body[:60]):
                self.refused(raw, body, 400, code)
        self.refused(raw, "a=1", 415, Content_Type="application/x-www-form-urlencoded")
        self.refused(raw, ping, 406, Accept="text/html")
        self.assertEqual(raw.send(ping)[1], {"jsonrpc": "2.0", "id": 1, "result": {}})
        self.assertEqual(raw.send({"jsonrpc": "2.0", "id": 7, "result": {}})[0], 202)
        self.assertEqual(raw.send(note("notifications/initialized"))[0], 202)

    def test_arguments_of_100_mb_are_refused_before_they_are_read(self):
        raw = self.raw()
        raw.initialize()
        self.refused(raw, query("x" * 1_200_000), 413)
        peak = self.memory()
        for length in (True, False):
            with self.subTest(length), contextlib.suppress(ConnectionError, OSError):
                status = self.flood(raw, 100_000_000, length)
                self.assertIn(b" 413 ", status)
        self.assertLess(self.memory() - peak, 64 * 1024)
        self.assertEqual(raw.send(request("ping"))[0], 200)

    def memory(self):
        """Of the gateway, in KiB, at its highest."""
        with open(f"/proc/{self.gateway.child.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

    def flood(self, raw, size, says_length):
        head = "".join(f"{name}: {value}\r\n" for name, value in raw.head(
            **({"Content_Length": str(size)} if says_length else {"Transfer_Encoding": "chunked"})).items())
        with socket.create_connection(("127.0.0.1", self.gateway.port), 20) as line:
            line.sendall(f"POST /mcp HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
            piece = b"x" * 65536 if says_length else b"10000\r\n" + b"x" * 65536 + b"\r\n"
            with contextlib.suppress(OSError):
                for _ in range(size // 65536):
                    line.sendall(piece)
            return line.recv(4096).split(b"\r\n")[0]

    def test_batches_are_for_the_version_that_has_them_and_bounded(self):
        raw = self.raw()
        raw.initialize("2025-03-26")
        status, said, _ = raw.send([request("ping", number=1), note("notifications/x"),
                                    query("select 1", 2), query("drop table accounts", "c")])
        self.assertEqual(status, 200, said)
        answers = {each["id"]: each["result"] for each in said}
        self.assertEqual(answers[1], {})
        self.assertEqual((answers[2]["isError"], answers["c"]["isError"]), (False, True))
        self.assertNotIn("structuredContent", answers[2])
        for batch in ([], [request("ping")] * 33, [request("ping"), 1], [[request("ping")]]):
            self.refused(raw, batch, 400, -32600)
        said = self.refused_init_in_batch(raw)
        self.assertIn("initialize", said["error"]["message"])

    def refused_init_in_batch(self, raw):
        raw.session = None
        return self.refused(raw, request("tools/list"), 400, -32600)

    def test_a_batch_of_calls_gets_no_more_room_than_calls_have(self):
        raw = self.raw()
        raw.initialize("2025-03-26")
        _, said, _ = raw.send([query("select pg_sleep(1)", number) for number in range(32)])
        full = [each for each in said if "at most 16 calls" in each["result"]["content"][0]["text"]]
        self.assertEqual((len(said), len(full)), (32, 16))

    def test_an_id_is_used_once_at_a_time(self):
        raw = self.raw()
        raw.initialize()
        connection = raw.open("POST", json.dumps(query("delete from orders where id = 3", "same")))
        self.gateway.one_waiting()
        self.refused(raw, query("select 1", "same"), 200, -32600)
        self.refused(raw, request("ping", number="same"), 200, -32600)
        self.assertEqual(len(self.gateway.waiting()), 1)
        connection.close()
        process.wait_until(lambda: not self.gateway.waiting(), 20, "the withdrawal")
        self.assertFalse(raw.send(query("select 1", "same"))[1]["result"]["isError"])

    def test_no_member_of_a_message_says_who_it_is(self):
        raw = self.raw()
        raw.initialize()
        meta = {"clawpatrol/session": "s", "clawpatrol/agent": "other", "agent": "other"}
        said = raw.send(query("select 1", **meta))[1]["result"]
        record, = self.gateway.records(kind="judged", family="tool",
                                       action=said["_meta"]["clawpatrol/call"]["action"])
        self.assertEqual((record["agent"], record["session"]), ("bot", "bot/s"))
        for name in ("session", "reasoning", "operation", "idempotency_key"):
            self.refused(raw, query("select 1", **{f"clawpatrol/{name}": 7}), 200, -32602)
        said = raw.send(query("select 1", **{"clawpatrol/session": "other alert"}))[1]["result"]
        self.assertTrue(said["isError"], said)


class Sessions(Raw):
    def test_a_session_is_its_agents_and_nobody_elses(self):
        raw = self.raw()
        raw.initialize()
        self.assertRegex(raw.session, "^[0-9a-f]{48}$")
        other = self.raw("other")
        other.session, other.version = raw.session, raw.version
        self.refused(other, request("tools/list"), 404)
        self.assertEqual(other.send(None, "DELETE")[0], 404)
        self.assertEqual(other.send(None, "GET", Content_Type=None)[0], 404)
        made_up = self.raw()
        made_up.session = "0" * 48
        self.refused(made_up, request("tools/list"), 404)
        self.refused(self.raw(), request("tools/list"), 400)
        self.assertEqual(raw.send(request("ping"))[0], 200)
        self.refused(raw, [request("ping")], 400, MCP_Protocol_Version="2025-03-26")
        self.refused(raw, request("ping"), 400, -32022, MCP_Protocol_Version="1999-01-01")
        self.assertEqual(raw.send(None, "DELETE")[0], 204)
        self.refused(raw, request("ping"), 404)

    def test_the_end_of_a_session_takes_its_calls_back(self):
        raw = self.raw()
        raw.initialize()
        connection = raw.open("POST", json.dumps(query("delete from orders where id = 4")))
        with contextlib.closing(connection):
            self.gateway.one_waiting()
            raw.send(None, "DELETE")
            process.wait_until(lambda: not self.gateway.waiting(), 20, "the withdrawal")

    def test_old_sessions_make_room_for_new_ones(self):
        first, raw = self.raw(), self.raw()
        first.initialize()
        for _ in range(64):
            raw.initialize()
        self.refused(first, request("ping"), 404)
        self.assertEqual(raw.send(request("ping"))[0], 200)

    def test_versions_are_agreed_on(self):
        for asked, agreed in {"2025-03-26": "2025-03-26", "2025-06-18": "2025-06-18",
                              "2025-11-25": "2025-11-25", "2024-11-05": "2025-11-25",
                              "2026-07-28": "2025-11-25", "x": "2025-11-25"}.items():
            with self.subTest(asked):
                self.assertEqual(self.raw().initialize(asked)["protocolVersion"], agreed)

    def test_a_listener_that_never_reads_costs_nothing(self):
        raw = self.raw()
        raw.initialize()
        listening = [raw.open("GET", Content_Type=None) for _ in range(5)]
        self.assertEqual([each.getresponse().status for each in listening], [200] * 5)
        slow = self.raw()
        slow.initialize()
        big = {"sql": "select repeat('x', 900000)"}
        call = request("tools/call", {"name": "postgres_query", "arguments": big,
                                      "_meta": {"progressToken": 1}})
        unread = [slow.open("POST", json.dumps({**call, "id": number})) for number in range(8)]
        time.sleep(0.5)
        self.assertEqual(raw.send(request("ping"))[0], 200)
        for each in listening + unread:
            each.close()
        process.wait_until(lambda: not raw.send(query("select 1"))[1]["result"]["isError"], 20, "room")


class Door(Raw):
    def test_pages_of_browsers_and_strangers_are_kept_out(self):
        raw = self.raw()
        self.refused(raw, request("initialize"), 403, Origin="https://evil.example")
        self.refused(raw, request("initialize"), 403, Origin=f"http://127.0.0.1:{self.gateway.port}")
        stranger = self.raw(None)
        for fields in ({}, {"Authorization": "Bearer clawp_wrong"}, {"Authorization": "Basic Ym90Og=="},
                       {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL290aGVyIn0."}):
            status, _, head = stranger.send(request("initialize"), **fields)
            self.assertEqual(status, 401)
            self.assertIn("resource_metadata=\"http://127.0.0.1:", head["WWW-Authenticate"])
            self.assertEqual("invalid_token" in head["WWW-Authenticate"], bool(fields))
        where = head["WWW-Authenticate"].split('resource_metadata="')[1].split('"')[0]
        path = where[where.index("/.well-known"):]
        status, said, _ = stranger.send(None, "GET", path)
        self.assertEqual((status, said["resource"]), (200, self.url))
        self.assertEqual(said["bearer_methods_supported"], ["header"])
        self.assertEqual(stranger.send(None, "POST", path)[0], 405)

    def test_a_token_works_at_once_on_the_socket_too(self):
        body = json.dumps(request("server/discover", {"_meta": {
            "io.modelcontextprotocol/protocolVersion": mcp.NEWEST,
            "io.modelcontextprotocol/clientCapabilities": {}}}))
        answer = self.gateway.by_socket((
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {tool_gateway.TOKENS['bot']}\r\nMcp-Method: server/discover\r\n"
            f"MCP-Protocol-Version: {mcp.NEWEST}\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
        self.assertIn(b"supportedVersions", answer)


class Newest(Raw):
    """The version without sessions: each request says everything, twice, and both must agree."""

    def test_header_fields_are_what_the_body_says(self):
        raw = self.raw()
        call = {"name": "postgres_query", "arguments": {"sql": "select 1"}}
        self.assertEqual(raw.modern("tools/call", call)[0], 200)
        encoded = "=?base64?cG9zdGdyZXNfcXVlcnk=?="
        self.assertEqual(raw.modern("tools/call", call, Mcp_Name=encoded)[0], 200)
        for fields in ({"Mcp_Method": "tools/list"}, {"Mcp_Name": "http_request"}, {"Mcp_Method": None},
                       {"Mcp_Name": None}, {"Mcp_Name": "=?base64?!!?="}, {"Mcp_Name": "POSTGRES_QUERY"}):
            with self.subTest(fields):
                status, said, _ = raw.modern("tools/call", call, **fields)
                self.assertEqual((status, said["error"]["code"], said["id"]), (400, -32020, 1), said)
        meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2025-11-25"}}
        self.assertEqual(raw.modern("tools/list", meta)[1]["error"]["code"], -32020)
        status, said, _ = raw.modern("tools/list", MCP_Protocol_Version="2027-01-01")
        self.assertEqual((status, said["error"]["code"], said["id"]), (400, -32022, 1))
        self.assertIn(mcp.NEWEST, said["error"]["data"]["supported"])
        self.assertEqual(raw.modern("tools/list", MCP_Protocol_Version=None)[1]["error"]["code"], -32020)
        older = self.raw()
        older.initialize()
        self.refused(older, query("select 1"), 400, -32020, Mcp_Method="tools/call", Mcp_Name="other")

    def test_methods_of_other_versions_are_not_there(self):
        raw = self.raw()
        for method in ("ping", "initialize", "logging/setLevel", "tools/run", "resources/subscribe"):
            status, said, _ = raw.modern(method)
            self.assertEqual((status, said["error"]["code"]), (404, -32601), method)
        status, said, _ = raw.modern("tools/list", {"_meta": {
            "io.modelcontextprotocol/clientCapabilities": None}})
        self.assertEqual((status, said["error"]["code"]), (400, -32602))
        status, said, _ = raw.send({"jsonrpc": "2.0", "id": 1, "result": {}}, MCP_Protocol_Version=mcp.NEWEST,
                                   Mcp_Method="x")
        self.assertEqual(status, 400, said)
        _, said, _ = raw.modern("resources/read", {"uri": 'clawpatrol://"none'})
        self.assertEqual(said["error"]["data"], {"uri": 'clawpatrol://"none'})
        self.assertEqual(raw.send(None, "GET", MCP_Protocol_Version=mcp.NEWEST)[0], 405)
        said = raw.modern("server/discover")[1]["result"]
        self.assertEqual(said["supportedVersions"][0], mcp.NEWEST)
        self.assertEqual(said["resultType"], "complete")

    def test_a_state_is_its_agents_its_calls_and_good_once(self):
        raw, other = self.raw(), self.raw("other")
        url = {"elicitation": {"url": {}}}
        call = {"name": "postgres_query", "arguments": {"sql": "delete from orders where id = 5"}}
        asked = raw.modern("tools/call", call, capabilities=url)[1]["result"]
        self.assertEqual(asked["resultType"], "input_required")
        question = self.gateway.one_waiting()
        self.gateway.approvals("approve", question["id"])
        time.sleep(0.5)  # What was allowed waits for who asked.
        self.assertEqual(self.rows(5), 1)
        answers = {name: {"action": "accept"} for name in asked["inputRequests"]}
        back = {"inputResponses": answers, "requestState": asked["requestState"]}
        changed = {"name": "postgres_query", "arguments": {"sql": "delete from orders"}}
        said = raw.modern("tools/call", {**changed, **back}, capabilities=url)[1]["result"]
        self.assertIn("another call", said["content"][0]["text"])
        theirs = other.modern("tools/call", {**call, **back}, capabilities=url)[1]["result"]
        self.assertNotIn("DELETE", json.dumps(theirs))
        self.assertEqual(self.rows(5), 1)
        said = raw.modern("tools/call", {**call, **back}, capabilities=url)[1]["result"]
        self.assertEqual(said["structuredContent"]["command"], "DELETE 1", said)
        again = raw.modern("tools/call", {**call, **back}, capabilities=url)[1]["result"]
        self.assertEqual(again["structuredContent"], said["structuredContent"])
        judged = self.gateway.records(kind="judged", family="tool", session="bot/mcp", verdict="allow")
        self.assertEqual(len(judged), 1)

    def rows(self, number):
        return self.ask_server(f"select count(*) from orders where id = {number}")

    def test_many_at_once_are_each_answered(self):
        raw = self.raw()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            said = list(pool.map(lambda number: raw.modern("tools/call", {
                "name": "postgres_query", "arguments": {"sql": f"select {number}"}}, number)[1], range(40)))
        self.assertEqual([each["id"] for each in said], list(range(40)))
        self.assertEqual([each["result"]["structuredContent"]["rows"] for each in said],
                         [[[number]] for number in range(40)])


if __name__ == "__main__":
    unittest.main()
