"""A crowd of walls: kept connections that ask for the pulse each second and for rows when it names others.

Each wall behaves as `static/js/wall.js` does: it sends its ETag, and the version of the rows it has. One
process, one event loop; `walls.py` starts several. Prints one JSON object: latencies in milliseconds, counts,
its own lag.
"""

import argparse
import asyncio
import gc
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from functools import partial

HEADERS = (
    "Host: 127.0.0.1\r\nConnection: keep-alive\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Site: same-origin\r\nReferer: http://127.0.0.1/b/helpdesk\r\nUser-Agent: Mozilla/5.0 "
    "(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n"
)
"""What Chromium sends: the server has to read it each time."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ETAG = re.compile(rb"etag: *([^\r]+)", re.IGNORECASE)
_VERSION = re.compile(rb'"version":"([^"]+)"')


class Wall(asyncio.Protocol):
    """One screen and its connection."""

    def __init__(self, board: str, report: "Report") -> None:
        self.path, self.report = f"/b/{board}", report
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.asked: tuple[str, float] | None = None
        self.etag = self.version = self.wanted = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None

    def poll(self, loop: asyncio.AbstractEventLoop, due: float, end: float) -> None:
        """Ask for the pulse at ``due`` and each second after it."""
        self.report.lags.append(loop.time() - due)
        if due + 1 < end:
            loop.call_at(due + 1, partial(self.poll, loop, due + 1, end))
        if self.transport is None:
            self.report.counts["unconnected"] += 1
        elif self.asked is not None:
            self.report.counts["still waiting"] += 1
        else:
            self.ask("pulse", f"{self.path}/pulse", f"If-None-Match: {self.etag}\r\n" if self.etag else "")

    def ask(self, what: str, path: str, more: str = "") -> None:
        self.asked = (what, time.perf_counter())
        self.transport.write(f"GET {path} HTTP/1.1\r\n{HEADERS}{more}\r\n".encode())  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        self.report.received += len(data)
        self.buffer = data if not self.buffer else self.buffer + data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        status = self.buffer[9:12]
        length = 0 if status == b"304" else int(_LENGTH.search(self.buffer, 0, end + 2)[1])  # type: ignore[index]
        if len(self.buffer) < end + 4 + length:
            return
        head, body, self.buffer = self.buffer[: end + 2], self.buffer[end + 4 :], b""
        what, since = self.asked  # type: ignore[misc]
        self.asked = None
        self.report.latencies.append(time.perf_counter() - since)
        self.report.counts[f"{what} {status.decode()}"] += 1
        if status == b"200":
            self.answered(what, head, body)

    def answered(self, what: str, head: bytes, body: bytes) -> None:
        """A pulse that is new may name rows that this wall does not have."""
        if what == "rows":
            self.version = self.wanted
            return
        self.etag = _ETAG.search(head)[1].decode()  # type: ignore[index]
        self.wanted = _VERSION.search(body)[1].decode()  # type: ignore[index]
        if self.wanted != self.version:
            self.ask("rows", f"{self.path}/rows" + (f"?have={self.version}" if self.version else ""))


class Report:
    """What this process saw."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.latencies: list[float] = []
        self.lags: list[float] = []
        self.counts: Counter[str] = Counter()
        self.received = 0


async def crowd(host: str, port: int, board: str, walls: int, warm_up: float, seconds: float) -> Report:
    """Let ``walls`` walls live for ``warm_up`` seconds uncounted and ``seconds`` counted ones."""
    loop, report = asyncio.get_running_loop(), Report()
    screens = [Wall(board, report) for _ in range(walls)]
    start = loop.time() + 1 + walls / 500
    for screen in screens:
        await loop.create_connection(lambda screen=screen: screen, host, port)  # type: ignore[misc]
        due = start + random.random()
        loop.call_at(due, partial(screen.poll, loop, due, start + warm_up + seconds))
    await asyncio.sleep(start + warm_up - loop.time())
    report.clear()
    await asyncio.sleep(seconds)
    connected = sum(screen.transport is not None for screen in screens)
    report.counts["connected"] = connected
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("port", type=int)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--board", default="helpdesk")
    parser.add_argument("--walls", type=int, default=500)
    parser.add_argument("--warm-up", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=30)
    o = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, o.walls + 100), hard))
    gc.disable()
    found = asyncio.run(crowd(o.host, o.port, o.board, o.walls, o.warm_up, o.seconds))
    json.dump(
        {
            "latencies": [round(x * 1e3, 3) for x in found.latencies],
            "lags": [round(x * 1e3, 3) for x in found.lags],
            "counts": found.counts,
            "received": found.received,
        },
        sys.stdout,
    )
