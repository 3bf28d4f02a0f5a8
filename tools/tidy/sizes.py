"""How large things may be, and what every folder owes: a README and tests."""

import collections
import re

# The column "tidy fails" of the house's table of sizes.
LINES_MAX = {"source file": 600, "header": 300, "test file": 900}
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 6
COLUMNS_MAX = 110
FOLDER_FILES_MAX = 25

# Floors 5 and up are tried end to end, with real peers, where a test per file would only repeat itself.
UNTESTED_ROOMS = ("io", "store", "gateway", "toolcall", "admin", "agent", "main")
UNTESTED_LINES_MAX = 80
README_LINES_MIN = 5

_MEASURED = (".cc", ".h", ".inc", ".c", ".java", ".js", ".py", ".sh", ".ts", ".tsx", ".cmake")


def _kind(file):
    if file.is_header:
        return "header"
    return "test file" if file.is_test or file.name.startswith("test_") else "source file"


def too_large(file, line, what, allowed):
    return file.finding(line, "sizes", f"{what}; {allowed} are allowed")


def check_files(tree):
    for file in tree.files.values():
        if not file.name.endswith(_MEASURED) or file.is_generated or "/testdata/" in file.path:
            continue
        kind = _kind(file)
        if len(file.lines) > LINES_MAX[kind]:
            yield too_large(file, 1, f"{kind} of {len(file.lines)} lines", LINES_MAX[kind])
        for number, line in enumerate(file.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield too_large(file, number, f"{len(line)} columns", COLUMNS_MAX)


def check_functions(tree):
    for file in tree.files.values():
        for function in file.functions if file.is_cpp and not file.is_generated else ():
            name, line = function.name, function.line
            if function.lines > FUNCTION_LINES_MAX:
                yield too_large(file, line, f"`{name}` has {function.lines} lines", FUNCTION_LINES_MAX)
            if function.parameters > PARAMETERS_MAX:
                yield too_large(file, line, f"`{name}` has {function.parameters} parameters", PARAMETERS_MAX)


def check_folders(tree):
    folders = collections.defaultdict(list)
    for file in tree.src:
        if not file.is_trial:
            folders[file.folder].append(file)
    for folder, files in folders.items():
        if len(files) > FOLDER_FILES_MAX:
            yield too_large(files[0], 1, f"{len(files)} files in {folder}", FOLDER_FILES_MAX)


def check_readmes(tree):
    for room, files in tree.rooms().items():
        readme = tree.files.get(room + "/README.md")
        said = [line for line in readme.lines if line.strip()] if readme else []
        if readme is None:
            yield files[0].finding(1, "readme", f"{room} has no README.md")
        elif len(said) < README_LINES_MIN:
            yield readme.finding(1, "readme", f"says too little: {len(said)} lines")
        elif room.startswith("src/protocol/") and not any("posture:" in line for line in said[:4]):
            yield readme.finding(1, "readme", "does not open with `posture:`")


def check_tests(tree):
    """A source file of the lower floors is tried by a test of its name, or by one that includes what it
    implements (its first #include), or by one the folder's README names beside it."""
    for room, files in tree.rooms().items():
        if room.split("/")[1] in UNTESTED_ROOMS:
            continue
        trials = [file for file in files if file.is_trial]
        tried = {include.name for trial in trials for include in trial.includes}
        stems = {re.sub(r"_(test|fuzz|bench|corpus)$", "", trial.stem) for trial in trials if trial.is_test}
        readme = tree.files.get(room + "/README.md")
        for file in files:
            if not file.name.endswith(".cc") or file.is_trial or len(file.lines) <= UNTESTED_LINES_MAX:
                continue
            included = file.includes and file.includes[0].name in tried
            named = readme and any(file.name in line and "_test" in line for line in readme.lines)
            if file.stem not in stems and not included and not named:
                yield file.finding(1, "tests", f"no {file.stem}_test.cc, no test of its first #include")


RULES = (check_files, check_functions, check_folders, check_readmes, check_tests)
