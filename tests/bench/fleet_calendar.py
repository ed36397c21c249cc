"""A calendar on loopback in which nothing ever changes: the quiet incremental list, at once or after a delay.

It does as little as a server can, so that what is measured is what asks. `/delay/MS` sets the delay, `/count` tells
how many lists were answered. Prints its port.
"""

from __future__ import annotations

import asyncio
import json

from integrations.google.provider import OpenIdConfiguration

_QUIET = json.dumps(
    {"kind": "calendar#events", "etag": '"q"', "timeZone": "Europe/Berlin", "items": [], "nextSyncToken": "next"}
).encode()


class Calendar(asyncio.Protocol):
    delay = 0.0
    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.asked = b""

    def data_received(self, data: bytes) -> None:
        self.asked += data
        while b"\r\n\r\n" in self.asked:
            head, _, self.asked = self.asked.partition(b"\r\n\r\n")  # only GETs come here
            self._answer(head.split(b" ", 2)[1].decode())

    def _answer(self, path: str) -> None:
        if path.startswith("/calendar/"):
            Calendar.count += 1
            asyncio.get_running_loop().call_later(Calendar.delay, self._send, _QUIET)
        elif path.startswith("/delay/"):
            Calendar.delay = int(path.rpartition("/")[2]) / 1000
            self._send(b"{}")
        elif path == "/count":
            self._send(json.dumps(Calendar.count).encode())
        else:  # the discovery document of a sign-in that nobody will need
            host = self.transport.get_extra_info("sockname")
            names = OpenIdConfiguration.__dataclass_fields__
            self._send(json.dumps({name: f"http://127.0.0.1:{host[1]}/{name}" for name in names}).encode())

    def _send(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Calendar, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
