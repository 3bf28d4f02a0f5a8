"""Runs the end-to-end tests, a line each with its time: run.py [WORD...] runs those whose name has a word."""

import pathlib
import sys
import time
import unittest

UNSTEADY_MAX = 3  # More are no accident of a busy machine.
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]


class Lines(unittest.TestResult):
    """One line when a test starts to matter: when it is over."""

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def _line(self, test, word, why=""):
        seconds = time.monotonic() - getattr(self, "_started", time.monotonic())
        print(f"{word:8}{seconds:6.1f} s  {_name_of(test)}{why and ': ' + why}", flush=True)

    def addSuccess(self, test):
        self._line(test, "passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(test, "skipped", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fell(test, self.failures)

    def addError(self, test, err):
        super().addError(test, err)
        self._fell(test, self.errors)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fell(subtest, self.failures if issubclass(err[0], test.failureException) else self.errors)

    def _fell(self, test, kept):
        self._line(test, "FAILED")
        print(kept[-1][1], flush=True)


def _name_of(test):
    return test.id().removeprefix("test_")


def _matching(suite, words):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _matching(test, words)
        elif not words or any(word in test.id() for word in words) or "FailedTest" in test.id():
            yield test


def _failed(result):
    """The tests that failed, each once; what failed around them, such as setUpClass, as it is."""
    tests = [getattr(test, "test_case", test) for test, _ in result.failures + result.errors]
    return list({test.id(): test for test in tests}.values())


def _again(failed):
    """Which of them fail a second time, each alone. On a busy machine one may be late; none is twice."""
    if len(failed) > UNSTEADY_MAX:
        return failed
    still = []
    for test in failed:
        print(f"again          {_name_of(test)}", flush=True)
        # `setUpClass (test_x.Class)`: the whole class.
        name = test.id().partition("(")[2].rstrip(")") or test.id()
        result = Lines()
        unittest.defaultTestLoader.loadTestsFromName(name).run(result)
        if not result.wasSuccessful():
            still.append(test)
    return still


def main(words):
    started, result = time.monotonic(), Lines()
    found = unittest.defaultTestLoader.discover(str(HERE), top_level_dir=str(HERE))
    unittest.TestSuite(_matching(found, words)).run(result)
    failed = _failed(result)
    bad = _again(failed)
    for test in failed:
        if test not in bad:
            print(f"unsteady       {_name_of(test)}: failed once, see above")
    print(f"end to end: {result.testsRun} tests, {len(bad)} failed, {len(failed) - len(bad)} unsteady, "
          f"{len(result.skipped)} skipped, {time.monotonic() - started:.1f} s")
    return 1 if bad or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
