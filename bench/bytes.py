"""What one screen costs the network in a day: every byte a faithful wall receives over TLS, headers included.

A socket is read byte by byte while tickets change and the watcher polls: each kind of second (nothing new,
the watcher was there, a ticket changed or turned) gets its measured size. A day is those sizes times how
often each happens: 86,400 seconds, 2,880 polls of the watcher, 2,000 changes, and every turn of a state that
deadlines of the 1,000 tickets bring in the coming 24 hours, counted by the board's own index.
"""

import argparse
import json
import re
import socket
import ssl
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rig
from walls import replace_file

from deskwatch.config import Home, LiveConfig
from deskwatch.core.board import Row, place
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.web.index import BoardIndex
from tickets import file_bytes, make_ticket, write_folder

CONFIG = {
    "deskwatch.yaml": "web: {{certificate: {cert}, key: {key}, rescan_interval: 10m}}\n",
    "boards.yaml": "helpdesk: {title: Helpdesk}\n",
    "sources.yaml": "bench: {kind: freshservice, base_url: https://desk.example.com}\n",
}
BROWSER = (
    "Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "
    "Safari/537.36\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"
)
DAY, POLLS = 86_400, 2_880
PREDECESSOR = 5.6e9
"""Bytes a day of Ticket Dash at 1,000 tickets: measured elsewhere, 1.95 MB of JSON every 30 s."""


