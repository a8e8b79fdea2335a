"""The shop's WSGI application behind a small server that is quick on connections that are kept open.

``runserver`` would do, but each answer on a kept connection waits 40 ms there: its header and its body are two
writes, and the second one waits for an acknowledgement. Run as ``python -m demo.webserver PORT``.
"""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS, connections

from demo.server import HOST


class QuickHandler(WSGIRequestHandler):
    """Answers at once, and does not log every request."""

    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing of what went well."""
        if len(args) > 1 and str(args[1])[:1] == "5":
            super().log_message(format, *args)


def main(port: int) -> None:
    """Serve until terminated."""
    application = get_wsgi_application()
    # A long history on few connections: keep theirs to the database too, and no list of every query.
    connections.settings[DEFAULT_DB_ALIAS]["CONN_MAX_AGE"] = None
    settings.DEBUG = False
    server = ThreadedWSGIServer((HOST, port), QuickHandler)
    server.daemon_threads = True
    server.set_app(application)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
