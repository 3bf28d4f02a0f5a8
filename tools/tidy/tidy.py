"""The rules of the house as a test: prints `file:line: rule: message` for each breach, and fails if any."""

import pathlib
import sys

import floors
import sizes
import tree
import words

RULES = floors.RULES + sizes.RULES + words.RULES


def check(files):
    found = {finding for rule in RULES for finding in rule(files)}
    return sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule, finding.message))


def main():
    files = tree.read(pathlib.Path(__file__).resolve().parents[2])
    found = check(files)
    for finding in found:
        print(finding)
    print(f"tidy: {len(files.files)} files, {len(found) or 'no'} breaches of the house rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
