"""The plan of who is on call as a list: one duty for each stretch of one person in one layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.oncall import Schedule


@dataclass(frozen=True, slots=True, order=True)
class Duty:
    """A time in which a person is on call in a layer without a break, half-open."""

    start: datetime
    end: datetime
    layer: str
    person: str


def duties(schedule: Schedule, start: datetime, end: datetime) -> tuple[Duty, ...]:
    """Every duty from ``start`` until ``end``, cut there, in order."""
    return tuple(sorted(_duties(schedule, start, end)))


def _duties(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Duty]:
    since = {
        (id_, person): start for id_ in schedule.layers for person in schedule.on_call_at(start, layer=id_)
    }
    for handoff in schedule.handoffs(start, end):
        for person in handoff.leaving:
            began = since.pop((handoff.layer, person))
            yield Duty(began, handoff.at, handoff.layer, person)
        for person in handoff.arriving:
            since[handoff.layer, person] = handoff.at
    for (layer, person), began in since.items():
        if began < end:
            yield Duty(began, end, layer, person)
