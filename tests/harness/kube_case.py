"""What the tests of Kubernetes have in common: a cluster, the gateway before it, and kubectl that goes
straight to the one or through the other. What it prints must be the same, but for what no two runs can have
the same."""

import collections
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import kube_gateway
from harness.gateway import BINARY
from harness.kube.server import Server

Done = collections.namedtuple("Done", "code out err")

DIRECT, DOOR, PROXY = "direct", "door", "proxy"

# What a run decides by itself: times, ports, ages of what is new, folders, versions that count the
# controllers' work too.
_OWN = (
    (r"E\d{4} .*Unknown stream id \d, discarding message\n", ""),  # kubectl's race with the first message.
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000)?", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
    (r'(resourceVersion"?: ?"|_resourceVersion=)\d+', r"\1N"),
    (r"(?:https?://)?(?:127\.0\.0\.1|\[::1\]|localhost|kube\.test):\d+", "SERVER"),
    (r"/(LIVE|MERGED)-\d+/", r"/\1/"),
    (r"\s+\b(?:\d+|<invalid>)s\b", " AGE"),
    (r"\b(\w+(?:-\w+)*)\.[0-9a-f]{16}\b", r"\1.EVENT"),
    (r"[ \t]+", " "),
    (r"/tmp/clawpatrol-\w+-\w+", "FOLDER"),
)


def normal(text):
    for pattern, plain in _OWN:
        text = re.sub(pattern, plain, text)
    return text


class Kubernetes(unittest.TestCase):
    parts = {}  # What this test's config says otherwise than kube_gateway.PARTS.
    http2 = True
    environment = {}
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("no kubectl")
        cls.server = cls.enterClassContext(Server(http2=cls.http2))
        cls.home = tempfile.mkdtemp(prefix="clawpatrol-kubectl-")
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.configs = {DIRECT: cls.server.kubeconfig()}
        cls.gateway = None
        cls.prepare()
        if BINARY.exists():
            cls.gateway = cls.enterClassContext(kube_gateway.KubeGateway(cls.server, **cls.parts))
            cls.give_kubeconfigs()

    @classmethod
    def prepare(cls):
        """What must be there before the gateway starts."""

    @classmethod
    def give_kubeconfigs(cls):
        for via in (DOOR, PROXY):
            cls.configs[via] = cls.gateway.kubeconfig(via)

    def setUp(self):
        self.needed_gateway = False
        self.server.reset()
        self.server.faults.clear()
        self.folder = tempfile.mkdtemp(prefix="work-", dir=self.home)

    def tearDown(self):
        self.assertEqual("".join(self.server.faults), "")
        if self.gateway is None and not self.needed_gateway:
            self.skipTest(f"only without a gateway, there is none at {BINARY}")

    def needs_gateway(self):
        self.needed_gateway = True
        if self.gateway is None:
            raise unittest.SkipTest(f"no gateway at {BINARY}")

    def through(self):
        return [way for way in self.configs if way != DIRECT]

    def env(self, way, **more):
        kept = {name: value for name, value in os.environ.items()
                if not re.fullmatch("(?i).*_PROXY|KUBE.*", name)}
        home = f"{self.home}/{way}"  # kubectl remembers discovery there.
        os.makedirs(home, exist_ok=True)
        return {**kept, "KUBECONFIG": str(self.configs[way]), "HOME": home, **self.environment, **more}

    def command(self, way, *words, stdin=b"", seconds=30, **environment):
        done = subprocess.run([str(word) for word in words], input=stdin, capture_output=True, check=False,
                              timeout=seconds, cwd=self.folder, env=self.env(way, **environment))
        return Done(done.returncode, done.stdout.decode(errors="replace"),
                    done.stderr.decode(errors="replace"))

    def kubectl(self, way, *words, **options):
        return self.command(way, "kubectl", *words, **options)

    def begin(self, way, *words, **environment):
        """kubectl as a child whose output is read as it comes."""
        child = subprocess.Popen(["kubectl", *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, cwd=self.folder, bufsize=0,
                                 env=self.env(way, **environment))
        self.addCleanup(_end, child)
        return child

    def line(self, child, seconds=20):
        """The next line a child prints; what it has printed so far when there is none."""
        said, deadline = b"", time.monotonic() + seconds
        while not said.endswith(b"\n") and time.monotonic() < deadline:
            if select.select([child.stdout], [], [], 0.2)[0]:
                piece = os.read(child.stdout.fileno(), 1)
                if not piece:
                    break
                said += piece
        return said

    def good(self, way, *words, **options):
        done = self.kubectl(way, *words, **options)
        self.assertEqual(done.code, 0, f"{way}: kubectl {' '.join(map(str, words))}\n{done.out}{done.err}")
        return done.out

    def refused(self, *words, because, way=None, **options):
        """Must fail through the gateway, and say why; what it printed."""
        for one in [way] if way else self.through():
            done = self.kubectl(one, *words, **options)
            self.assertNotEqual(done.code, 0, done.out)
            self.assertIn(because, done.out + done.err, one)
        return done.out + done.err

    def same(self, *commands, stdin=b"", settle=None, **environment):
        """Runs the commands in a new cluster, once directly and once by each way through the gateway. What
        they print and end with must be the same; what it was, of the direct run."""
        seen = {}
        for way in self.configs:
            self.server.reset()
            if settle:
                settle()
            seen[way] = []
            for words in commands:
                seen[way].append(self.kubectl(way, *words, stdin=stdin, **environment))
        for way in self.through():
            for words, straight, judged in zip(commands, seen[DIRECT], seen[way]):
                what = f"{way}: kubectl {' '.join(map(str, words))}"
                self.assertEqual(normal(judged.err), normal(straight.err), what)
                self.assertEqual(normal(judged.out), normal(straight.out), what)
                self.assertEqual(judged.code, straight.code, what)
        return seen[DIRECT]

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def _end(child):
    if child.poll() is None:
        child.kill()
    child.wait()
    for end in (child.stdin, child.stdout):
        try:
            end.close()
        except OSError:
            pass
