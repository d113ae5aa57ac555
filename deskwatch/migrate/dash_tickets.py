"""Ticket Dash's ticket files as ours: read as the watcher reads the helpdesk, written as it writes them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from pathlib import Path

from deskwatch.config import Home
from deskwatch.core.merging import merge
from deskwatch.core.sync import Gone
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.migrate.dash_folder import RawTicket
from deskwatch.migrate.placing import Report, counted
from deskwatch.sources.freshservice_rows import RowReader
from deskwatch.sources.row_ids import RowError
from deskwatch.store.atomic import make_folder, write_many
from deskwatch.store.codec import encode_object
from deskwatch.store.tickets import TicketFolder

REASON = "archived by Ticket Dash"


class TicketsImport:
    """Brings tickets into one home. A ticket that is there already stays: the helpdesk itself is newer."""

    def __init__(
        self, reader: RowReader, home: Home, report: Report, *, dry_run: bool, now: datetime
    ) -> None:
        self._reader, self._report, self._dry_run, self._now = reader, report, dry_run, now
        self._folder = TicketFolder(home.tickets)

    def bring(self, files: Iterable[RawTicket], ignored: Sequence[str]) -> None:
        """The active tickets. ``ignored``: names of files that are no tickets.

        Raises:
            StoreError: something cannot be written.
        """
        tickets, left_out = self._read(files)
        over = [ticket for ticket in tickets.values() if ticket.is_over]
        there = _present(self._folder.root)
        new = [
            ticket
            for ticket in tickets.values()
            if not ticket.is_over and self._folder.file_name(ticket.key) not in there
        ]
        if new and not self._dry_run:
            self._folder.prepare(now=self._now)
            self._folder.write(new)
        place, report = "tickets/", self._report
        if new:
            report.did(place, f"{counted(len(new), 'ticket')} written")
        known = len(tickets) - len(over) - len(new)
        if known or not tickets:
            report.kept(place, f"{counted(known, 'ticket')} there already")
        if over:
            report.kept(place, f"{counted(len(over), 'ticket')} left out: resolved or closed")
        for reason, count in sorted(left_out.items()):
            report.kept(place, f"{counted(count, 'ticket')} left out: {reason}")
        if ignored:
            report.kept(place, f"{counted(len(ignored), 'other file')} ignored: {', '.join(ignored[:5])}")

    def bring_archive(self, files: Iterable[RawTicket]) -> None:
        """``archive/YYYY-MM-DD/`` becomes ``archive/YYYY-MM/``; the last state of each month stays.

        Raises:
            StoreError: something cannot be written.
        """
        problems: list[str] = []
        written = known = 0
        for month, those in groupby(files, key=lambda file: f"{file.day:%Y-%m}"):
            place = self._folder.root / "archive" / month
            there = _present(place)
            archived = {self._folder.file_name(key): data for key, data in self._archived(those, problems)}
            new = {place / name: data for name, data in archived.items() if name not in there}
            if new and not self._dry_run:
                self._folder.prepare(now=self._now)
                make_folder(place)
                write_many(new, staging=self._folder.staging)
            written, known = written + len(new), known + len(archived) - len(new)
        self._report.found_all(problems, "files of the archive")
        if written:
            self._report.did("tickets/archive/", f"{counted(written, 'ticket')} written")
        if known:
            self._report.kept("tickets/archive/", f"{counted(known, 'ticket')} there already")

    def _archived(self, files: Iterable[RawTicket], problems: list[str]) -> Iterator[tuple[str, bytes]]:
        """Key and file of each ticket; of one that was archived twice the last comes last."""
        for file in files:
            try:
                ticket = self._reader.read(file.row) if file.row is not None else None
            except RowError as problem:
                problems.append(f"{file.place}: {problem}; it is left out")
                continue
            if ticket is None or file.day is None:
                problems.append(f"{file.place}: {file.problem}; it is left out")
                continue
            noon = datetime.combine(file.day, time(12), UTC)
            stamps = {"archived_at": format_instant(noon), "archive_reason": REASON}
            yield ticket.key, encode_object({**merge(None, ticket, now=noon).to_dict(), **stamps})

    def _read(self, files: Iterable[RawTicket]) -> tuple[dict[str, Ticket], Counter[str]]:
        """By key, and how many are not to be shown for which reason."""
        tickets: dict[str, Ticket] = {}
        left_out: Counter[str] = Counter()
        problems = []
        for file in files:
            try:
                verdict = self._reader.judge(file.row) if file.row is not None else None
            except RowError as problem:
                problems.append(f"{file.place}: {problem}; it is left out")
                continue
            if verdict is None:
                problems.append(f"{file.place}: {file.problem}; it is left out")
            elif isinstance(verdict, Gone):
                left_out[verdict.reason] += 1
            else:
                ticket = merge(None, verdict, now=self._now)
                known = tickets.get(ticket.key)
                if known is not None:
                    problems.append(f"{file.place}: ticket {ticket.id} is there twice; the newer one counts")
                if known is None or _updated(known) < _updated(ticket):
                    tickets[ticket.key] = ticket
        self._report.found_all(problems, "files of tickets")
        return tickets, left_out


def _updated(ticket: Ticket) -> datetime:
    return ticket.updated_at or datetime.min.replace(tzinfo=UTC)


def _present(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()
