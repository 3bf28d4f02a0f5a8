"""The server: TLS on a free port, HTTP/1.1 and HTTP/2, every request remembered as it came, and who asks
found out before anything is answered."""

import json
import pathlib
import shutil
import socketserver
import ssl
import tempfile
import threading
import traceback
import uuid

from harness import certificates
from harness.kube import access, calls, kinds, pages, parts, statuses
from harness.kube.cluster import Cluster
from harness.kube.wire import Wire


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            wire = Wire(self.request, self.server.context)
        except (OSError, ssl.SSLError):
            return
        try:
            if wire.alpn == "h2":
                calls.SecondConnection(wire, self.server)
            else:
                calls.FirstHandler(wire, self.server)
        finally:
            wire.close()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    request_queue_size = 100

    def __init__(self, http2=True, address=("127.0.0.1", 0),
                 names="DNS:localhost,DNS:kube.test,IP:127.0.0.1"):
        super().__init__(address, _Handler)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-kube-"))
        certificates.make(self.folder, client="certified", names=names)
        self.authority = self.folder / "ca.crt"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        self.context.load_verify_locations(self.authority)
        self.context.verify_mode = ssl.CERT_OPTIONAL
        self.context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
        self.port = self.server_address[1]
        self.requests, self.faults = [], []
        self.cluster = Cluster(self)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def url(self):
        return f"https://localhost:{self.port}"

    def reset(self):
        """The cluster as it was at the start, and no memory of requests."""
        self.cluster.close()
        self.cluster = Cluster(self)
        self.requests.clear()

    def seen(self, verb=None):
        """The requests on objects, or those with this verb: (verb, resource, namespace, name)."""
        found = [kinds.named(one["method"], one["path"].partition("?")[0], one["query"])
                 for one in list(self.requests)]
        return [(one.verb, f"{one.plural}/{one.part}".rstrip("/"), one.namespace, one.name) for one in found
                if one.is_resource and verb in (None, one.verb)]

    def kubeconfig(self, token=access.ADMIN, port=None, authority=None, **more):
        """A kubeconfig for going straight here; its path."""
        user = {"token": token} if token else {}
        user.update(more)
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "here",
                  "clusters": [{"name": "here", "cluster": {
                      "server": f"https://127.0.0.1:{port or self.port}",
                      "certificate-authority": str(authority or self.authority)}}],
                  "users": [{"name": "me", "user": user}],
                  "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}]}
        path = self.folder / f"kubeconfig-{uuid.uuid4().hex[:8]}"
        path.write_text(json.dumps(config))
        return path

    def _keep(self, call):
        headers = {}
        for name, value in call.headers.items():
            headers[name.lower()] = headers[name.lower()] + ", " + value if name.lower() in headers else value
        self.requests.append({"method": call.method, "path": call.target, "query": call.query,
                              "headers": headers, "body": call.body, "peer": call.peer,
                              "audit_id": call.fields["Audit-Id"],
                              "http2": isinstance(call, calls.SecondCall)})

    def serve(self, call):
        cluster = self.cluster
        call.fields["Audit-Id"] = call.headers.get("Audit-ID") or str(uuid.uuid4())
        self._keep(call)
        try:
            self._serve(cluster, call)
        except statuses.Refused as refused:
            self._refuse(call, refused.status)
        except (OSError, ssl.SSLError, ConnectionError):
            self._abort(call)
        except Exception:  # A bug of ours must not look like an answer.
            self.faults.append(traceback.format_exc())
            self._refuse(call, statuses.status(500, "the test's server failed: " + self.faults[-1]))

    def _serve(self, cluster, call):
        call.user = access.authenticate(cluster, call)
        call.user = access.impersonate(cluster, call, call.user)
        call.named = named = kinds.named(call.method, call.path, call.query)
        call.fields.update({"X-Kubernetes-Pf-Flowschema-Uid": "9a2d6f0e-0000-4000-8000-000000000001",
                            "X-Kubernetes-Pf-Prioritylevel-Uid": "9a2d6f0e-0000-4000-8000-000000000002"})
        access.authorize(cluster, call)
        if not named.is_resource:
            return pages.serve(cluster, call)
        if len(call.body) > calls.BODY_MAX:
            raise statuses.Refused(413, f"Request entity too large: limit is {calls.BODY_MAX}")
        resource = cluster.resources.get((named.group, named.version, named.plural))
        if resource is None or (named.namespace and not resource.namespaced and named.plural != "namespaces"):
            raise statuses.no_such_page()
        if named.plural == "namespaces":
            named.namespace = ""  # Of a namespace itself, the path names it twice.
        if named.part:
            return parts.serve(cluster, call, resource)
        return parts.serve_object(cluster, call, resource)

    def _refuse(self, call, status):
        try:
            if call.begun:
                self._abort(call)
            else:
                call.refuse(status)
        except (OSError, ssl.SSLError):
            self._abort(call)

    def _abort(self, call):
        try:
            call.abort()
        except (OSError, ssl.SSLError):
            pass

    def handle_error(self, request, client_address):
        pass  # Clients that leave are part of the tests.

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.cluster.close()
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)
