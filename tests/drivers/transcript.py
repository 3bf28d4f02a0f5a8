"""How a Python driver writes down what it saw: a line for each step and each thing that came of it."""

import hashlib


def step(name):
    print(f"== {name}", flush=True)


def saw(*things):
    print("  ", *(thing if isinstance(thing, str) else repr(thing) for thing in things), flush=True)


class Digest:
    """What a large result was, without printing it."""

    def __init__(self):
        self._hash, self._rows, self._bytes = hashlib.sha256(), 0, 0

    def add(self, text):
        self._hash.update(text.encode())
        self._rows += 1
        self._bytes += len(text)

    def saw(self):
        saw(self._rows, "rows", self._bytes, "bytes", self._hash.hexdigest()[:16])
