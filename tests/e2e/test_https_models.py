"""The model makers' own libraries, by the endpoint's door and through the proxy: whole answers, streams
word by word, and refusals as the library's own error."""

from harness import drivers, web_models
from harness.web_case import Https, needs_node
from harness.web_gateway import SECRET

_RULES = """
rule "small-models" {
  endpoint  = https.api
  condition = "http.method == 'POST' && has(http.body_json.model) && http.body_json.model == 'small'"
  verdict   = "allow"
}

rule "no-others" {
  endpoint = https.api
  verdict  = "deny"
  reason   = "agents use the small model"
}
"""


class _Model:
    """What both libraries do the same."""

    routes = web_models.ROUTES

    @classmethod
    def prepare(cls):
        needs_node()

    def command(self, how, model, door):
        program = ["node", drivers.FOLDER / "model_client.js", self.maker, how, model]
        return [*program, f"http://127.0.0.1:{self.gateway.port}{self.base}"] if door else program

    def test_a_whole_answer(self):
        for door in (True, False):
            with self.subTest(door=door):
                self.assertEqual(self.good(*self.command("whole", "small", door)), "Hello from far away\n")
                self.assertEqual(self.server.requests[-1]["headers"][self.header], self.key)
        self.assertNotIn("placeholder", str(self.server.requests))

    def test_a_stream_word_by_word(self):
        for door in (True, False):
            self.server.forget()
            command = self.command("stream", "small", door)
            with self.subTest(door=door), self.gateway.begin(*command) as child:
                self.assertEqual(child.stdout.readline(), "Hello\n")
                self.server.release.set()
                self.assertEqual(child.stdout.read().split(), ["from", "far", "away"])

    def test_a_refusal_is_the_librarys_own_error(self):
        for how in ("whole", "stream"):
            for door in (True, False):
                told = self.bad(*self.command(how, "large", door))
                self.assertIn("PermissionDeniedError 403", told)
                self.assertIn("agents use the small model", told)
        self.assertEqual(self.server.requests, [])


class OpenAi(_Model, Https):
    maker, base, header, key = "openai", "/v1", "authorization", f"Bearer {SECRET}"
    parts = {"hosts": '"api.openai.com"', "rules": _RULES}


class Anthropic(_Model, Https):
    maker, base, header, key = "anthropic", "", "x-api-key", SECRET
    parts = {"hosts": '"api.anthropic.com"', "rules": _RULES, "credentials": "anthropic_manual_key.key",
             "credential": 'credential "anthropic_manual_key" "key" { endpoint = https.api }\n'}
