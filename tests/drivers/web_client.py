"""web_client.py LIBRARY WHAT URL: one request as requests or aiohttp makes it, told nothing but the URL.
Prints the status and the body; of a stream each piece when it comes."""

import asyncio
import sys


def with_requests(what, url):
    import requests

    session = requests.Session()
    if what == "stream":
        with session.get(url, stream=True, timeout=20) as answer:
            for piece in answer.iter_content(None):
                print(piece.decode().strip(), flush=True)
        return
    answer = session.post(url, json={"word": "hello"}, timeout=20) if what == "post" else session.request(
        what.upper(), url, timeout=20)
    print(answer.status_code, answer.text)


async def with_aiohttp(what, url):
    import aiohttp

    async with aiohttp.ClientSession(trust_env=True) as session:
        if what == "stream":
            async with session.get(url) as answer:
                async for piece in answer.content.iter_any():
                    print(piece.decode().strip(), flush=True)
            return
        options = {"json": {"word": "hello"}} if what == "post" else {}
        async with session.request(what.upper(), url, **options) as answer:
            print(answer.status, await answer.text())


if sys.argv[1] == "requests":
    with_requests(*sys.argv[2:])
else:
    asyncio.run(with_aiohttp(*sys.argv[2:]))
