"""What runs in the pretended pods: logs that tests write, ports that answer, and a few programs, which are
this machine's own in a folder that is thrown away."""

import fcntl
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading

from harness.kube import store

PROGRAMS = {"sh", "cat", "echo", "tar", "test", "ls", "env", "sleep", "stty", "true", "false", "head", "tail",
            "wc",
            "tee", "id", "date", "printf", "mkdir", "rm", "seq", "sha256sum"}


class Log:
    def __init__(self):
        self.lines, self.has_ended, self.grown = [], False, threading.Condition()

    def add(self, *lines):
        with self.grown:
            self.lines += [(store.now(), line) for line in lines]
            self.grown.notify_all()

    def end(self):
        with self.grown:
            self.has_ended = True
            self.grown.notify_all()

    def since(self, at, seconds):
        """The lines from there on, waited for, and whether they are the last."""
        with self.grown:
            if len(self.lines) == at and not self.has_ended and seconds:
                self.grown.wait(seconds)
            return self.lines[at:], self.has_ended


def echo(data):
    """What a port of a pod answers unless a test says otherwise."""
    return b"echo: " + data


class Pod:
    def __init__(self, name):
        self.name, self.logs, self.ports, self._root = name, {}, {}, None
        self.lock = threading.Lock()

    def log(self, container):
        with self.lock:
            return self.logs.setdefault(container, Log())

    @property
    def root(self):
        with self.lock:
            if self._root is None:
                self._root = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-pod-"))
                for name in ("tmp", "etc", "app"):
                    (self._root / name).mkdir()
                (self._root / "etc/hostname").write_text(self.name + "\n")
            return self._root

    def forget(self):
        for log in self.logs.values():
            log.end()
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)


class Pods:
    def __init__(self):
        self.found, self.lock = {}, threading.Lock()

    def of(self, obj):
        with self.lock:
            return self.found.setdefault(obj["metadata"]["uid"], Pod(obj["metadata"]["name"]))

    def forget(self, obj):
        with self.lock:
            pod = self.found.pop(obj["metadata"]["uid"], None)
        if pod:
            pod.forget()

    def close(self):
        for pod in self.found.values():
            pod.forget()


class NotFound(Exception):
    """No such program in the container."""


def _in_root(words, root):
    """The words of a command as this machine has to be told them: a path of the pod is one below its
    folder."""
    if words[0] == "sh":
        return words
    if words[0] == "tar" and "c" in words[1]:
        return words[:1] + [word.lstrip("/") if word.startswith("/") else word for word in words[1:]]
    return words[:1] + [str(root) + word if word.startswith("/") else word for word in words[1:]]


def _own_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Program:
    """A running command; its ends are file descriptors, with a terminal one and the same."""

    def __init__(self, pod, words, tty):
        if words[0].rpartition("/")[2] not in PROGRAMS:
            raise NotFound(words[0])
        words = [words[0].rpartition("/")[2], *words[1:]]
        self.terminal, ends = None, (subprocess.PIPE,) * 3
        if tty:
            self.terminal, slave = os.openpty()
            ends = (slave,) * 3
        self.child = subprocess.Popen(
            _in_root(words, pod.root), stdin=ends[0], stdout=ends[1], stderr=ends[2], cwd=pod.root,
            start_new_session=True, preexec_fn=_own_terminal if tty else None,
            env={"PATH": "/usr/bin:/bin", "HOME": "/", "HOSTNAME": pod.name, "TERM": "xterm", "PS1": "$ "})
        if tty:
            os.close(slave)

    def outputs(self):
        """{name: file descriptor}"""
        if self.terminal is not None:
            return {"stdout": self.terminal}
        return {"stdout": self.child.stdout.fileno(), "stderr": self.child.stderr.fileno()}

    def feed(self, data):
        try:
            if self.terminal is not None:
                os.write(self.terminal, data)
            else:
                self.child.stdin.write(data)
                self.child.stdin.flush()
        except (OSError, ValueError):
            pass  # It wants no more.

    def end_input(self):
        if self.terminal is not None:
            self.feed(b"\x04")
        else:
            try:
                self.child.stdin.close()
            except OSError:
                pass

    def resize(self, width, height):
        if self.terminal is not None:
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def kill(self):
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except OSError:
            pass

    def wait(self):
        """The exit code as a shell says it."""
        code = self.child.wait()
        if self.terminal is not None:
            os.close(self.terminal)
        else:
            self.child.stdout.close()
            self.child.stderr.close()
        return code if code >= 0 else 128 - code
