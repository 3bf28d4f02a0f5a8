"""psql with psql_*.sql, then one statement interrupted as a person would: with Ctrl-C."""

import pathlib
import re
import signal
import subprocess
import sys
import time

import statements
from transcript import saw, step

HERE = pathlib.Path(__file__).parent
PSQL = ["psql", "--no-psqlrc", "--set", "VERBOSITY=verbose", "--set", f"denied={statements.DENIED}",
        "--pset", "null=NULL"]
# Where in the server's source its grammar complained: the gateway's own grammar has no such place.
_SOURCE_LINE = re.compile(r"^LOCATION:  scanner_yyerror, .*\n", re.MULTILINE)


def main(dsn, scenario):
    command = [*PSQL, dsn, "--file", HERE / f"psql_{scenario}.sql"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    step("what psql printed")
    print(re.sub(r"PID \d+", "PID", done.stdout))
    step("what psql complained of")
    print(_SOURCE_LINE.sub("", done.stderr.replace(str(HERE) + "/", "")))
    saw("exit code", done.returncode)
    if scenario == "common":
        interrupted(dsn)


def interrupted(dsn):
    step("cancel")
    slow = [*PSQL, dsn, "--command", r"\echo ready", "--command", "select pg_sleep(30)"]
    with subprocess.Popen(slow, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        saw(child.stdout.readline().strip())
        while child.poll() is None:
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
        saw(child.stdout.read())
        saw("exit code", child.returncode)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
