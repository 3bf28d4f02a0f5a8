"""The dashboard and a browser to try it with: what is missing skips a test, with what to install."""

import os
import pathlib
import shutil
import unittest

from harness import process

FOLDER = process.ROOT / "tests/web"
WEB = process.ROOT / "web"
CHROMIUM = pathlib.Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


def _installed(folder):
    """Installs what the lock file names, once, and again when that changed."""
    lock, mark = folder / "package-lock.json", folder / "node_modules/.package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        process.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], seconds=300, cwd=folder)
        mark.touch()


def ready():
    """Skips unless there is a browser; then everything is installed and the dashboard is built."""
    for command in ("node", "npm"):
        if not shutil.which(command):
            raise unittest.SkipTest(f"no {command}")
    if not CHROMIUM.exists():
        raise unittest.SkipTest("no chromium: apt-get install chromium")
    try:
        _installed(WEB)
        _installed(FOLDER)
    except RuntimeError as problem:
        raise unittest.SkipTest(f"npm did not install: {str(problem)[-200:]}") from problem
    process.run(["node", "build.mjs"], seconds=120, cwd=WEB)


def run(name, seconds=600, **environment):
    """Runs one file of tests/web; what it printed, or an error with it."""
    return process.run(["node", "--test", "--test-reporter=spec", name], seconds=seconds, cwd=FOLDER,
                       env={**os.environ, **environment})
