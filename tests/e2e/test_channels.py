"""Held actions are told where people are, and a signed click lets them run: Slack, Discord, Telegram, a
webhook; Teams, PagerDuty and mail, which only tell; and what happens when one of them is down."""

import json
import time
import unittest

from harness import process
from harness.channels import chat
from told import Told

try:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
    KEY = ed25519.Ed25519PrivateKey.generate()
    PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.Raw,
                                           serialization.PublicFormat.Raw).hex()
except ImportError:
    KEY = PUBLIC = None

HOSTILE = "<!channel> @everyone <https://evil.test|Approve> </pre><b>x</b>"


class Channels(Told):
    asks = """
    approver "human_approver" "chat" {
      channel = slack.ops
      message = "{{agent}} wants something on {{endpoint}}"
    }
    approver "human_approver" "guild" { channel = discord.guild }
    approver "human_approver" "group" { channel = telegram.group }
    approver "human_approver" "machine" { channel = webhook.events }
    approver "human_approver" "written" { channel = [teams.cards, email.letters, pagerduty.pager] }
    rule "chat" {
      endpoint  = postgres.db
      condition = "sql.verb == 'delete'"
      approve   = [human_approver.chat]
      reason    = "deletions are looked at"
    }
    rule "guild" {
      endpoint  = postgres.db
      condition = "sql.verb == 'update'"
      approve   = [human_approver.guild]
    }
    rule "group" {
      endpoint  = postgres.db
      condition = "sql.verb == 'insert'"
      approve   = [human_approver.group]
    }
    rule "machine" {
      endpoint  = postgres.db
      condition = "sql.verb == 'truncate'"
      approve   = [human_approver.machine]
    }
    rule "written" {
      endpoint  = postgres.db
      condition = "sql.verb == 'drop'"
      approve   = [human_approver.written]
    }
    """

    @classmethod
    def discord_key(cls):
        return PUBLIC or "00" * 32

    def test_a_click_in_slack_lets_it_run(self):
        began = time.monotonic()
        answer = self.start(f"delete from orders where id = 21 -- {HOSTILE}")
        message = self.told(kind="slack", path="chat.postMessage")
        self.assertLess(message.at - began, 2.0, "people see it within two seconds")
        self.assertEqual(message.body["channel"], "#ops")
        for part in ("deletions are looked at", "wants something on postgres.db",
                     "https://patrol.example.com/#/approvals/"):
            self.assertIn(part, message.raw.decode())
        self.assertNotIn("<", message.body["text"], "no markup of the agent's")
        self.assertFalse(answer.done())
        status, _ = self.callback("ops", chat.slack_click(message.buttons()["Allow"], "U1"))
        self.assertEqual(status, 200)
        self.ends(answer, 1)
        change = self.told(path="chat.update", has="Allowed by ann")
        self.assertEqual(change.buttons(), {})
        self.assertIn("notice_sent", self.gateway.audit("export"))

    def test_forged_late_replayed_and_foreign_clicks_change_nothing(self):
        answer = self.start("delete from orders where id = 22")
        allow = self.told(kind="slack", path="chat.postMessage").buttons()["Allow"]
        refused = [chat.slack_click(allow, "U1", secret="guess"),
                   chat.slack_click(allow, "U1", seconds=int(time.time()) - 301)]
        for signed in refused:
            self.assertEqual(self.callback("ops", signed)[0], 403)
        self.assertEqual(self.callback("ops", ({}, refused[0][1]))[0], 403)
        self.assertEqual(self.callback("nobody", refused[0])[0], 404)
        outsider = chat.slack_click(allow, "U666")
        self.assertEqual(self.callback("ops", outsider)[0], 200)
        self.told(path="chat.postEphemeral", has="not among the people")
        self.assertEqual(self.callback("ops", outsider)[0], 409, "a replay")
        self.assertEqual(len(self.open_questions()), 1)
        deny = self.told(kind="slack", path="chat.postMessage").buttons()["Deny"]
        self.assertEqual(self.callback("ops", chat.slack_click(deny, "U2"))[0], 200)
        self.ends(answer, "42501")
        self.callback("ops", chat.slack_click(allow, "U1"))
        self.assertEqual(self.ask_server("select count(*) from orders where id = 22"), 1)
        self.assertIn("answer_refused", self.gateway.audit("export"))

    @unittest.skipIf(PUBLIC is None, "no cryptography module")
    def test_a_click_in_discord(self):
        answer = self.start("update orders set note = 'x' where id = 23")
        message = self.told(kind="discord")
        self.assertEqual(message.body["allowed_mentions"], {"parse": []})
        allow = message.buttons()["Allow"]
        other = ed25519.Ed25519PrivateKey.generate()
        self.assertEqual(self.callback("guild", chat.discord_click(allow, "99", other))[0], 403)
        status, text = self.callback("guild", chat.discord_click(allow, "99", KEY))
        self.assertEqual((status, json.loads(text)["data"]["flags"]), (200, 64))
        self.ends(answer, 1)
        self.assertEqual(self.told(kind="discord", has="Allowed by ann").method, "PATCH")

    def test_a_click_in_telegram(self):
        answer = self.start(f"insert into orders (id, note) values (90024, '{HOSTILE}')")
        message = self.told(kind="telegram", path="sendMessage")
        self.assertNotIn("<b>x</b>", message.body["text"])
        allow = message.buttons()["Allow"]
        self.assertEqual(self.callback("group", chat.telegram_click(allow, 4242, "guess"))[0], 403)
        status, text = self.callback("group", chat.telegram_click(allow, 4242))
        self.assertEqual((status, json.loads(text)["method"]), (200, "answerCallbackQuery"))
        answer.result(10)
        self.told(kind="telegram", path="editMessageText", has="Allowed by ann")

    def test_a_webhook_is_told_and_answers(self):
        answer = self.start("truncate accounts cascade")
        event = self.told(kind="hook").body
        self.assertEqual(event["type"], "clawpatrol.approval.asked")
        told = {"question": event["data"]["question"], "fingerprint": event["data"]["fingerprint"],
                "choice": "deny", "person": "ann@test", "comment": "not today"}
        self.assertEqual(self.callback("events", chat.hook_answer(told, chat.HOOK_SECRET))[0], 403)
        self.callback("events", chat.hook_answer({**told, "fingerprint": "0" * 64}))
        self.callback("events", chat.hook_answer({**told, "person": "eve@test"}))
        self.assertEqual(len(self.open_questions()), 1)
        self.assertEqual(self.callback("events", chat.hook_answer(told))[0], 200)
        self.ends(answer, "42501")
        ended = self.told(kind="hook", has="approval.ended").body
        self.assertEqual(ended["data"]["state"], "denied")
        self.assertEqual(ended["data"]["replies"][0]["comment"], "not today")

    def test_teams_pagerduty_and_mail_have_a_link(self):
        before = len(self.mail.mails)
        answer = self.start("drop table accounts")
        card = self.told(kind="teams").body["attachments"][0]["content"]
        self.assertIn("/#/approvals/", card["actions"][0]["url"])
        self.assertEqual(self.told(kind="pagerduty").body["event_action"], "trigger")
        letter = self.mail.wait(before + 1)
        self.assertEqual(letter["To"], "ann@example.com, bob@example.com")
        self.assertIn("https://patrol.example.com/#/approvals/", letter.get_content())
        self.deny_all()
        self.ends(answer, "42501")
        self.assertEqual(self.told(kind="pagerduty", has="resolve").body["event_action"], "resolve")

    def test_a_channel_that_is_down_is_said_and_tried_again(self):
        self.chat.down.add("slack")
        try:
            answer = self.start("delete from orders where id = 25")
            process.wait_until(lambda: self.channel_status("slack.ops").get("failing"), 10, "a failure")
            self.assertIn("503", self.channel_status("slack.ops")["why"])
            self.assertEqual(len(self.open_questions()), 1, "it can be answered elsewhere")
        finally:
            self.chat.down.clear()
        message = self.told(kind="slack", path="chat.postMessage", seconds=20)
        process.wait_until(lambda: not self.channel_status("slack.ops")["failing"], 10, "a good channel")
        self.callback("ops", chat.slack_click(message.buttons()["Allow"], "U1"))
        self.ends(answer, 1)
        self.assertIn("notice_failed", self.gateway.audit("export"))

    def test_forty_alike_are_one_message(self):
        answers = [self.start("delete from orders where id = 26") for _ in range(8)]
        self.told(kind="slack", has="8 actions")
        posted = [each for each in self.chat.sent[self.before:] if each.path.endswith("chat.postMessage")]
        self.assertEqual(len(posted), 1)
        self.deny_all()
        self.assertEqual({answer.result(10) for answer in answers}, {"42501"})


class Patience(Told):
    asks = """
    approver "human_approver" "managers" {
      channel   = slack.managers
      approvers = ["mia"]
    }
    approver "human_approver" "dba" {
      channel        = slack.ops
      approvers      = ["ann"]
      remind_every   = "1s"
      escalate_to    = human_approver.managers
      escalate_after = "2s"
    }
    rule "ask" {
      endpoint  = postgres.db
      condition = "sql.verb == 'delete'"
      approve   = [human_approver.dba]
    }
    """

    def test_reminded_and_passed_on(self):
        answer = self.start("delete from orders where id = 31")
        first = self.told(path="chat.postMessage")
        reminder = self.told(path="chat.postMessage", has="Still waiting")
        self.assertIn("thread_ts", reminder.body)
        passed = self.told(path="chat.postMessage", has="#managers")
        self.assertIn("Nobody has answered yet", passed.raw.decode())
        self.callback("ops", chat.slack_click(first.buttons()["Allow"], "U2"))
        self.assertEqual(len(self.open_questions()), 1, "bob is not asked")
        self.callback("managers", chat.slack_click(passed.buttons()["Allow"], "U9"))
        self.ends(answer, 1)
        self.told(path="chat.update", has="Allowed by mia")
