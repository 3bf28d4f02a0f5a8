"""A private rsyslog in a throwaway folder: TCP on a free port, a line of a file for each message."""

import pathlib
import shutil
import tempfile

from harness import process

PROGRAM = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")

_CONFIG = """
global(workDirectory="{folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="line" type="list") {{
  property(name="app-name") constant(value=" ") property(name="msgid") constant(value=" ")
  property(name="syslogfacility-text") constant(value=" ") property(name="msg") constant(value="\\n")
}}
action(type="omfile" file="{folder}/received" template="line")
"""


class Rsyslog(process.Process):
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-rsyslog-"))
        self.port = process.free_port()
        config = self.folder / "rsyslog.conf"
        config.write_text(_CONFIG.format(folder=self.folder, port=self.port))
        super().__init__([PROGRAM, "-n", "-f", config, "-i", self.folder / "pid"], self.folder / "log")

    def __exit__(self, *failure):
        super().__exit__(*failure)
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ready(self):
        return process.accepts(self.port)

    def received(self):
        """The messages, as (program, id, facility, text)."""
        path = self.folder / "received"
        return [line.split(" ", 3) for line in path.read_text().split("\n")[:-1]] if path.exists() else []
