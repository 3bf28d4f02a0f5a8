"""The files under check, read once: from the repository, or from a test's few lines."""

import functools
import pathlib
import re
import subprocess
from dataclasses import dataclass

import cpp

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
_TRIES = re.compile(r"_(test|fuzz|bench|corpus)\.cc$")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Include:
    line: int
    name: str
    ours: bool  # Written with quotes.


def _room_of(folder):
    """What one README and its tests speak for: src/cel with all in it, but each protocol for itself."""
    parts = folder.split("/")
    return "/".join(parts[:3 if parts[:2] == ["src", "protocol"] else 2])


class File:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        pure = pathlib.PurePosixPath(path)
        self.folder, self.stem, self.name = str(pure.parent), pure.stem, pure.name
        self.room = _room_of(self.folder)
        self.is_header = pure.suffix == ".h"
        self.is_cpp = pure.suffix in (".h", ".cc", ".inc")
        self.is_test = self.name.endswith("_test.cc")
        self.is_trial = bool(_TRIES.search(path))  # A program that tries the folder, no part of it.
        self.is_generated = self.name.endswith("_table.inc")

    def finding(self, line, rule, message):
        return Finding(self.path, line, rule, message)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        return cpp.strip(self.text)

    @functools.cached_property
    def functions(self):
        return cpp.functions(self.code)

    @functools.cached_property
    def includes(self):
        return [Include(self.line_of(match.start()), match[2], match[1] == '"')
                for match in _INCLUDE.finditer(self.text)]


class Tree:
    """Files by their path from the root; `src` is the C++ among them that floors apply to."""

    def __init__(self, texts):
        self.files = {path: File(path, text) for path, text in texts.items()}
        self.src = [file for file in self.files.values() if file.is_cpp and path_in_src(file.path)]

    def rooms(self):
        """The rooms of src/ that hold C++, each with its files of every kind."""
        found = {file.room: [] for file in self.src}
        for file in self.files.values():
            if file.room in found:
                found[file.room].append(file)
        return found


def path_in_src(path):
    return path.startswith("src/") and "/testdata/" not in path


def read(root):
    """Every text file git knows or would add."""
    # A checkout mounted into a container belongs to somebody else, which git would refuse to read.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=root, check=True, capture_output=True, text=True).stdout
    texts = {}
    for path in sorted(set(listed.split("\0"))):
        file = pathlib.Path(root, path)
        if path and file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if b"\0" not in content:
                texts[path] = content.decode("utf-8", errors="replace")
    return Tree(texts)
