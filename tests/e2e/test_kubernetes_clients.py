"""The libraries agents' programs speak to Kubernetes with, given nothing but a kubeconfig: what they see is
the same straight and through the gateway, and what they are refused they can print."""

import unittest

from harness import drivers
from harness.kube_case import DIRECT, Kubernetes, normal
from harness.web_case import PYTHON, needs_module, needs_node


class _Library:
    """What every library does the same; with Kubernetes it is a test."""

    def begin_cluster(self):
        self.server.reset()
        log = self.server.cluster.pods.of(self.server.cluster.find("pods", "box")).log("main")
        log.add("one", "two", "three")
        log.end()

    def run_client(self, way, scenario):
        self.begin_cluster()
        done = self.command(way, *self.program, self.configs[way], scenario, seconds=60)
        self.assertEqual(done.code, 0, f"{way}: {done.out}{done.err}")
        return done.out

    def test_all_is_as_it_is_straight(self):
        seen = {way: normal(self.run_client(way, "common")) for way in self.configs}
        for way in self.through():
            self.assertEqual(seen[way], seen[DIRECT], way)
        for word in self.words:
            self.assertIn(word, seen[DIRECT])

    def test_refusals_can_be_printed(self):
        self.needs_gateway()
        for way in self.through():
            said = self.run_client(way, "denials")
            self.assertNotIn("allowed", said, way)
            self.assertIn("secrets stay in the cluster", said, way)
            self.assertIn("namespaces stay", said, way)
            self.assertIn("exec", said, way)
            self.assertEqual([one for one in self.server.seen() if one[1] in ("secrets", "pods/exec")], [],
                             way)


class Python(_Library, Kubernetes):
    program = [PYTHON, drivers.FOLDER / "kube_client.py"]
    words = ("event DELETED seen", r"exec 'out\n' 'err\n' 3", r"stdin 'first\n'", "port b'echo: ping'",
             r"log 'two\nthree\n'", "conflict 409")

    @classmethod
    def setUpClass(cls):
        needs_module("kubernetes", "python3-kubernetes")
        super().setUpClass()


class Node(_Library, Kubernetes):
    program = ["node", "--no-deprecation", drivers.FOLDER / "kube_client.js"]
    words = ('update {"a":"2"}', 'delete {"a":"2"}', r'exec ["out\n","err\n","Failure"', r'stdin ["first\n"',
             "exists 409")

    @classmethod
    def setUpClass(cls):
        needs_node()
        super().setUpClass()


if __name__ == "__main__":
    unittest.main()
