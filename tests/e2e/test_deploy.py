"""The container and the pod, as far as a machine without a cluster can try them: the image's files are put
together from the Dockerfile's own list and the gateway runs in them as in its container; the manifests are
read by kubectl; the redirect is loaded where the kernel does as it says. What needs a cluster is not here:
whether the network plugin keeps the NetworkPolicy, and whether the kubelet starts sidecars in order."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import yaml

from harness import gateway, process, web
from harness.gateway import BINARY
from harness.kube.server import Server

ROOT = pathlib.Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
MANIFESTS = ROOT / "deploy" / "kubernetes"
USER = 65532
WEBHOOK_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()

POLICY = """
schema_version: 2
endpoint:
  tools:
    local:
      listen: "127.0.0.1:{port}"
      require_token: false
      profile: agents
  https:
    api:
      hosts: [api.test]
      upstream: "{web}"
credential:
  bearer_token:
    key:
      endpoint: https.api
profile:
  agents:
    credentials: [bearer_token.key]
rule:
  posts-ask:
    endpoint: https.api
    priority: 10
    condition: http.method == 'post'
    approve: [builtin.dashboard]
  calls:
    endpoint: tools.local
    verdict: allow
  api:
    endpoint: https.api
    verdict: allow
"""

# What a container's runtime does: a root that nobody writes, one volume, another user, no rights.
CONTAINER = """
set -e
mount --bind {image} {image}
mount -o remount,ro,bind {image}
mount --bind {state} {image}/state
mount -t proc proc {image}/proc
mount --bind /dev/null {image}/dev/null
mount --bind /dev/urandom {image}/dev/urandom
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=-all,+sys_chroot,+setuid,+setgid \
  chroot --userspec={user}:{user} --groups= {image} /usr/bin/clawpatrol gateway --state-dir /state
"""


def manifests():
    for path in sorted(MANIFESTS.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path, document


def pod():
    return next(each for _, each in manifests() if each["kind"] == "Pod")


def containers(spec):
    return {each["name"]: each for each in [*spec["initContainers"], *spec["containers"]]}


def listed_packages():
    """What the last stage of the Dockerfile installs."""
    last = DOCKERFILE.read_text().split("\nFROM ")[-1]
    listed = re.search(r"--no-install-recommends((?:\s*\\\s+[a-z0-9.+-]+)+)", last)[1]
    return set(listed.replace("\\", " ").split())


def package_of(path):
    """Debian knows a library by where it was before /lib became /usr/lib, or by where it is since."""
    for known in (path, f"/usr{path}", path.removeprefix("/usr")):
        told = subprocess.run(["dpkg", "-S", known], capture_output=True, text=True, check=False).stdout
        if told:
            return told.split(":")[0]
    return path


class Sidecar(process.Process):
    """The gateway in its image's files."""

    def __init__(self, folder, port, environment):
        self.port = port
        script = CONTAINER.format(image=folder / "image", state=folder / "state", user=USER)
        super().__init__(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script],
                         folder / "log", env={"PATH": os.environ["PATH"], **environment})

    def is_ready(self):
        return process.accepts(self.port)

    def stop(self):
        """By its first process: becoming another user, it has forgotten whose child it is."""
        children = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        first = [int(pid) for pid in children.read_text().split()] if self.child.poll() is None else []
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in first:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(self.stop_seconds)
                break
        return super().stop()


class Notified(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words):
        pass


