"""Twelve connections that are kept open and post one request after the other.

One thread and plain sockets: what the load takes of the machine is taken from all contestants alike, and hides what they differ in.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

CONNECTIONS = 12
#: A server that does not answer within this time has failed.
ANSWER_SECONDS = 30.0
CHUNK = 65536


@dataclass(kw_only=True)
class Load:
    """What came of posting: seconds in all, seconds of each answer, and the answers that were not 200."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


@dataclass
class _Connection:
    """One connection: when its request was sent, and what was answered so far."""

    socket: socket.socket
    began: float = 0.0
    answer: bytes = b""

    def send(self, request: bytes) -> None:
        self.began, self.answer = time.perf_counter(), b""
        self.socket.sendall(request)

    def read(self) -> bool:
        """Read what is there; say whether the answer is whole."""
        chunk = self.socket.recv(CHUNK)
        if not chunk:
            raise ConnectionError("The server has closed a connection.")
        self.answer += chunk
        return _is_whole(self.answer)


def post(requests: Sequence[bytes], *, port: int, connections: int = CONNECTIONS) -> Load:
    """Post the requests, each once, over so many connections.

    Raises:
        TimeoutError: the server did not answer.
    """
    load, waiting = Load(), deque(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            opened = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(opened, selectors.EVENT_READ, _Connection(opened))
        began = time.perf_counter()
        _run(selector, waiting, load)
        load.seconds = time.perf_counter() - began
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return load


def _run(selector: selectors.BaseSelector, waiting: deque[bytes], load: Load) -> None:
    busy = 0
    for key in selector.get_map().values():
        if waiting:
            key.data.send(waiting.popleft())
            busy += 1
    while busy:
        ready = selector.select(ANSWER_SECONDS)
        if not ready:
            raise TimeoutError("The server did not answer.")
        for key, _ in ready:
            connection: _Connection = key.data
            if not connection.read():
                continue
            load.latencies.append(time.perf_counter() - connection.began)
            if not connection.answer.startswith(b"HTTP/1.1 200"):
                load.refused.append(connection.answer[:300].decode(errors="replace"))
            if waiting:
                connection.send(waiting.popleft())
            else:
                busy -= 1


def _is_whole(answer: bytes) -> bool:
    """Say whether an answer is complete: Django's middleware gives it a length, or else gunicorn sends it in chunks."""
    head, ends, body = answer.partition(b"\r\n\r\n")
    if not ends:
        return False
    _, has_length, rest = head.lower().partition(b"content-length:")
    return len(body) >= int(rest.split(b"\r\n", 1)[0]) if has_length else body.endswith(b"0\r\n\r\n")
