"""The dashboard in a browser: before its double in tests/web/mock, and before the gateway itself."""

import re
import unittest

from gated import Gated
from harness import dashboard, process


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        dashboard.ready()

    def test_parts(self):
        dashboard.run("core.test.mjs")

    def test_pages(self):
        dashboard.run("pages.test.mjs")

    def test_speed(self):
        figures = dashboard.run("speed.test.mjs")
        print(*re.findall(r"^(?:first load|scrolling|stream): .*", figures, re.MULTILINE), sep="\n")


PORT = process.free_port()


class Real(Gated):
    """First start, a held DELETE that psql waits for, allowed and denied, search, replay; on a phone too."""

    settings = f"""
  public_url = "https://localhost:{PORT}"

  admin {{
    listen = "127.0.0.1:{PORT}"
  }}
"""
    rules = """
    rule "destructive-asks" {
      endpoint  = postgres.db
      priority  = 10
      condition = "sql.verb == 'delete'"
      approve   = [builtin.dashboard]
      reason    = "deletions are looked at"
    }

    rule "no-ddl" {
      endpoint  = postgres.db
      priority  = 100
      condition = "sql.verb == 'drop'"
      verdict   = "deny"
      reason    = "tables stay"
    }

    rule "rest" {
      endpoint = postgres.db
      verdict  = "allow"
    }
    """

    @classmethod
    def prepare(cls):
        dashboard.ready()
        with cls.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("create table carts (id int primary key, status text)")
            cursor.execute("insert into carts select n, 'abandoned' from generate_series(1, 60) n")
            cursor.execute("grant all on carts to public")

    def test_a_day_with_the_dashboard(self):
        link = re.search(r"https://\S+/#/first/\S+", self.gateway.log())
        self.assertIsNotNone(link, "the gateway prints the first link")
        dashboard.run("real.mjs", seconds=240, CLAW_LINK=link[0], CLAW_DSN=self.gateway.dsn())
        self.assertEqual(self.ask_server("select count(*) from carts"), 40)
