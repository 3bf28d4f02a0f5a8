"""The drivers of tests/drivers: how each is made ready and run. A driver is a program that takes a DSN and
the name of a scenario and prints what it saw, so that two servers can be compared by their transcripts."""

import hashlib
import os
import pathlib
import shutil

from harness import process

FOLDER = process.ROOT / "tests/drivers"
MADE = process.ROOT / "build/drivers"

_PYTHON = "/usr/bin/python3"  # Debian's own sees Debian's python3-psycopg2 and python3-asyncpg.
_JDBC = "/usr/share/java/postgresql.jar"


class Unavailable(Exception):
    """This machine lacks what the driver needs; says what."""


def _python(name):
    return lambda: [_PYTHON, FOLDER / name]


def _changed(made, source):
    """Whether `made` is older than what it is made of, by content: a checkout sets every date anew."""
    mark, digest = made.with_suffix(".made-of"), hashlib.sha256(source.read_bytes()).hexdigest()
    if made.exists() and mark.exists() and mark.read_text() == digest:
        return None
    made.parent.mkdir(parents=True, exist_ok=True)
    return lambda: mark.write_text(digest)


def _libpq():
    made, source = MADE / "libpq_driver", FOLDER / "libpq_driver.c"
    if remember := _changed(made, source):
        include, = process.run(["pg_config", "--includedir"]).split()
        process.run(["clang-19", "-Wall", "-Werror", "-O1", "-g", "-I", include, source, "-o", made, "-lpq"])
        remember()
    return [made]


def _pgjdbc():
    made, source = MADE / "pgjdbc/PgjdbcDriver.class", FOLDER / "PgjdbcDriver.java"
    if not (shutil.which("javac") and pathlib.Path(_JDBC).exists()):
        raise Unavailable("no javac or no postgresql.jar")
    if remember := _changed(made, source):
        process.run(["javac", "-cp", _JDBC, "-d", made.parent, source], seconds=120)
        remember()
    return ["java", "-XX:+UseSerialGC", "-cp", f"{made.parent}:{_JDBC}", "PgjdbcDriver"]


def _node():
    made, source = FOLDER / "node_modules/pg/package.json", FOLDER / "package-lock.json"
    if not shutil.which("node"):
        raise Unavailable("no node")
    if remember := _changed(made, source):
        process.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], seconds=300, cwd=FOLDER)
        remember()
    return ["node", "--no-deprecation", FOLDER / "node_driver.js"]


DRIVERS = {
    "psql": _python("psql_driver.py"),
    "pgbench": _python("pgbench_driver.py"),
    "libpq": _libpq,
    "psycopg2": _python("psycopg2_driver.py"),
    "asyncpg": _python("asyncpg_driver.py"),
    "pgjdbc": _pgjdbc,
    "node": _node,
}

WITH_DENIALS = [name for name in DRIVERS if name != "pgbench"]


def transcript(name, dsn, scenario, **environment):
    """Runs one driver to its end and returns what it printed."""
    # What a developer has set for libpq or Java must not decide what the drivers do.
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "JAVA", "NODE_"))}
    return process.run([*DRIVERS[name](), dsn, scenario], env={**kept, "LANG": "C.UTF-8", **environment})
