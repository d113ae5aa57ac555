"""From a deadline, or a changed file, to the request at the provider; many pages at once; and doing nothing.

`python bench/pager.py [TICKETS]` (100,000 unless told) runs the real notifier beside the simulated Twilio.
Every instant is taken by this machine's clock, on both sides. About eight minutes.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rig

from tests.scenarios.paging import ALERTS, PEOPLE, PagerHome, Twilio, a_ticket, told
from tickets import file_bytes, make_ticket

SAMPLES, SPACING = 60, timedelta(seconds=0.4)
CROWD, EACH = 200, 0.1
"""Pages at one instant, and the seconds the provider takes for each request."""
RULES = ALERTS.replace(
    "{id: new, on: [created], urgency: urgent, escalation: now}",
    "{id: new, on: [created, sla_breach], urgency: urgent, escalation: now}",
)


def write_waiting(home: Path, count: int) -> None:
    """Tickets whose deadlines are far away, each of them an instant the notifier waits for."""
    now = datetime.now(UTC)
    for number in range(1, count + 1):
        ticket = make_ticket(number, seed=1, now=now).with_(
            first_response_due_at=None, resolution_due_at=now + timedelta(days=30, seconds=number)
        )
        (home / "tickets" / f"{ticket.key}.json").write_bytes(file_bytes(ticket))


class Bench:
    """A notifier that is awake, with so many tickets waiting."""

    def __init__(self, folder: Path, tickets: int) -> None:
        self.twilio = Twilio(delay=(0.0, 0.0))
        self.pager = PagerHome(folder / "home", self.twilio, alerts=RULES, people=PEOPLE)
        self.number = 0
        write_waiting(self.pager.home, tickets)
        began = time.perf_counter()
        self.run = self.pager.start()
        rig.wait_until(lambda: self.has_judged(tickets), within=300, what="the first look at everything")
        self.start = time.perf_counter() - began
        time.sleep(12)  # a backlog is summed up for ten seconds; here there is none

    def has_judged(self, tickets: int) -> bool:
        """Whether the notifier has looked at every ticket."""
        beat = self.pager.beat
        return beat.get("tickets", 0) >= tickets and not beat.get("catching_up")

    def arrivals(self) -> dict[str, datetime]:
        """When the provider took the first message about each ticket."""
        found: dict[str, datetime] = {}
        for message in self.twilio.control("messages"):
            for number in told([message["body"]]):
                found.setdefault(number, datetime.fromisoformat(message["created_at"]))
        return found

    def deadlines(self, moments: list[datetime]) -> dict[str, datetime]:
        """One new ticket for each instant at which its deadline passes; answers number to instant."""
        due = {}
        for at in moments:
            self.number += 1
            number = str(9_000_000 + self.number)
            old = datetime.now(UTC) - timedelta(minutes=90)
            known = {"created_at": old, "first_seen_at": old, "updated_at": old}
            self.pager.folder.write([a_ticket(number, resolution_due_at=at, **known)])
            due[number] = at
        return due

    def delays(self, due: dict[str, datetime], *, within: float = 30.0) -> list[float]:
        """Seconds from each instant to the request, when all of them have come."""
        rig.wait_until(lambda: due.keys() <= self.arrivals().keys(), within=within, what="all requests")
        seen = self.arrivals()
        return [(seen[number] - at).total_seconds() for number, at in due.items()]

    def from_deadlines(self, *, disturbed: bool) -> list[float]:
        """Delays of deadlines that pass one by one; ``disturbed``: while everything is judged anew."""
        first = datetime.now(UTC) + timedelta(seconds=4)
        due = self.deadlines([first + number * SPACING for number in range(SAMPLES)])
        last = max(due.values())
        turn = 0
        while disturbed and datetime.now(UTC) < last:
            turn += 1
            text = f"thresholds: {{warning: {4 + turn % 3}h}}\n"
            (self.pager.home / "config" / "sla.yaml").write_text(text)
            time.sleep(4)
        return self.delays(due, within=60)

    def from_files(self) -> list[float]:
        """Delays from writing a new ticket's file to the request."""
        written = {}
        for _ in range(SAMPLES):
            self.number += 1
            number = str(9_000_000 + self.number)
            ticket = a_ticket(number)
            written[number] = datetime.now(UTC)
            self.pager.folder.write([ticket])
            time.sleep(0.2)
        return self.delays(written)

    def crowd(self) -> float:
        """Seconds from one instant, at which many deadlines pass, until the provider has taken all."""
        self.twilio.control("switches", {"accept_delay": [EACH, EACH]})
        at = datetime.now(UTC) + timedelta(seconds=15)
        delays = self.delays(self.deadlines([at] * CROWD), within=90)
        self.twilio.control("switches", {"accept_delay": [0.0, 0.0]})
        return max(delays)

    def idle(self, seconds: float = 130.0) -> float:
        """Share of one core while nothing happens, in per cent; long enough for a look at all files."""
        before = rig.cpu_seconds(self.run.pid)
        time.sleep(seconds)
        return 100 * (rig.cpu_seconds(self.run.pid) - before) / seconds

    def end(self) -> None:
        """Stop both processes."""
        self.pager.end()
        self.twilio.end()


def p99(delays: list[float], what: str) -> float:
    """Print the distribution in milliseconds; answer the 99th percentile."""
    p50, high, top = (rig.percentile(delays, share) * 1e3 for share in (0.5, 0.99, 1.0))
    print(f"{what}: p50 {p50:.0f} ms, p99 {high:.0f} ms, longest {top:.0f} ms")
    return high


def main(tickets: int = 100_000) -> bool:
    """Print every figure; answer whether the goals were met."""
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
        bench = Bench(Path(folder), tickets)
        try:
            print(f"{tickets:,} tickets judged {bench.start:.1f} s after the start of the process")
            quiet = p99(bench.from_deadlines(disturbed=False), "deadline to request")
            busy = p99(bench.from_deadlines(disturbed=True), "the same while all tickets are judged anew")
            files = p99(bench.from_files(), "file to request")
            crowd = bench.crowd()
            time.sleep(30)
            idle = bench.idle()
        finally:
            bench.end()
    goals = [
        rig.verdict("deadline to request, p99", quiet, "<=", 500, " ms"),
        rig.verdict("… while everything is judged anew, p99", busy, "<=", 2000, " ms"),
        rig.verdict("file to request, p99", files, "<=", 500, " ms"),
        rig.verdict(f"{CROWD} pages, {EACH * 1e3:.0f} ms each", crowd, "<=", 4, " s"),
        rig.verdict("idle share of one core", idle, "<=", 1, " %"),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
