"""A WebSocket server of python3-websockets in a thread of its own: says every message again and remembers
it and its opening request."""

import asyncio
import contextlib
import pathlib
import shutil
import ssl
import tempfile
import threading

from harness import certificates


class Server:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-sockets-"))
        certificates.make(self.folder)
        self.authority = self.folder / "ca.crt"
        self.messages, self.openings, self.extensions = [], [], []
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()

    async def _serve(self):
        import websockets

        async def say_again(connection, path):
            self.openings.append((path, dict(connection.request_headers)))
            self.extensions.append([each.name for each in connection.extensions])
            if path == "/speaks":
                await connection.send("what the server says first")
            with contextlib.suppress(websockets.exceptions.ConnectionClosed):
                async for message in connection:
                    self.messages.append(message)
                    if message == "leave":
                        return await connection.close(4001, "as you wish")
                    await connection.send(message)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        server = await websockets.serve(say_again, "127.0.0.1", 0, ssl=context, max_size=None)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.loop.create_future()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._serve())
        except RuntimeError:
            pass  # The loop was stopped.

    def url(self):
        return f"https://localhost:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._run, daemon=True).start()
        self.ready.wait(20)
        return self

    def __exit__(self, *failure):
        self.loop.call_soon_threadsafe(self.loop.stop)
        shutil.rmtree(self.folder, ignore_errors=True)
