"""A child process that ends with its test: stopped by its id, also when the test itself is killed."""

import ctypes
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_given = set()


def free_port():
    """A port nobody listens on now, and that was not given before; the caller takes it at once."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def wait_until(ready, seconds, what):
    """Asks `ready` until it says yes."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready after {seconds} s")
        time.sleep(0.02)


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(command, seconds=60, **options):
    """Runs to the end and returns what was printed; what failed says why."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=seconds, preexec_fn=_die_with_parent, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Process:
    """Runs from `with` to the end of its block; output goes to a file that log() reads."""

    stop_signal = signal.SIGTERM
    stop_seconds = 10
    ready_seconds = 30

    def __init__(self, command, log_path, **options):
        self.command, self.log_path, self.options = [str(word) for word in command], log_path, options
        self.child = None

    def __enter__(self):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          preexec_fn=_die_with_parent, **self.options)
        try:
            wait_until(self._ready_or_dead, self.ready_seconds, self.command[0])
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *failure):
        self.stop()

    def is_ready(self):
        return True

    def _ready_or_dead(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.command[0]} ended with {self.child.returncode}:\n{self.log()[-4000:]}")
        return self.is_ready()

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
            try:
                self.child.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")
