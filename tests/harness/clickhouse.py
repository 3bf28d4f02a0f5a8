"""A private ClickHouse (Debian's 18.16) in a throwaway folder: HTTP, a user with a password."""

import hashlib
import os
import pathlib
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from harness import process

PROGRAM = shutil.which("clickhouse-server")
USER, PASSWORD = "gateway", 'pass:"word" of ClickHouse'

_CONFIG = """<yandex>
  <logger><level>warning</level><console>1</console></logger>
  <http_port>{http}</http_port>
  <tcp_port>{native}</tcp_port>
  <listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path>
  <tmp_path>{folder}/tmp/</tmp_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
  <timezone>UTC</timezone>
</yandex>
"""

_USERS = """<yandex>
  <profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
  <quotas><default/></quotas>
  <users>
    <{user}>
      <password_sha256_hex>{digest}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </{user}>
    <default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
      <quota>default</quota></default>
  </users>
</yandex>
"""


class ClickHouse(process.Process):
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-clickhouse-"))
        self.port = process.free_port()
        (self.folder / "config.xml").write_text(
            _CONFIG.format(folder=self.folder, http=self.port, native=process.free_port()))
        (self.folder / "users.xml").write_text(
            _USERS.format(user=USER, digest=hashlib.sha256(PASSWORD.encode()).hexdigest()))
        super().__init__([PROGRAM, f"--config-file={self.folder}/config.xml"], self.folder / "log",
                         cwd=self.folder, env={**os.environ, "HOME": str(self.folder)})


    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ready(self):
        try:
            return self.ask("SELECT 1") == "1\n"
        except OSError:
            return False

    def ask(self, statement):
        url = f"http://127.0.0.1:{self.port}/?" + urllib.parse.urlencode({"user": USER, "password": PASSWORD})
        try:
            with urllib.request.urlopen(url, statement.encode(), timeout=30) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from error
