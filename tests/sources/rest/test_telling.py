"""What a source tells about items that are odd: each field once, however many tickets have it."""

from collections.abc import Iterator

import pytest

from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.source import RestSource
from tests.sources.rest_desk import Desk, serving, settings_of


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """A helpdesk with odd tickets."""
    with serving(Desk()) as served:
        served.create(created="soon", priority="P1", labels=None)
        served.create(created="later", priority="P1", labels=["wall"])
        served.create(created="never", labels=["other"])
        yield served


def source_of(desk: Desk, **changes: object) -> RestSource:
    limits = Timeouts(connect=1.0, read=1.0, total=8.0)
    return RestSource("desk", settings_of(desk, **changes), timeouts=limits, clock=desk.clock.monotonic)


def test_a_field_that_cannot_be_read_is_told_once_with_how_many_tickets_have_it(desk: Desk) -> None:
    source = source_of(desk)
    source.list_open(known={}, now=desk.clock.now)
    notes = [note for note in source.report().notes if note.startswith("fields.created_at: ")]
    assert notes == ["fields.created_at: 'soon' is no date of ISO 8601; say its format (3 tickets)"]


def test_a_value_that_nobody_has_mapped_is_told_once(desk: Desk) -> None:
    source = source_of(desk)
    source.list_open(known={}, now=desk.clock.now)
    assert source.report().unmapped == ("priority 'P1'",)


def test_a_filter_that_cannot_decide_loses_no_ticket_and_is_told(desk: Desk) -> None:
    base = settings_of(desk)
    tickets = base.tickets.model_copy(update={"keep": type(base.tickets.items)("contains(labels, 'wall')")})
    limits = Timeouts(connect=1.0, read=1.0, total=8.0)
    source = RestSource(
        "desk", base.model_copy(update={"tickets": tickets}), timeouts=limits, clock=desk.clock.monotonic
    )
    snapshot = source.list_open(known={}, now=desk.clock.now)
    assert [ticket.id for ticket in snapshot.tickets] == ["1", "2"]
    assert any("keep: In function contains()" in note for note in snapshot.notes)
