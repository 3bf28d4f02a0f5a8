"""socket_client.py PORT MESSAGE…: says each over a WebSocket through the gateway, prints what came back, or
how it ended."""

import asyncio
import sys

import websockets


async def main(port, messages):
    async with websockets.connect(f"ws://127.0.0.1:{port}/socket") as socket:
        for message in messages:
            await socket.send(message)
            print(await socket.recv())


try:
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
except websockets.exceptions.ConnectionClosed as end:
    print(end)
