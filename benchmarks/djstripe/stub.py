"""A Stripe that answers dj-stripe's questions about an object at once, and counts them."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from revenue_intel.testing import events

#: What it answers at this path is how often it was asked before.
COUNT = "/count"


def answer(path: str) -> dict[str, Any]:
    """Return the object of that path."""
    *_, kind, identifier = path.partition("?")[0].split("/")
    if kind == "payment_intents":
        return events.payment_intent(id=identifier, latest_charge=identifier.replace("pi_", "ch_"))
    if kind == "charges":
        return events.charge(id=identifier, payment_intent=identifier.replace("ch_", "pi_"))
    if identifier == "account":
        return {"id": "acct_bench", "object": "account", "livemode": False, "settings": {}, "metadata": {}}
    return {"id": identifier, "object": kind.rstrip("s")}


async def serve(port: int) -> None:
    """Answer on the port until the process is ended."""
    asked = 0

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            path = head.split(b" ", 2)[1].decode()
            if path == COUNT:
                body = str(asked).encode()
            else:
                asked += 1
                body = json.dumps(answer(path)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )

    server = await asyncio.start_server(client, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
