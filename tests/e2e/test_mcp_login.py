"""Servers that want a login: found out, agreed to by a person, renewed, and given up where somebody else
would have it."""

import json
import unittest
import urllib.request

from harness import gateway, mcp_login, oidc, process


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")

    def house(self, **options):
        return self.enterContext(mcp_login.House(**options))

    def connected(self, house, **how):
        code, said = house.connect(**how)
        self.assertEqual(code, 0, said)
        house.wait_up()
        return said

    def refused(self, house, words, **how):
        code, said = house.connect(**how)
        self.assertEqual(code, 1, said)
        self.assertIn(words, said)


class Login(Case):
    def test_from_a_refusal_to_a_call(self):
        house = self.house()
        process.wait_until(lambda: "nobody has logged in yet: `clawpatrol credentials connect`"
                           in house.state().get("why", ""), 30, "why it is not up")
        self.connected(house)
        # As the server's 401 and metadata have it; offline_access, or nobody could renew.
        self.assertEqual((house.asked_for["resource"], house.asked_for["scope"]),
                         (house.resource, "tools offline_access"))
        registered, = (each for each in house.authorization.said()["asked"] if "registered" in each)
        self.assertEqual(registered["registered"]["application_type"], "native")
        self.assertEqual(house.text("who"), "ann")
        self.assertEqual(house.text("echo", message="hello"), "hello")
        self.assertIn("credential_connected", [each["event"] for each in house.gateway.records(kind="admin")])
        # Another person logs in: the old client and the old token are nothing any more.
        self.connected(house, person="bob")
        process.wait_until(lambda: house.text("who") == "bob", 30, "the new login")

    def test_tokens_are_renewed_and_refresh_tokens_change_each_time(self):
        house = self.house(authorization={"lives": 4})
        self.connected(house)
        process.wait_until(lambda: house.text("echo", message="x") and len(
            house.authorization.asked("refresh_token")) >= 3, 40, "renewals")
        asked = house.authorization.asked("refresh_token")
        self.assertEqual(len({each["refresh_token"] for each in asked}), len(asked))
        self.assertEqual({each["resource"] for each in asked}, {house.resource})
        self.assertEqual({each["status"] for each in asked}, {200})
        for each in asked:
            self.assertNotIn(each["refresh_token"].encode(), house.gateway.written())
        # The newest is in the sealed store: a gateway that is started anew goes on.
        house.gateway.stop()
        house.gateway.__enter__()
        house.wait_up()
        self.assertEqual(house.text("who"), "ann")

    def test_a_token_that_is_refused_before_its_time_is_had_anew_once(self):
        house = self.house()
        self.connected(house)
        self.assertEqual(house.text("who"), "ann")
        before = len(house.authorization.asked("refresh_token"))
        process.wait_until(lambda: self.trusted_long_enough(house, before), 30, "a renewal")
        self.assertEqual(house.text("who"), "ann")

    @staticmethod
    def trusted_long_enough(house, before):
        """One that is refused at once is not renewed at once: else a server could have us ask all day."""
        house.server.control("distrust", "POST")
        house.gateway.call("guarded.who", {})
        return len(house.authorization.asked("refresh_token")) > before

    def test_a_login_that_is_taken_back_says_so(self):
        house = self.house(authorization={"lives": 4})
        self.connected(house)
        house.authorization.control("revoke")
        process.wait_until(lambda: house.gateway.call("guarded.who", {})[0] != 200, 30, "the end of it")
        status, said = house.gateway.call("guarded.who", {})
        self.assertIn("invalid_grant; somebody has to log in again", json.dumps(said), status)
        asked = len(house.authorization.asked("refresh_token"))
        for _ in range(5):
            self.assertNotEqual(house.gateway.call("guarded.who", {})[0], 200)
        self.assertLessEqual(len(house.authorization.asked("refresh_token")), asked + 1)
        self.connected(house)
        process.wait_until(lambda: house.gateway.call("guarded.who", {})[0] == 200, 30, "a new login")

    def test_metadata_may_be_where_the_server_says(self):
        house = self.house(server={"metadata": "/about"})
        self.connected(house)
        self.assertEqual(house.text("who"), "ann")

    def test_a_client_may_be_a_document(self):
        house = self.house(settings='client_id = "ISSUER/client.json"')
        self.connected(house)
        self.assertEqual(house.asked_for["client_id"], house.authorization.issuer + "/client.json")
        self.assertFalse([each for each in house.authorization.said()["asked"] if "registered" in each])
        self.assertEqual(house.text("who"), "ann")

    def test_a_client_with_a_secret_proves_itself_by_it(self):
        for method in ("client_secret_basic", "client_secret_post"):
            with self.subTest(method):
                house = self.house(authorization={"methods": [method], "lives": 4})
                self.connected(house)
                process.wait_until(lambda house=house: house.text("who") == "ann"
                                   and house.authorization.asked("refresh_token"), 30, "a renewal")


