"""``state/oncall.json``: who is on call, who is next and who has taken what, for the wall. No addresses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.oncall import Schedule
from deskwatch.core.people import Contact
from deskwatch.core.ticket import format_instant
from deskwatch.core.windows import Window
from deskwatch.store.heartbeat import write_heartbeat


class Roster:
    """Writes the file when what it says has changed. Costs nothing while nobody comes or goes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: dict[str, Any] | None = None
        self._turns: dict[str, Any] = {}
        self._schedule: Schedule | None = None
        self._turns_until: datetime | None = None

    def write(
        self,
        alerts: Iterable[Raised],
        *,
        schedule: Schedule,
        people: Mapping[str, Contact],
        silences: Iterable[Window],
        told: Counter[str],
        now: datetime,
    ) -> bool:
        """Bring the file up to date; whether it was rewritten. ``told``: messages sent about each ticket.

        Raises:
            StoreError: the old file is still there; the next call tries again.
        """
        if schedule is not self._schedule or self._turns_until is None or now >= self._turns_until:
            self._turns = _turns(schedule, people, now)
            self._schedule = schedule
            self._turns_until = schedule.next_handoff(now) or datetime.max.replace(tzinfo=now.tzinfo)
        alerts = tuple(alerts)
        said = {
            "schema": 1,
            **self._turns,
            "tickets": dict(_tickets(alerts, tuple(silences), told, now)),
            "open": sum(raised.state is AlertState.OPEN for raised in alerts),
        }
        if said == self._written:
            return False
        write_heartbeat(self._path, {"at": format_instant(now), **said})
        self._written = said
        return True

    def names(self) -> list[str]:
        """Who is on call now, for the heartbeat."""
        return [str(turn["name"]) for turn in self._turns.get("on_call", ())]


def _turns(schedule: Schedule, people: Mapping[str, Contact], now: datetime) -> dict[str, Any]:
    def name(person: str) -> str:
        return people[person].name if person in people else person

    on_call, following = [], []
    for layer in schedule.layers:
        until = schedule.next_handoff(now, layer=layer)
        for person in schedule.on_call_at(now, layer=layer):
            turn: dict[str, Any] = {"layer": layer, "person": person, "name": name(person)}
            on_call.append(turn | {"until": until and format_instant(until)})
        for person, at in schedule.who_is_next(now, layer):
            turn = {"layer": layer, "person": person, "name": name(person)}
            following.append(turn | {"from": format_instant(at)})
    return {"on_call": on_call, "next": following}


def _tickets(
    alerts: Iterable[Raised], silences: tuple[Window, ...], told: Counter[str], now: datetime
) -> Iterator[tuple[str, dict[str, Any]]]:
    by_ticket: dict[str, list[Raised]] = {}
    for raised in alerts:
        if raised.alert.ticket is not None:
            by_ticket.setdefault(raised.alert.ticket, []).append(raised)
    silenced = {
        ticket: window for window in silences if window.start <= now < window.end for ticket in window.tickets
    }
    for key in sorted(by_ticket.keys() | silenced.keys()):
        entry: dict[str, Any] = {"told": told[key]}
        taken = [r for r in by_ticket.get(key, ()) if r.state is AlertState.ACKNOWLEDGED]
        taken.sort(key=lambda raised: raised.acknowledged_at or raised.raised_at)
        if taken:
            last = taken[-1]
            word: dict[str, Any] = {
                "acknowledged_by": last.acknowledged_by,
                "acknowledged_at": last.acknowledged_at and format_instant(last.acknowledged_at),
                "via": last.acknowledged_via,
            }
            entry |= word
            if last.lapses_at is not None:
                entry["lapses_at"] = format_instant(last.lapses_at)
        if key in silenced:
            entry["silenced_until"] = format_instant(silenced[key].end)
        if len(entry) > 1 or entry["told"]:
            yield key, entry
