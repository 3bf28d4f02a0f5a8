"""A gRPC service without generated code: messages are bytes. Unary, streaming either way and both ways;
keeps what each call showed as its login."""

import concurrent.futures
import os
import pathlib
import shutil
import tempfile

from harness import certificates

# Its handlers for fork() fail an assertion of their own when a test starts a program at the wrong moment; no
# child of a test speaks gRPC. Read when grpc is loaded.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "false"


class Server:
    def __init__(self):
        import grpc

        self.grpc = grpc
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-grpc-"))
        certificates.make(self.folder)
        self.authority = self.folder / "ca.crt"
        self.logins = []
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        key, chain = ((self.folder / f"server.{kind}").read_bytes() for kind in ("key", "crt"))
        self.port = self.server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.Orders", {
            "Get": grpc.unary_unary_rpc_method_handler(self._get),
            "List": grpc.unary_stream_rpc_method_handler(self._list),
            "Add": grpc.stream_unary_rpc_method_handler(self._add),
            "Chat": grpc.stream_stream_rpc_method_handler(self._chat),
            "Fail": grpc.unary_unary_rpc_method_handler(self._fail),
            "Delete": grpc.unary_unary_rpc_method_handler(self._get)})])

    def _keep(self, context):
        self.logins.append(dict(context.invocation_metadata()).get("authorization"))

    def _get(self, request, context):
        self._keep(context)
        context.set_trailing_metadata((("x-cost", "3"),))
        return b"got " + request

    def _list(self, request, context):
        self._keep(context)
        for number in range(5):
            yield b"%s %d" % (request, number)

    def _add(self, requests, context):
        self._keep(context)
        return b"+".join(requests)

    def _chat(self, requests, context):
        self._keep(context)
        for request in requests:
            yield b"re: " + request

    def _fail(self, request, context):
        context.abort(self.grpc.StatusCode.NOT_FOUND, "no such order")

    def url(self):
        return f"https://localhost:{self.port}"

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *failure):
        self.server.stop(0).wait()
        shutil.rmtree(self.folder, ignore_errors=True)
