"""Wraps C++ lines that are too long, with clang-format, and leaves every other line as it was written:
wrap.py [FOLDER...], by default all of src/."""

import pathlib
import subprocess
import sys

import sizes

# A wrapped line may still be too long, or a new one be: comments are moved first, then broken.
ROUNDS_MAX = 3


def too_long(path):
    lines = path.read_text().splitlines()
    return [number for number, line in enumerate(lines, 1) if len(line) > sizes.COLUMNS_MAX]


def wrap(path):
    for _ in range(ROUNDS_MAX):
        numbers = too_long(path)
        if not numbers:
            break
        spans = [f"--lines={number}:{number}" for number in numbers]
        subprocess.run(["clang-format-19", "-i", "--style=file", *spans, path], check=True)
    return too_long(path)


def main(folders):
    root = pathlib.Path(__file__).resolve().parents[2]
    for folder in folders or ["src"]:
        for path in sorted(pathlib.Path(root, folder).rglob("*")):
            if path.suffix in (".cc", ".h"):
                for number in wrap(path):
                    print(f"{path.relative_to(root)}:{number}: sizes: still too long; break it by hand")


if __name__ == "__main__":
    main(sys.argv[1:])