class Wire:
    """One TLS connection whose bytes are counted below TLS, both ways; handshake included."""

    def __init__(self, base: str) -> None:
        host, port = base.split("//")[1].split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.inside, self.outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = rig.UNVERIFIED.wrap_bio(self.inside, self.outside, server_hostname=host)
        self.received = self.sent = 0
        self._do(self.tls.do_handshake)

    def _do(self, step, *arguments):  # type: ignore[no-untyped-def]
        while True:
            try:
                return step(*arguments)
            except ssl.SSLWantReadError:
                self._flush()
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionError("the server hung up") from None
                self.received += len(data)
                self.inside.write(data)
            finally:
                self._flush()

    def _flush(self) -> None:
        data = self.outside.read()
        self.sent += len(data)
        self.socket.sendall(data)

    def get(self, path: str, more: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body as they came (gzipped, if they were)."""
        self._do(self.tls.write, f"GET {path} HTTP/1.1\r\nHost: wall\r\n{BROWSER}{more}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._do(self.tls.read, 65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            body += self._do(self.tls.read, 65536)
        return int(lines[0].split()[1]), headers, body


class Screen:
    """A wall as `static/js/wall.js` is one: conditional pulses, rows only when the version is another."""

    def __init__(self, base: str, wishes: str, *, have: bool) -> None:
        self.wire, self.wishes, self.have = Wire(base), wishes, have
        self.etag = self.version = ""

    def second(self) -> tuple[int, bool]:
        """One poll: bytes received for it, and whether rows were among them."""
        before = self.wire.received
        status, headers, body = self.wire.get(
            f"/b/{rig.BOARD}/pulse{self.wishes}", f"If-None-Match: {self.etag}\r\n" if self.etag else ""
        )
        moved = False
        if status == 200:
            self.etag, wanted = headers["etag"], json.loads(body)["version"]
            moved = wanted != self.version
            if moved:
                joint = "&" if self.wishes else "?"
                have = f"{joint}have={self.version}" if self.version and self.have else ""
                self.wire.get(f"/b/{rig.BOARD}/rows{self.wishes}{have}")
                self.version = wanted
        return self.wire.received - before, moved


def page_load(base: str, wishes: str) -> int:
    """Bytes of a new page with everything it needs, nothing cached, on a connection of its own."""
    from gzip import decompress

    wire = Wire(base)
    _, headers, body = wire.get(f"/b/{rig.BOARD}{wishes}")
    page = decompress(body) if headers.get("content-encoding") == "gzip" else body
    for part in sorted(set(re.findall(rb'(?:src|href)="?((?:\.\./)*static/[^" >]+)', page))):
        wire.get("/" + part.decode().lstrip("./"))
    return wire.received


def turns_of_a_day(folder: Path, count: int) -> int:
    """How often the coming 24 hours alone change the board: state turns at distinct instants."""
    live = LiveConfig(Home(folder)).current
    board, rules = live.boards[rig.BOARD], live.sla
    now = datetime.now(UTC)
    drawn = (make_ticket(number, seed=1, now=now) for number in range(1, count + 1))
    tickets = {ticket.key: ticket for ticket in drawn}

    def at(ticket: Ticket, now: datetime) -> Row | None:
        return place(board, ticket, rules, now=now)

    index = BoardIndex(board, at)
    index.apply(tickets.values(), now=now)
    turns, end = 0, now + timedelta(days=1)
    while (moment := index.next_deadline) is not None and moment < end:
        turns += index.advance(tickets, now=moment)
    return turns


def beat(folder: Path) -> None:
    """The watcher was there."""
    now = datetime.now(UTC)
    source = {"kind": "freshservice", "state": "ok", "last_good_at": format_instant(now)}
    told = {"schema": 1, "beat_at": format_instant(now), "sources": {"bench": source}}
    write_heartbeat(folder / "state" / "watcher.json", told)


def until_something_new(screen: Screen) -> tuple[int, bool]:
    """Poll until the answer is not a 304, at most a second: bytes of that answer, were rows among them."""
    end = time.perf_counter() + 1.2  # the GUI looks at heartbeats once a second
    while time.perf_counter() < end:
        etag = screen.etag
        found = screen.second()
        if screen.etag != etag:
            break
        time.sleep(0.02)
    return found


def measure(
    folder: Path, base: str, wishes: str, options: argparse.Namespace, *, have: bool
) -> dict[str, float]:
    """Bytes of each kind of second, and of a page load."""
    screen = Screen(base, wishes, have=have)
    screen.second()
    beat(folder)
    until_something_new(screen)
    quiet = statistics.median(screen.second()[0] for _ in range(200))
    polls, changes = [], []
    for turn in range(options.changes):
        number = 1 + turn * 37 % options.tickets
        at = datetime.now(UTC).replace(microsecond=0)
        ticket = make_ticket(number, seed=1, now=at).with_(subject=f"Changed {turn}, again", updated_at=at)
        replace_file(folder / "tickets" / f"{ticket.key}.json", file_bytes(ticket))
        changes.append(until_something_new(screen)[0])
        if turn % 5 == 0:
            beat(folder)
            size, moved = until_something_new(screen)
            if not moved and size > quiet:
                polls.append(size)
    return {
        "quiet": quiet,
        "poll": statistics.mean(polls),
        "change": statistics.mean(changes),
        "page": page_load(base, wishes),
    }


def day(sizes: dict[str, float], turns: int, changes: int = 2_000) -> float:
    """Bytes of 24 hours; each change and turn is taken as one of its own, and the page is loaded twice."""
    news = POLLS + changes + turns
    return (
        (DAY - news) * sizes["quiet"]
        + POLLS * sizes["poll"]
        + (changes + turns) * sizes["change"]
        + 2 * sizes["page"]
    )


def main(options: argparse.Namespace) -> bool:
    """Print sizes and days and answer whether the goals were met."""
    with rig.home() as folder:
        cert, key = rig.certificate(folder)
        for name, text in CONFIG.items():
            (folder / "config" / name).write_text(
                text.format(cert=cert, key=key) if "cert" in text else text, encoding="utf-8"
            )
        write_folder(folder, options.tickets)
        turns = turns_of_a_day(folder, options.tickets)
        beat(folder)
        print(f"{options.tickets:,} tickets; {turns:,} state turns in the coming 24 hours")
        days = {}
        with rig.gui(folder, tls=True) as (base, _):
            for name, wishes, have in (
                ("usual wall", "", True),
                ("usual wall, full rows each time", "", False),
                ("all rows on one page", "?limit=1000", True),
            ):
                sizes = measure(folder, base, wishes, options, have=have)
                days[name] = day(sizes, turns)
                told = ", ".join(f"{kind} {size:,.0f}" for kind, size in sizes.items())
                print(f"{name}: {told} bytes; 24 hours {days[name] / 1e6:.1f} MB")
    best = days["usual wall"]
    print(f"full rows ÷ changed rows: {days['usual wall, full rows each time'] / best:.2f}")
    goals = [
        rig.verdict("bytes to one screen in 24 hours, usual wall", best / 1e6, "<=", 40, " MB"),
        rig.verdict("… with every ticket on it", days["all rows on one page"] / 1e6, "<=", 40, " MB"),
        rig.verdict(
            "Ticket Dash (5.6 GB, measured elsewhere) ÷ usual wall", PREDECESSOR / best, ">=", 140, "x"
        ),
    ]
    return all(goals)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=60, help="changes whose size is measured")
    sys.exit(0 if main(parser.parse_args()) else 1)
