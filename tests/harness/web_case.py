"""What the tests of HTTP have in common: a server, the gateway before it, and how an agent asks through it.
Programs that are not there are a skipped test."""

import json
import shutil
import unittest

from harness import drivers, web, web_gateway
from harness.gateway import BINARY

PYTHON = "/usr/bin/python3"  # Debian's own sees Debian's modules.


class Https(unittest.TestCase):
    parts = {}  # What this test's config says otherwise than web_gateway.PARTS.
    tls_upstream = True
    routes = None  # More than web.ROUTES.

    @classmethod
    def setUpClass(cls):
        if not BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {BINARY}")
        cls.prepare()
        cls.server = cls.enterClassContext(cls.upstream())
        cls.gateway = cls.enterClassContext(web_gateway.WebGateway(cls.server, **cls.parts))

    @classmethod
    def prepare(cls):
        """What must be there before anything starts; skips where it cannot be."""

    @classmethod
    def upstream(cls):
        return web.Server(tls=cls.tls_upstream, routes=cls.routes)

    def setUp(self):
        if isinstance(self.server, web.Server):
            self.server.forget()

    def status(self, *words):
        return self.gateway.curl("-o", "/dev/null", "-w", "%{http_code}", *words)

    def echo(self, *words):
        return json.loads(self.gateway.curl(*words))

    def good(self, *command, **options):
        """What a program in an agent's environment printed; it must have worked."""
        done = self.gateway.agent(*command, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def bad(self, *command, **options):
        """The same for one that must not have worked: both things it printed."""
        done = self.gateway.agent(*command, **options)
        self.assertNotEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr


def needs_module(module, package):
    try:
        return __import__(module)
    except ImportError:
        raise unittest.SkipTest(f"no {package}") from None


def needs_program(*names):
    for name in names:
        if not shutil.which(name):
            raise unittest.SkipTest(f"no {name}")


def needs_node():
    """Node with the packages of tests/drivers."""
    try:
        drivers.DRIVERS["node"]()
    except drivers.Unavailable as lack:
        raise unittest.SkipTest(str(lack)) from None
