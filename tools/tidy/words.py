"""Names and texts: the words that say nothing, and the lines that should not be there."""

import re

# Written in two halves so that this file may be checked like the rest.
_BANNED_WORDS = {"Manager", "Helper", "Util", "Utils", "Impl", "Base", "Data", "Info"}
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
_HERE = re.compile(r"/wo" r"rk/(?:main|shared)|/ro" r"ot/")

_TYPE = re.compile(
    r"\b(?:class|struct|union|enum|concept)\s+(?:class\s+|struct\s+)?(?:\[\[.*?\]\]\s*)?([A-Z]\w*)"
    r"|\busing\s+([A-Z]\w*)\s*="
)
_CAMEL_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
_CAMEL_FUNCTION = re.compile(r"[a-z]\w*[A-Z]\w*")

# What no file of the product may say outside one folder. Each row: pattern, folders that may, why.
_POWERS = (
    (r"(?<![\w>:])::(?:socket|connect|bind|listen|accept4?|send(?:to|msg)?|recv(?:from|msg)?)\s*\(",
     ("src/io", "src/io/tls", "src/io/process"), "only io/ touches a socket"),
    (r"\bstd::regex\b", (), "what a user writes must match in linear time: RE2, in cel/"),
    (r"\b(?:gets|strcpy|strcat|v?sprintf|strtok|tmpnam)\s*\(", (), "has no bound"),
    (r"\bstd::rand\b|\bmt19937", (), "can be guessed; base/crypto.h has random bytes"),
)

_IN_HEADERS = (
    (re.compile(r"^\s*using\s+namespace\b", re.MULTILINE), "a header decides for all who include it"),
    (re.compile(r"^\s*#\s*include\s*<(?:iostream|filesystem)>", re.MULTILINE), "slow for all who include it"),
)


def _everywhere(file):
    return file.name not in ("LICENSE", "package-lock.json") and "/testdata/" not in file.path


def check_names(tree):
    for file in filter(lambda file: file.is_cpp, tree.files.values()):
        for match in _TYPE.finditer(file.code):
            name = match[1] or match[2]
            for word in sorted(_BANNED_WORDS & set(_CAMEL_WORD.findall(name))):
                yield file.finding(file.line_of(match.start()), "names", f"`{name}`: {word} says nothing")
        for function in file.functions:
            if _CAMEL_FUNCTION.fullmatch(function.name):
                yield file.finding(function.line, "names", f"`{function.name}` is not snake_case")


def check_text(tree):
    for file in filter(_everywhere, tree.files.values()):
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield file.finding(number, "text", "space at the end of the line")
            if "\t" in line and file.is_cpp:
                yield file.finding(number, "text", "a tab")
        for pattern, message in ((_UNFINISHED, "unfinished: {}"), (_HERE, "names a path of one machine: {}")):
            for match in pattern.finditer(file.text):
                yield file.finding(file.line_of(match.start()), "text", message.format(match.group()))


def check_powers(tree):
    for file in filter(lambda file: file.is_cpp and not file.is_trial, tree.files.values()):
        for pattern, homes, why in _POWERS:
            for match in re.finditer(pattern, file.code) if file.folder not in homes else ():
                what = match.group().strip("( ")
                yield file.finding(file.line_of(match.start()), "powers", f"`{what}`: {why}")


def check_headers(tree):
    for file in filter(lambda file: file.is_header, tree.files.values()):
        if not file.text.startswith("// "):
            yield file.finding(1, "headers", "does not open with sentences that say what it is")
        if not re.search(r"^#pragma once$", file.text, re.MULTILINE):
            yield file.finding(1, "headers", "lacks #pragma once")
        for pattern, message in _IN_HEADERS:
            for match in pattern.finditer(file.code):
                line, what = file.line_of(match.end()), match.group().strip()
                yield file.finding(line, "headers", f"`{what}`: {message}")


RULES = (check_names, check_text, check_powers, check_headers)
