"""Each driver sees through the gateway, byte for byte, what it sees without it."""

import difflib
import unittest

from harness import drivers, gateway, postgres


class Transcripts(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(postgres.Postgres())
        cls.gateway = None
        if gateway.BINARY.exists():
            cls.gateway = cls.enterClassContext(gateway.Gateway(cls.server))

    def compare(self, name):
        try:
            direct = drivers.transcript(name, self.server.dsn(), "common")
        except drivers.Unavailable as why:
            self.skipTest(str(why))
        self.assertIn("==", direct)
        if self.gateway is None:
            self.skipTest("the driver runs; there is no gateway to put before Postgres")
        through = drivers.transcript(name, self.gateway.dsn(), "common")
        if direct != through:
            difference = difflib.unified_diff(direct.splitlines(), through.splitlines(), "direct", "through",
                                              n=1, lineterm="")
            self.fail("\n".join(difference))


def _test(name):
    def test(self):
        self.compare(name)
    return test


for driver in drivers.DRIVERS:
    setattr(Transcripts, f"test_{driver}", _test(driver))
