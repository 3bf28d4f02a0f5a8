"""Reads just enough C++ for the rules: text without comments and strings, and where functions are.

It is no parser. It looks only at namespace and class level, where the shapes are few; inside a function
it matches braces and nothing else, so no expression can mislead it.
"""

import bisect
import re
from dataclasses import dataclass

_NOISE = re.compile(
    r'R"(?P<mark>[^()\s\\]{0,16})\((?:.|\n)*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
    r"|//[^\n]*|/\*(?:.|\n)*?\*/"
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\(?:.|\n))*", re.MULTILINE)
_TOKEN = re.compile(r"[A-Za-z_]\w*|::|->|[^\s\w]|\w+")

_TYPE_WORDS = {"class", "struct", "union", "enum"}
_NOT_A_NAME = {"requires", "noexcept", "alignas", "decltype", "explicit", "__attribute__", "throw"}
_BEFORE_BODY = {"(", "{", "const", "noexcept", "override", "final", "&", "volatile", "try"}
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int  # From its name to its closing brace; 0 for a declaration.
    parameters: int


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def strip(text):
    """The text with comments blanked and strings emptied; every line keeps its number."""
    def blank(match):
        found = match.group()
        if found.startswith(("//", "/*")):
            return _blank(match)
        return '""' + "\n" * found.count("\n")
    return _NOISE.sub(blank, text)


class _Reader:
    def __init__(self, code):
        code = _DIRECTIVE.sub(_blank, code)
        matches = list(_TOKEN.finditer(code))
        self.tokens = [match.group() for match in matches]
        self._starts = [match.start() for match in matches]
        self._newlines = [match.start() for match in re.finditer("\n", code)]
        self._ends = self._pair()
        self.found = []

    def _pair(self):
        ends, open_ = {}, []
        for index, token in enumerate(self.tokens):
            if token in _OPEN:
                open_.append(index)
            elif token in ")]}" and open_ and _OPEN[self.tokens[open_[-1]]] == token:
                ends[open_.pop()] = index
        return ends

    def end(self, index):
        """Where the bracket opened at `index` closes; the end of the file when it never does."""
        return self._ends.get(index, len(self.tokens))

    def line(self, index):
        return bisect.bisect_left(self._newlines, self._starts[index]) + 1

    def scope(self, index, stop):
        """Reads declarations from `index` up to `stop`, which is the closing brace of their scope."""
        head = []  # The indices of the declaration being read, brackets and what is in them left out.
        while index < stop:
            token = self.tokens[index]
            if token == "{":
                index, head = self._brace(index, head)
            elif token in ("(", "["):
                head.append(index)
                index = self.end(index) + 1
            elif token == ";":
                self._declared(head, None)
                index, head = index + 1, []
            elif token == ":" and head and self.tokens[head[0]] in ("public", "private", "protected"):
                index, head = index + 1, []
            elif token == "template" and index + 1 < stop and self.tokens[index + 1] == "<":
                index = self.angles(index + 1)
            else:
                head.append(index)
                index += 1

    def angles(self, index):
        """Just past the `>` that closes the `<` at `index`."""
        depth = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if token in ("(", "[", "{"):
                index = self.end(index)
            elif token in (";", "}"):
                return index  # It was a comparison.
            else:
                depth += (token == "<") - (token == ">")
                if depth == 0:
                    return index + 1
            index += 1
        return index

    def _brace(self, index, head):
        """A brace after `head`: goes into scopes, past all else; returns where to go on and the new head."""
        end = self.end(index)
        words = [self.tokens[at] for at in head]
        if self._is_initializer(words):
            return end + 1, head + [index]
        if "namespace" in words or words[:1] == ["extern"] and "(" not in words or self._is_type(words):
            self.scope(index + 1, end)
            return end + 1, []
        self._declared(head, end)
        return end + 1, []

    @staticmethod
    def _is_type(words):
        for place, word in enumerate(words):
            if word in _TYPE_WORDS:
                before_bases = words[place:words.index(":", place) if ":" in words[place:] else None]
                return "(" not in before_bases or "alignas" in before_bases
            if word == "(":
                return False
        return False

    def _is_initializer(self, words):
        plain = words[:words.index("operator")] if "operator" in words else words
        if "=" in plain:
            return True
        if "(" not in words:
            return not ("namespace" in words or words[:1] == ["extern"] or _TYPE_WORDS & set(words))
        in_member_list = ":" in words[words.index("("):] and not self._is_type(words)
        return in_member_list and words[-1] not in _BEFORE_BODY

    def _declared(self, head, end):
        name = self._name_of(head)
        if name is None or (end is None and not self._could_declare(head, name)):
            return
        opening = next(at for at in head if at > name and self._opens_parameters(at))
        lines = 0 if end is None else self.line(min(end, len(self.tokens) - 1)) - self.line(name) + 1
        self.found.append(Function(self.tokens[name], self.line(name), lines, self._count(opening)))

    def _opens_parameters(self, at):
        return self.tokens[at] == "(" and self.tokens[at - 1] != "operator"

    def _name_of(self, head):
        """The index of the name before the parameters, or None when this declares no function."""
        skip_to = 0
        for place, at in enumerate(head):
            token = self.tokens[at]
            if at < skip_to:
                continue
            if token == "operator":
                return at if "(" in (self.tokens[later] for later in head[place + 1:]) else None
            if token == "<":
                skip_to = self.angles(at)
            elif token == "=":
                return None
            elif token == "(":
                before = self.tokens[at - 1]
                if re.match(r"[A-Za-z_]", before) and before not in _NOT_A_NAME:
                    return at - 1
        return None

    def _could_declare(self, head, name):
        """A declaration has a type, or tildes, before its name; a macro's call has nothing."""
        return head[0] < name and not self.tokens[name].isupper()

    def _count(self, opening):
        end = self.end(opening)
        inside = self.tokens[opening + 1:end]
        if inside in ([], ["void"]):
            return 0
        count, index, depth = 1, opening + 1, 0
        while index < end:
            token = self.tokens[index]
            if token in _OPEN:
                index = self.end(index)
            elif token in ("<", ">"):
                depth = max(0, depth + (1 if token == "<" else -1))
            elif token == "," and depth == 0:
                count += 1
            index += 1
        return count


def functions(code):
    """The functions defined and declared at namespace and class level of stripped code."""
    reader = _Reader(code)
    reader.scope(0, len(reader.tokens))
    return reader.found
