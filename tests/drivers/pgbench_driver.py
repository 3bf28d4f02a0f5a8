"""pgbench in every protocol it speaks, several clients at once; no transaction may fail."""

import pathlib
import re
import subprocess
import sys

from transcript import saw, step

HERE = pathlib.Path(__file__).parent
RUNS = {
    "simple": ["--protocol=simple", "--file", HERE / "pgbench_common.sql"],
    "extended": ["--protocol=extended", "--file", HERE / "pgbench_common.sql"],
    "prepared": ["--protocol=prepared", "--file", HERE / "pgbench_common.sql"],
    "pipelined": ["--protocol=extended", "--file", HERE / "pgbench_pipeline.sql"],
    "a connection each": ["--protocol=simple", "--connect", "--file", HERE / "pgbench_common.sql"],
}
TOLD = re.compile(r"^(?:query mode|number of .*|pgbench: error.*)$", re.MULTILINE)


def main(dsn):
    for name, options in RUNS.items():
        step(name)
        command = ["pgbench", "--no-vacuum", "--client=4", "--jobs=2", "--transactions=25", *options, dsn]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in TOLD.findall(done.stdout + done.stderr):
            saw(line)
        saw("exit code", done.returncode)


if __name__ == "__main__":
    main(sys.argv[1])
