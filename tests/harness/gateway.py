"""The gateway before a Postgres: its config written for one test, its process, where to reach it."""

import os
import pathlib
import shutil
import tempfile

from harness import postgres, process

BINARY = pathlib.Path(os.environ.get("CLAWPATROL", process.ROOT / "build/dev/src/main/clawpatrol"))

TOKEN = "placeholder"  # What the agent holds instead of the password.

# Everything but what destroys; the first rule that is true decides, by priority.
RULES = """
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

_CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
  {settings}
}}

credential "postgres_credential" "db" {{
  endpoint = postgres.db
  user     = "{user}"
  database = "{database}"
}}

endpoint "postgres" "db" {{
  host          = "127.0.0.1:{upstream}"
  listen        = "127.0.0.1:{port}"
  {tls}
  require_token = false
  profile       = "agents"
}}

profile "agents" {{
  credentials = [postgres_credential.db]
}}
{rules}
"""


# On both sides, as a careful operator has it; and on none, as proxies are compared.
TLS = """
  sslmode    = "require"
  listen_tls = "optional"
  tls_cert   = "auto"
"""
PLAIN = """
  sslmode = "disable"
"""


class Gateway(process.Process):
    def __init__(self, upstream, rules=RULES, user="scram_user", settings="", tls=TLS,
                 password=postgres.PASSWORD):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port = process.free_port()
        self.config = self.folder / "gateway.hcl"
        self.config.write_text(_CONFIG.format(folder=self.folder, user=user, database=postgres.DATABASE,
                                              upstream=upstream.port, port=self.port, rules=rules,
                                              settings=settings, tls=tls))
        super().__init__([BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
                         env={**os.environ, "CLAWPATROL_SECRET_DB": password})

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def audit(self, *words):
        return process.run([BINARY, "audit", *words, "--state-dir", self.folder / "state"])

    def is_ready(self):
        return process.accepts(self.port)

    def dsn(self):
        return postgres.dsn(self.port, "scram_user", TOKEN)
