"""A program before which somebody sits: on a terminal of its own, whose screen is read and whose keys are
pressed."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

# Of what a terminal is told besides letters: titles, colours, where to write.
_CONTROL = re.compile(r"\x1b\][^\x07]*\x07|\x1b[\[\]()?][0-9;?=>]*[a-zA-Z]?|\x1b[=>78]|[^\S ]")
KEYS = {"enter": b"\r", "down": b"\x1b[B", "left": b"\x1b[D", "right": b"\x1b[C", "escape": b"\x1b"}


class Terminal:
    def __init__(self, command, folder, environment, size=(40, 140)):
        self.said = b""
        self.child, self.line = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe(command[0], list(map(str, command)), environment)
        fcntl.ioctl(self.line, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.line)

    def screen(self):
        """What has been written since the last key, roughly: programs write over what they wrote."""
        return re.sub(" +", " ", _CONTROL.sub(" ", self.said.decode(errors="replace")))

    def wait_for(self, text, seconds=60):
        deadline = time.monotonic() + seconds
        while text not in self.screen():
            ready, _, _ = select.select([self.line], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"{text!r} is not shown: {self.screen()[-2000:]}")
            self.said += os.read(self.line, 1 << 16)

    def press(self, key):
        self.said = b""
        os.write(self.line, KEYS[key])
