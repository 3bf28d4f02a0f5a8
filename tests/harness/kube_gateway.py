"""The gateway before a cluster: its config written for one test, and the kubeconfigs that agents get."""

import os
import pathlib
import shutil
import tempfile

from harness import process, web_gateway
from harness.gateway import BINARY
from harness.kube import access

RULES = """
rule "no-secrets" {
  endpoint  = kubernetes.prod
  priority  = 100
  condition = "k8s.resource == 'secrets' && k8s.verb in ['get', 'list', 'watch']"
  verdict   = "deny"
  reason    = "secrets stay in the cluster"
}

rule "no-namespaces-deleted" {
  endpoint  = kubernetes.prod
  priority  = 100
  condition = "k8s.resource == 'namespaces' && k8s.verb == 'delete'"
  verdict   = "deny"
  reason    = "namespaces stay"
}

rule "no-rm" {
  endpoint  = kubernetes.prod
  priority  = 100
  condition = "k8s.resource == 'pods/exec' && k8s.exec.command.exists(word, word == 'rm')"
  verdict   = "deny"
  reason    = "nothing is removed here"
}

rule "rest" {
  endpoint = kubernetes.prod
  verdict  = "allow"
}
"""

_CONFIG = """
schema_version = 2

gateway {{
  state_dir = "{folder}/state"
  {settings}
}}

listener "proxy" "dev" {{
  listen        = "127.0.0.1:{proxy}"
  require_token = {token}
  profile       = "agents"
}}

endpoint "kubernetes" "prod" {{
  server        = "{server}"
  ca_cert       = "<<file:upstream-ca.pem>>"
  listen        = "127.0.0.1:{port}"
  tls_cert      = "auto"
  require_token = {token}
  profile       = "agents"
  {endpoint}
}}

{credential}

profile "agents" {{
  credentials = [{credentials}]
}}
{rules}
{more}
"""

PARTS = {
    "rules": RULES,
    "settings": "",
    "endpoint": "",
    "more": "",
    "token": "false",  # Whether agents show one.
    "credential": 'credential "bearer_token" "key" {\n  endpoint = kubernetes.prod\n}\n',
    "credentials": "bearer_token.key",
}


# What the process holds shall be what the gateway holds, under a sanitizer too.
_LEAN = {"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}


class KubeGateway(web_gateway.WebGateway):
    def __init__(self, cluster, environment=None, **parts):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-gateway-"))
        self.port, self.proxy = process.free_port(), process.free_port()
        self.config = self.folder / "gateway.hcl"
        shutil.copy(cluster.authority, self.folder / "upstream-ca.pem")
        assert not parts.keys() - PARTS.keys(), parts.keys() - PARTS.keys()
        self.config.write_text(_CONFIG.format_map({
            "folder": self.folder, "proxy": self.proxy, "port": self.port,
            "server": f"127.0.0.1:{cluster.port}", **PARTS, **parts}))
        self.environment = {**os.environ, **_LEAN, "CLAWPATROL_SECRET_KEY": access.ADMIN,
                            **(environment or {})}
        process.Process.__init__(self, [BINARY, "gateway", self.config], self.folder / "log", cwd=self.folder,
                                 env=self.environment)

    def kubeconfig(self, via, *words):
        """What the verb writes for an agent that comes by its door or by the proxy; the file's path."""
        path = self.folder / f"kubeconfig-{via}-{len(list(self.folder.iterdir()))}"
        process.run([BINARY, "kubeconfig", "prod", "--config", self.config, "--via", via, "--out", path,
                     *words],
                    env=self.environment, cwd=self.folder)
        return path
