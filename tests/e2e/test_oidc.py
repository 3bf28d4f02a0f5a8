"""Operators sign in at a real OpenID Connect provider: who gets which role, what a wrong token comes to."""

import json
import os
import re
import urllib.parse

from gated import Gated
from harness import gateway, oidc, process
from harness.operators import Operator

PORT = process.free_port()
GATE = f"https://localhost:{PORT}"
CALLBACK = f"{GATE}/api/v1/session/oidc/callback"


SETTINGS = f"""
  public_url = "{GATE}"

  admin {{{{
    listen = "127.0.0.1:{PORT}"
    oidc {{{{
      issuer     = "{{issuer}}"
      client_id  = "clawpatrol"
      credential = bearer_token.login
      role "approver" {{{{ groups = ["dba"] }}}}
      role "admin" {{{{ groups = ["platform"] }}}}
    }}}}
  }}}}
"""
RULES = gateway.RULES + """
credential "bearer_token" "login" {
  endpoint = https.login
}

endpoint "https" "login" {
  hosts = ["login.example"]
}
"""


def first_admin(gate):
    """Nobody else signs in before."""
    first = re.compile(r"https://\S+/#/first/(\S+)")
    process.wait_until(lambda: first.search(gate.log()), 20, "the link of the first start")
    link = first.search(gate.log())[1]
    assert Operator(PORT).first(link, "root").status == 200


class Oidc(Gated):
    rules = RULES

    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(oidc.Provider(CALLBACK))
        cls.settings = SETTINGS.format(issuer=cls.provider.issuer)
        os.environ["CLAWPATROL_SECRET_LOGIN_TOKEN"] = oidc.SECRET
        os.environ["SSL_CERT_FILE"] = str(cls.provider.folder / "ca.crt")
        cls.addClassCleanup(os.environ.pop, "CLAWPATROL_SECRET_LOGIN_TOKEN")
        cls.addClassCleanup(os.environ.pop, "SSL_CERT_FILE")
        super().setUpClass()
        first_admin(cls.gateway)

    def setUp(self):
        self.addCleanup(self.provider.spoil, "no")

    def come_back(self, name, browser=None):
        """The address that the provider sends somebody back to."""
        browser = browser or oidc.Browser()
        return browser, browser.sign_in(f"{GATE}/api/v1/session/oidc", name, CALLBACK)

    def me(self, browser):
        status, _, text = browser.open(f"{GATE}/api/v1/session")
        self.assertEqual(status, 200)
        return json.loads(text)

    def test_a_person_signs_in_with_the_role_of_their_groups(self):
        for name, role in (("ann", "admin"), ("bob", "approver")):
            browser, back = self.come_back(name)
            status, _, text = browser.open(back)
            self.assertEqual((status, "You are signed in." in text), (200, True), text)
            me = self.me(browser)
            self.assertEqual((me["state"], me["person"], me["role"]), ("signed_in", name, role))
        self.assertIn("oidc", self.me(oidc.Browser())["methods"])
        records = [json.loads(line) for line in self.gateway.audit("export").splitlines()]
        people = {each["person"] for each in records if each["kind"] == "admin"}
        self.assertTrue({"ann", "bob"} <= people, people)

    def test_who_is_in_no_group_is_not_let_in(self):
        for name in ("eve", "mallory", "stranger"):
            browser, back = self.come_back(name)
            status, _, text = browser.open(back)
            self.assertEqual((status, "none of this person" in text), (403, True), text)
            self.assertNotIn("person", self.me(browser))

    def test_a_token_that_is_wrong_in_one_way(self):
        says = {"audience": "for somebody else", "expired": "expired", "nonce": "of another login",
                "issuer": "issue", "subject": "about nobody", "unsigned": "", "key": "", "unknown-key": ""}
        for how, word in says.items():
            with self.subTest(how):
                self.provider.spoil(how)
                browser, back = self.come_back("ann")
                status, _, text = browser.open(back)
                self.assertEqual(status, 403, text)
                self.assertIn(word, text)
                self.assertNotIn("person", self.me(browser))
        self.provider.spoil("no")
        browser, back = self.come_back("ann")
        self.assertEqual(browser.open(back)[0], 200)

    def test_what_comes_back_is_good_once_and_in_one_browser(self):
        browser, back = self.come_back("ann")
        self.assertEqual(oidc.Browser().open(back)[0], 403, "another browser has no cookie of this login")
        parts = urllib.parse.urlsplit(back)
        query = dict(urllib.parse.parse_qsl(parts.query))
        for name, value in (("state", "x"), ("state", query["state"][:-4] + "AAAA"),
                            ("iss", "https://elsewhere.example")):
            changed, again = self.come_back("ann")
            wrong = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(again).query)) | {name: value}
            self.assertEqual(changed.open(f"{CALLBACK}?{urllib.parse.urlencode(wrong)}")[0], 403, name)
        self.assertEqual(browser.open(back)[0], 200)
        self.assertEqual(browser.open(back)[0], 403, "it was used")

    def test_another_logins_code_does_not_fit(self):
        """The code is bound to its verifier: one that was stolen is of no use in the thief's own login."""
        _, theirs = self.come_back("ann")
        thief, own = self.come_back("bob")
        stolen = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(theirs).query))
        mine = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(own).query)) | {"code": stolen["code"]}
        self.assertEqual(thief.open(f"{CALLBACK}?{urllib.parse.urlencode(mine)}")[0], 403)
        self.assertNotIn("person", self.me(thief))

    def test_the_clients_secret_is_nowhere(self):
        browser, back = self.come_back("bob")
        browser.open(back)
        for text in (self.gateway.log(), self.gateway.audit("export"), back):
            self.assertNotIn(oidc.SECRET, text)


class Nobody(Gated):
    """A provider that is not there: who comes by learns that, and not what is wrong."""
    settings = SETTINGS.format(issuer=f"https://localhost:{process.free_port()}")
    rules = RULES

    def test_why_is_for_the_log(self):
        first_admin(self.gateway)
        status, _, text = oidc.Browser().open(f"{GATE}/api/v1/session/oidc")
        self.assertEqual(status, 503)
        self.assertIn("log says why", text)
        self.assertNotIn("localhost", text)
        self.assertIn("nobody can sign in at the provider", self.gateway.log())