def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Notified)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")

    def test_the_list_is_what_the_program_is_linked_to(self):
        linked = process.run(["llvm-readelf-19", "-d", BINARY])
        paths = dict(re.findall(r"(\S+) => (/\S+)", process.run(["ldd", BINARY])))
        names = re.findall(r"\(NEEDED\).*\[(.+)\]", linked)
        needed = {package_of(paths[name]) for name in names if name in paths}
        base = {"libc6", "libgcc-s1", "libstdc++6"}  # Of the Debian image, and of what needs them.
        self.assertEqual(listed_packages() - {"ca-certificates"}, needed - base)

    def folder(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-image-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        image = folder / "image"
        for name in ("usr/bin", "proc", "dev", "state", "tmp", "etc/clawpatrol", "etc/ssl"):
            (image / name).mkdir(parents=True)
        for name in ("dev/null", "dev/urandom"):
            (image / name).touch()
        shutil.copy(BINARY, image / "usr/bin/clawpatrol")
        told = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
        for path in re.findall(r"(/\S+\.so\S*)", told):
            target = image / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        shutil.copytree("/etc/ssl/certs", image / "etc/ssl/certs", ignore_dangling_symlinks=True)
        (image / "etc/hosts").write_text("127.0.0.1 localhost\n")
        (image / "etc/passwd").write_text(f"clawpatrol:x:{USER}:{USER}::/state:/usr/sbin/nologin\n")
        (folder / "state").mkdir(mode=0o700)
        os.chown(folder / "state", USER, USER)
        return folder

    def call(self, port, method):
        arguments = {"method": method, "url": "https://api.test/echo", "body": "x"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/tools/http.request",
                                         data=json.dumps({"arguments": arguments}).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def post(self, port):
        with contextlib.suppress(OSError):  # Nobody answers before the gateway goes.
            self.call(port, "POST")

    @unittest.skipIf(os.geteuid() != 0, "only root makes namespaces")
    def test_it_runs_as_in_its_container_and_writes_to_its_volume_alone(self):
        folder, port = self.folder(), process.free_port()
        told = receiver()
        self.addCleanup(told.shutdown)
        with web.Server(tls=False) as upstream:
            policy = folder / "image/etc/clawpatrol/policy.yaml"
            policy.write_text(POLICY.format(port=port, web=upstream.url().replace("localhost", "127.0.0.1")))
            before = {path: path.lstat().st_mtime_ns for path in (folder / "image").rglob("*")}
            hook = f"http://127.0.0.1:{told.server_address[1]}/hook/on-call\n"
            environment = {"POLICY_FILE": "/etc/clawpatrol/policy.yaml",
                           "CLAWPATROL_SECRET_KEY": "key-0123456789",
                           "NOTIFICATION_WEBHOOK_URL": hook,
                           "CLAWPATROL_SECRET_NOTIFICATION_WEBHOOK": f"whsec_{WEBHOOK_KEY}"}
            with Sidecar(folder, port, environment) as sidecar:
                said = self.call(port, "GET")
                self.assertEqual(said["result"]["status"], 200, said)
                self.assertEqual(upstream.requests[0]["headers"]["authorization"], "Bearer key-0123456789")
                threading.Thread(target=self.post, args=[port], daemon=True).start()
                process.wait_until(lambda: told.seen, 20, "the notification")
                self.assertNotIn("Traceback", sidecar.log())
                self.assertNotIn("/hook/on-call", sidecar.log())
        self.check_notification(*told.seen[0])
        after = {path: path.lstat().st_mtime_ns for path in (folder / "image").rglob("*")}
        self.assertEqual(before, after)
        written = list((folder / "state").rglob("*"))
        self.assertIn("journal", {path.name for path in written})
        self.assertEqual({path.stat().st_uid for path in written}, {USER})
        content = b"".join(path.read_bytes() for path in written if path.is_file())
        self.assertNotIn(b"/hook/on-call", content)

    def check_notification(self, fields, body):
        fields = {name.lower(): value for name, value in fields.items()}
        signed = f"{fields['webhook-id']}.{fields['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(base64.b64decode(WEBHOOK_KEY), signed, hashlib.sha256).digest())
        self.assertEqual(fields["webhook-signature"], f"v1,{wanted.decode()}")
        event = json.loads(body)
        self.assertEqual(event["type"], "clawpatrol.approval.asked")
        self.assertIn("api.test", json.dumps(event["data"]))


class Surroundings(unittest.TestCase):
    """What a pod sets, wrong."""

    def refused(self, *words, **environment):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        with tempfile.TemporaryDirectory(prefix="clawpatrol-gateway-") as folder:
            policy = pathlib.Path(folder) / "policy.hcl"
            policy.write_text(f'schema_version = 2\ngateway {{\n  state_dir = "{folder}/state"\n}}\n')
            settings = {name: value.format(folder=folder) for name, value in environment.items()}
            done = subprocess.run([BINARY, "gateway", *words], capture_output=True, text=True, check=False,
                                  timeout=30, env={"PATH": os.environ["PATH"], **settings})
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def test_no_policy(self):
        self.assertIn("set POLICY_FILE", self.refused())
        self.assertIn("set POLICY_FILE", self.refused(POLICY_FILE=""))
        self.assertIn("its name ends in", self.refused(POLICY_FILE="{folder}/policy.json"))
        self.assertIn("policy.hcl", self.refused(POLICY_FILE="{folder}/elsewhere/policy.hcl"))

    def test_no_webhook(self):
        for wrong in ("hooks.example.com/x", "http://hooks.example.com/token-4711", "ftp://x/token-4711", "",
                      "https://user:pass@x/", "https://x/#token-4711", "https://" + "x" * 3000):
            with self.subTest(wrong):
                told = self.refused(POLICY_FILE="{folder}/policy.hcl", NOTIFICATION_WEBHOOK_URL=wrong)
                self.assertIn("NOTIFICATION_WEBHOOK_URL", told)
                self.assertNotIn("token-4711", told)

    def test_a_secret_that_cannot_be_read(self):
        told = self.refused(POLICY_FILE="{folder}/policy.hcl",
                            NOTIFICATION_WEBHOOK_URL="https://hooks.example.com/x",
                            CLAWPATROL_SECRET_NOTIFICATION_WEBHOOK="@{folder}/nothing")
        self.assertIn("CLAWPATROL_SECRET_NOTIFICATION_WEBHOOK", told)
        told = self.refused(POLICY_FILE="{folder}/policy.hcl",
                            NOTIFICATION_WEBHOOK_URL="https://hooks.example.com/x",
                            CLAWPATROL_SECRET_NOTIFICATION_WEBHOOK="whsec_%%%")
        self.assertIn("no `whsec_` and base64", told)
        self.assertNotIn("%%%", told)


class Manifests(unittest.TestCase):
    def test_kubectl_takes_them(self):
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("no kubectl")
        with Server() as server, tempfile.TemporaryDirectory(prefix="clawpatrol-kubectl-") as home:
            environment = {**os.environ, "HOME": home, "KUBECONFIG": str(server.kubeconfig())}
            told = process.run(["kubectl", "apply", "--dry-run=client", "--validate=false", "-f", MANIFESTS],
                               env=environment)
            self.assertEqual(len(told.splitlines()), len(list(manifests())), told)
            for line in told.splitlines():
                self.assertIn("(dry run)", line)
            self.assertEqual([seen for seen in server.seen() if seen[0] in ("create", "patch", "update")], [])
            told = process.run(["kubectl", "apply", "--validate=strict", "-f", MANIFESTS], env=environment)
            self.assertEqual(len(re.findall("created$", told, re.MULTILINE)), len(list(manifests())), told)
            self.assertEqual("".join(server.faults), "")

    def test_the_policy_is_one(self):
        if not gateway.BINARY.exists():
            raise unittest.SkipTest(f"no gateway at {gateway.BINARY}")
        config, = [each for _, each in manifests() if each["kind"] == "ConfigMap"]
        with tempfile.TemporaryDirectory(prefix="clawpatrol-policy-") as folder:
            policy = pathlib.Path(folder) / "policy.hcl"
            policy.write_text(config["data"]["policy.hcl"])
            self.assertNotIn("error", process.run([BINARY, "validate", policy]))
            # What the container `authority` does.
            policy.write_text(policy.read_text().replace('"/state"', f'"{folder}/state"'))
            shared = pathlib.Path(folder) / "authority"
            shared.mkdir()
            process.run([BINARY, "env", policy, "--ca-folder", shared])
            given = {path.name: oct(path.stat().st_mode & 0o004) for path in shared.iterdir()}
            self.assertEqual(given, {"ca.crt": "0o4", "ca-bundle.crt": "0o4"})

    def test_nobody_has_more_than_they_need(self):
        spec = pod()["spec"]
        self.assertFalse(spec["automountServiceAccountToken"])
        for name, each in containers(spec).items():
            rights = each["securityContext"]
            self.assertTrue(rights["readOnlyRootFilesystem"], name)
            self.assertFalse(rights["allowPrivilegeEscalation"], name)
            self.assertEqual(rights["capabilities"]["drop"], ["ALL"], name)
            added = ["NET_ADMIN"] if name == "redirect" else []
            self.assertEqual(rights["capabilities"].get("add", []), added)
            self.assertEqual(rights["runAsUser"] == 0, name == "redirect")
            self.assertIn("memory", each["resources"]["limits"], name)

    def test_the_agent_has_an_address_and_an_authority_and_nothing_else(self):
        all_of_them = containers(pod()["spec"])
        agent = all_of_them["agent"]
        self.assertEqual({each["name"]: each.get("readOnly", False) for each in agent["volumeMounts"]},
                         {"authority": True, "scratch": False})
        self.assertTrue(all("valueFrom" not in each for each in agent["env"]))
        self.assertNotIn("envFrom", agent)
        for name, each in all_of_them.items():
            if name != "gateway":
                self.assertNotIn("secrets", {mount["name"] for mount in each["volumeMounts"]}, name)
        self.assertNotEqual(agent["securityContext"]["runAsUser"],
                            all_of_them["gateway"]["securityContext"]["runAsUser"])

    def test_names_that_refer_to_each_other_meet(self):
        known = {(each["kind"], each["metadata"]["name"]) for _, each in manifests()}
        spec = pod()["spec"]
        wanted = {("ServiceAccount", spec["serviceAccountName"])}
        for volume in spec["volumes"]:
            if "configMap" in volume:
                wanted.add(("ConfigMap", volume["configMap"]["name"]))
            if "secret" in volume:
                wanted.add(("Secret", volume["secret"]["secretName"]))
            if "persistentVolumeClaim" in volume:
                wanted.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        self.assertLessEqual(wanted, known)
        policy = next(each for _, each in manifests() if each["kind"] == "NetworkPolicy")
        labels = pod()["metadata"]["labels"]
        self.assertLessEqual(policy["spec"]["podSelector"]["matchLabels"].items(), labels.items())


# Who is redirected, and whose packets go nowhere: run in a network of its own with one route.
TRY_REDIRECT = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 8444))
listener.settimeout(5)
def as_user(user, work):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setgid(user), os.setuid(user)
        try:
            said = work()
        except OSError as failure:
            said = type(failure).__name__
        os.write(write, said.encode()), os._exit(0)
    os.close(write)
    return os.read(read, 100).decode()
