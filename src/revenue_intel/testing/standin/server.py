"""The HTTP server on loopback: reads requests of a sane size, writes answers, keeps connections open."""

from __future__ import annotations

import json
import logging
import select
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from revenue_intel.testing.standin.answers import Answer, Request
from revenue_intel.testing.standin.dispatch import Dispatcher
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.hosted import PREFIX, HostedPage
from revenue_intel.testing.standin.outages import Outages

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
_LARGEST_BODY = 1024 * 1024
#: What the base class blames on the server, although the caller sent it: unknown method, unknown version.
_CALLERS_FAULT = {501: 405, 505: 400}


class StandinServer(ThreadingHTTPServer):
    """Listens on loopback only."""

    #: Callers that may wait to be let in; the default of 5 turns a burst of webhook handlers away.
    request_queue_size = 128

    def __init__(
        self,
        *,
        port: int,
        dispatcher: Dispatcher,
        hosted: HostedPage,
        outages: Outages,
        tick: Callable[[], None],
    ) -> None:
        """Bind to a port; 0 takes a free one."""
        self.dispatcher = dispatcher
        self.hosted = hosted
        self.outages = outages
        self._tick = tick
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the look-up of the machine's name, which may ask a name server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def service_actions(self) -> None:
        """Let time have its effect between requests."""
        self._tick()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that closing the server ends it."""
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and end the connections that clients keep open."""
        super().server_close()
        with self._guard:
            for connection in self._connections:
                with suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "StripeStandin"
    sys_version = ""
    timeout = 60
    # One write per answer: without these, every request on a kept connection costs a delayed ACK.
    wbufsize: ClassVar[int] = -1
    disable_nagle_algorithm = True

    server: StandinServer

    def _serve(self) -> None:
        try:
            request = self._read()
        except ApiFault as fault:
            self.close_connection = True  # there is a body that nobody reads
            self._write(Answer(status=fault.status, body=json.dumps(fault.body).encode()))
            return
        if request.path.startswith(PREFIX):
            answer = self.server.hosted.answer(request)
        else:
            answer = self.server.outages.around(request, self.server.dispatcher.answer)
        if answer.status:
            self._write(answer)
        else:
            self._break_off(answer.silent_seconds)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _break_off(self, silent_seconds: float) -> None:
        """Answer nothing: wait until the caller gives up or the seconds are over, and end the connection."""
        self.close_connection = True
        select.select([self.connection], [], [], silent_seconds)

    def _read(self) -> Request:
        try:
            parts = urlsplit(self.path)
        except ValueError as problem:
            raise ApiFault("Invalid URL.") from problem
        return Request(
            method=self.command,
            path=parts.path,
            query=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding"):
            raise ApiFault("Send the body with a Content-Length.", status=411)
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise ApiFault("Invalid Content-Length.")
        if len(length) > 10 or int(length) > _LARGEST_BODY:
            raise ApiFault(f"The body has more than {_LARGEST_BODY} bytes.", status=413)
        return self.rfile.read(int(length))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP request, or has an unknown method, in Stripe's shape."""
        self.close_connection = True
        # Until a request is understood it counts as HTTP/0.9, which gets no status line.
        self.request_version = self.protocol_version
        status = _CALLERS_FAULT.get(code, code)
        fault = ApiFault(message or explain or "Bad request", status=status)
        self._write(Answer(status=status, body=json.dumps(fault.body).encode()))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log instead of writing to standard error."""
        logger.debug(format, *args)
