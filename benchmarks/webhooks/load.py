"""Twelve connections that are kept open and post one request after the other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

CONNECTIONS = 12
#: A server that does not answer within this time has failed.
ANSWER_SECONDS = 30.0


@dataclass(kw_only=True)
class Load:
    """What came of posting: seconds in all, seconds of each answer, and the answers that were not 200."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


def post(requests: Sequence[bytes], *, port: int, connections: int = CONNECTIONS) -> Load:
    """Post the requests, each once, over so many connections."""
    return asyncio.run(_post(deque(requests), port, connections))


async def _post(waiting: deque[bytes], port: int, connections: int) -> Load:
    load = Load()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    began = time.perf_counter()
    async with asyncio.timeout(ANSWER_SECONDS + len(waiting) / 5):
        await asyncio.gather(*(_client(*each, waiting, load) for each in opened))
    load.seconds = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return load


async def _client(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: deque[bytes], load: Load
) -> None:
    while waiting:
        request = waiting.popleft()
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _body(reader, head.lower())
        load.latencies.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 200"):
            load.refused.append((head.split(b"\r\n", 1)[0] + b" " + body[:200]).decode(errors="replace"))


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Return the body, which Django's middleware gives a length, or else gunicorn sends in chunks."""
    _, has_length, rest = head.partition(b"content-length:")
    if has_length:
        return await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    return await reader.readuntil(b"0\r\n\r\n")