class Attacks(Case):
    """A login that would end up with somebody else is none."""

    def setUp(self):
        self.at = self.house()

    def test_metadata_that_is_of_somebody_else_is_refused(self):
        bad = "http://localhost/x"
        for lie, words in (({"issuer": "https://evil.example"}, "of another issuer"),
                           ({"token_endpoint": bad}, "`token_endpoint` is no https"),
                           ({"authorization_endpoint": bad}, "`authorization_endpoint` is no"),
                           ({"registration_endpoint": bad}, "`registration_endpoint` is no"),
                           ({"code_challenge_methods_supported": ["plain"]}, "PKCE with S256"),
                           ({"token_endpoint_auth_methods_supported": ["tls_client_auth"]},
                            "a proof of clients")):
            with self.subTest(words):
                self.at.authorization.lie(**lie)
                self.refused(self.at, words)
        self.assertFalse(self.at.authorization.said()["asked"])

    def test_an_answer_of_another_server_is_not_redeemed(self):
        evil = "&iss=https%3A%2F%2Fevil.example"
        self.refused(self.at, "another authorization server has answered",
                     change=lambda address: mcp_login.without("iss")(address) + evil)
        self.refused(self.at, "it says which authorization server", change=mcp_login.without("iss"))
        self.refused(self.at, "belongs to another attempt",
                     change=lambda address: mcp_login.without("state")(address) + "&state=other")
        self.assertFalse(self.at.authorization.asked("authorization_code"))

    def test_a_code_is_good_for_one_attempt(self):
        kept = []

        def change(address):
            kept.append(address)
            return mcp_login.without("state")(address) + "&state=x"
        self.refused(self.at, "belongs to another attempt", change=change)
        self.refused(self.at, "belongs to another attempt", change=lambda _: kept[0])

    def test_a_document_is_not_taken_where_it_is_not_known(self):
        house = self.house(settings='client_id = "ISSUER/client.json"',
                           authorization={"documents": False})
        self.refused(house, "takes no client that is a document's address")

    def test_a_server_that_speaks_for_another_is_refused(self):
        for described, words in (({"resource": "https://bank.example/mcp"}, "about another resource"),
                                 ({"authorization_servers": ["http://localhost:1"]}, "https"),
                                 ({"authorization_servers": []}, "names no authorization server")):
            with self.subTest(words):
                house = self.house(server={"metadata": "/about", "described": described})
                self.refused(house, words)

    def test_a_login_is_not_lent_to_another_server(self):
        self.connected(self.at)
        other = self.house()
        text = self.at.gateway.config.read_text()
        authorities = [(each.folder / "ca.crt").read_text() for each in (self.at, other)]
        text = text.replace(self.at.resource, other.resource).replace(*authorities)
        self.at.gateway.config.write_text(text)
        process.run([gateway.BINARY, "reload", "--state-dir", self.at.gateway.folder / "state"])
        process.wait_until(lambda: "this login is for another server" in self.at.state().get("why", ""), 30,
                           "a refusal")
        seen = urllib.request.urlopen(f"{other.server.url}/control/seen", context=oidc.trusting())
        self.assertEqual(json.loads(seen.read()), [], "nothing was sent there")


if __name__ == "__main__":
    unittest.main()
