"""A small internet of network namespaces: agents' network, the gateway between, and a far one with public
addresses. Each is held by a process that ends with the test, and takes its links and rules along. Needs
root."""

import contextlib
import ctypes
import os
import pathlib
import shutil
import tempfile

from harness import process
from harness.web_gateway import WebGateway

AGENT, GATE = "10.77.0.2", "10.77.0.1"  # The agents' network.
AGENT6, GATE6 = "fd77::2", "fd77::1"
NEAR6, FAR6 = "2606:2800:220:1::1", "2606:2800:220:1::34"
NEAR, FAR = "93.184.216.1", "93.184.216.34"  # The gateway's address outside, and a server's.

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET.
_libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """This machine does not let us make networks; says why."""


class _Space(process.Process):
    """One namespace with its own /etc/hosts."""

    def __init__(self, folder, name, hosts):
        (folder / "hosts").write_text(hosts)
        (folder / "resolv.conf").write_text("")
        script = (f"mount --bind {folder}/hosts /etc/hosts && "
                  f"mount --bind {folder}/resolv.conf /etc/resolv.conf; ip link set lo up && "
                  f"touch {folder}/{name}.up && exec sleep infinity")
        self.up = folder / f"{name}.up"
        super().__init__(["unshare", "--net", "--mount", "sh", "-c", script], folder / f"{name}.log")

    def is_ready(self):
        return self.up.exists()

    def words(self):
        """What to put before a command so that it runs inside."""
        return ["nsenter", "--net", "--mount", "-t", str(self.child.pid)]

    def run(self, *command, **options):
        return process.run([*self.words(), *command], **options)

    @contextlib.contextmanager
    def inside(self):
        """Sockets that this thread makes meanwhile belong to this network."""
        with open("/proc/thread-self/ns/net") as own, open(f"/proc/{self.child.pid}/ns/net") as there:
            if _libc.setns(there.fileno(), _NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                _libc.setns(own.fileno(), _NEW_NETWORK)


class Network(contextlib.ExitStack):
    """`agents`, `gate` and `far`. `hosts` is what the gateway's resolver knows."""

    def __init__(self, hosts):
        super().__init__()
        if os.geteuid() != 0:
            raise Unavailable("only root makes networks")
        for name in ("ip", "nft", "unshare", "nsenter"):
            if not shutil.which(name):
                raise Unavailable(f"no {name}")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-network-"))
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.agents, self.gate, self.far = (
                self.enter_context(_Space(self.folder, name, hosts)) for name in ("agents", "gate", "far"))
            self._connect()
        except (RuntimeError, TimeoutError) as failure:
            self.close()
            raise Unavailable(str(failure).splitlines()[-1]) from None

    def _connect(self):
        for inner, space, outer in (("agents0", self.agents, "a0"), ("far0", self.far, "f0")):
            self.gate.run("ip", "link", "add", inner, "type", "veth", "peer", "name", outer, "netns",
                          str(space.child.pid))
            self.gate.run("ip", "link", "set", inner, "up")
            space.run("ip", "link", "set", outer, "up")
        self.gate.run("ip", "address", "add", f"{GATE}/24", "dev", "agents0")
        self.gate.run("ip", "address", "add", f"{NEAR}/24", "dev", "far0")
        self.agents.run("ip", "address", "add", f"{AGENT}/24", "dev", "a0")
        self.agents.run("ip", "route", "add", "default", "via", GATE)
        self.far.run("ip", "address", "add", f"{FAR}/24", "dev", "f0")
        for space, link, address in ((self.gate, "agents0", GATE6), (self.gate, "far0", NEAR6),
                                     (self.agents, "a0", AGENT6), (self.far, "f0", FAR6)):
            space.run("ip", "address", "add", f"{address}/64", "dev", link, "nodad")
        self.agents.run("ip", "-6", "route", "add", "default", "via", GATE6)

    def redirect(self, port, family=4):
        """What agents send to 80 and 443 arrives at the gateway's port."""
        self._rules(family, "nat", "type nat hook prerouting priority -100;",
                    f"iifname agents0 tcp dport {{ 80, 443 }} redirect to :{port}")

    def tproxy(self, port, family=4):
        """The same without changing the destination."""
        version, own, every = ("ip", "127.0.0.1", "0.0.0.0/0") if family == 4 else ("ip6", "[::1]", "::/0")
        self._rules(family, "mangle", "type filter hook prerouting priority -150;",
                    f"iifname agents0 tcp dport {{ 80, 443 }} "
                    f"tproxy {version} to {own}:{port} meta mark set 1 accept")
        self.gate.run("ip", f"-{family}", "rule", "add", "fwmark", "1", "lookup", "100")
        self.gate.run("ip", f"-{family}", "route", "add", "local", every, "dev", "lo", "table", "100")

    def _rules(self, family, table, hook, rule):
        text = f"table {'ip' if family == 4 else 'ip6'} {table} {{\n chain in {{\n {hook}\n {rule}\n }}\n}}\n"
        (self.folder / "rules").write_text(text)
        try:
            self.gate.run("nft", "-f", self.folder / "rules")
        except RuntimeError as failure:
            raise Unavailable(str(failure).splitlines()[1]) from None


class Gateway(WebGateway):
    """The gateway inside `gate`."""

    def __init__(self, network, upstream, doors, **parts):
        super().__init__(upstream, **parts)
        self.doors = doors
        self.command = [*network.gate.words(), *self.command]

    def is_ready(self):
        return self.log().count("listening door=") == self.doors