def connect(port):
    def work():
        with socket.socket() as line:
            line.settimeout(1)
            line.connect(("10.9.0.77", port))
            return "connected"
    return work
def resolve():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"x", ("10.9.0.77", 53))
        return "sent"
print(as_user(1000, connect(443)), as_user(1000, connect(80)), as_user(1000, connect(22)),
      as_user(1000, resolve), as_user(65532, connect(443)), as_user(65532, resolve))
"""


class Redirect(unittest.TestCase):
    @unittest.skipIf(os.geteuid() != 0, "only root makes networks")
    def test_the_agent_has_one_way_out(self):
        for name in ("nft", "ip", "unshare"):
            if not shutil.which(name):
                raise unittest.SkipTest(f"no {name}")
        config, = [each for _, each in manifests() if each["kind"] == "ConfigMap"]
        with tempfile.TemporaryDirectory(prefix="clawpatrol-redirect-") as folder:
            rules = pathlib.Path(folder) / "redirect.nft"
            rules.write_text(config["data"]["redirect.nft"])
            (pathlib.Path(folder) / "try.py").write_text(TRY_REDIRECT)
            script = f"""set -e
ip link set lo up; ip link add d0 type veth peer name d1; ip link set d1 up
ip addr add 10.9.0.1/24 dev d0; ip link set d0 up; ip neigh add 10.9.0.77 lladdr 02:00:00:00:00:01 dev d0
nft -f {rules}; nft -f {rules}
/usr/bin/python3 {folder}/try.py"""
            try:
                told = process.run(["unshare", "--net", "sh", "-c", script])
            except RuntimeError as failure:
                if "Operation not permitted" in str(failure) and "try.py" not in str(failure):
                    raise unittest.SkipTest("no networks here") from None
                raise
        self.assertEqual(told.split(), ["connected", "connected", "TimeoutError", "PermissionError",
                                        "TimeoutError", "sent"], told)


if __name__ == "__main__":
    unittest.main()
