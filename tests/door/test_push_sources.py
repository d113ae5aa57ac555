"""Webhooks hasten every kind of source: Atera, and a helpdesk that is described in a file."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from deskwatch.clock import monotonic, utc_now
from deskwatch.core.ticket import Ticket
from deskwatch.demo import Helpdesk, create_helpdesk, serve
from deskwatch.demo.atera_switches import AteraSwitches
from tests.door.door_desk import SECRET
from tests.door.own_desk import OwnDesk
from tests.sources import rest_desk

PUSH = {"secret": "env:HOOK_SECRET", "proof": "path", "most_per_minute": 6000}
ENV = {
    "DESK_KEY": rest_desk.KEY,
    "DESK_SECRET": rest_desk.SECRET,
    "ATERA_API_KEY": "0123456789abcdef0123456789abcdef",
}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[OwnDesk, Helpdesk, rest_desk.Desk]]:
    """A watcher that polls every ten minutes, an Atera account, and a helpdesk in a file."""
    switches = AteraSwitches(api_key=ENV["ATERA_API_KEY"])
    atera = create_helpdesk(
        started_at=utc_now(),
        clock=utc_now,
        tickets=0,
        switches=switches,
        plan="atera",
        index_lag=timedelta(0),
    )
    atera.create_ticket("Phone is mute", created_at=utc_now() - timedelta(hours=3))
    other = rest_desk.Desk(clock=rest_desk.Clock(utc_now()))
    other.create("Mail is slow")
    with serve(atera) as server, rest_desk.serving(other):
        described = rest_desk.described(other) | {"push": {**PUSH, "id": "issue.id"}}
        sources = {"msp": {"kind": "atera", "base_url": server.url, "push": PUSH}}
        home = tmp_path_factory.mktemp("push")
        many = rest_desk.described(other) | {"push": {**PUSH, "items": "events"}}
        all_described = {"other": described, "many": many}
        with OwnDesk(home, sources=sources, described=all_described, env=ENV) as desk:
            wait_for(lambda: {t.source for t in tickets(desk)} >= {"msp", "other", "many"})
            yield desk, atera, other


def wait_for(truth: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is true, at most so long."""
    until = monotonic() + seconds
    while not truth():
        assert monotonic() < until, "it did not happen in time"
        threading.Event().wait(0.02)


def tickets(desk: OwnDesk) -> list[Ticket]:
    """What is in the folder."""
    return [t for name in desk.folder.scan() if isinstance(t := desk.folder.load(name), Ticket)]


def subjects(desk: OwnDesk) -> set[str]:
    """Of all tickets in the folder."""
    return {ticket.subject for ticket in tickets(desk)}


def test_a_change_in_atera_shows_at_once(world: tuple[OwnDesk, Helpdesk, rest_desk.Desk]) -> None:
    desk, atera, _ = world
    ticket = atera.open_tickets()[0]
    atera.edit(ticket.id, subject="Phone smokes")
    assert desk.post(f"/hooks/msp/{SECRET}", {"TicketID": ticket.id}, by=None).json()["ticket"] == str(
        ticket.id
    )
    wait_for(lambda: "Phone smokes" in subjects(desk))
    fresh = atera.create_ticket("Phone rings for ever")
    assert desk.post(f"/hooks/msp/{SECRET}", {"TicketID": fresh.id}, by=None).ok
    wait_for(lambda: "Phone rings for ever" in subjects(desk))


def test_a_webhook_of_atera_without_an_id_asks_for_changes(
    world: tuple[OwnDesk, Helpdesk, rest_desk.Desk],
) -> None:
    desk, atera, _ = world
    atera.create_ticket("Fax is back")
    assert desk.post(f"/hooks/msp/{SECRET}", {"event": "new"}, by=None).json()["ticket"] is None
    wait_for(lambda: "Fax is back" in subjects(desk))


def test_a_change_in_a_helpdesk_that_a_file_describes_shows_at_once(
    world: tuple[OwnDesk, Helpdesk, rest_desk.Desk],
) -> None:
    desk, _, other = world
    other.clock.now = utc_now()
    other.change("1", subject="Mail is gone")
    assert desk.post(f"/hooks/other/{SECRET}", {"issue": {"id": 1}}, by=None).json()["ticket"] == "1"
    wait_for(lambda: "Mail is gone" in subjects(desk))
    fresh = other.create("Mail is back twice")
    assert desk.post(f"/hooks/other/{SECRET}", {"issue": {"id": fresh}}, by=None).ok
    wait_for(lambda: "Mail is back twice" in subjects(desk))
    assert desk.post(f"/hooks/other/{SECRET}", {"issue": {"id": "../me"}}, by=None).json()["ticket"] is None


def test_one_post_shows_the_changes_of_several_tickets_at_once(
    world: tuple[OwnDesk, Helpdesk, rest_desk.Desk],
) -> None:
    desk, _, other = world
    other.clock.now = utc_now()
    ids = [other.create(f"Lamp {number} is dark") for number in (1, 2)]
    for id_ in ids:
        other.change(id_, subject=f"Lamp of {id_} is lit")
    said = {"id": "delivery-1", "events": [{"id": int(id_), "subject": "not believed"} for id_ in ids]}
    answer = desk.post(f"/hooks/many/{SECRET}", said, by=None).json()
    assert answer == {"accepted": True, "ticket": ids[0], "tickets": ids}
    lit = {f"many-{id_}": f"Lamp of {id_} is lit" for id_ in ids}
    wait_for(lambda: lit.items() <= {t.key: t.subject for t in tickets(desk)}.items())


def test_a_webhook_for_a_ticket_nobody_has_harms_nothing(
    world: tuple[OwnDesk, Helpdesk, rest_desk.Desk],
) -> None:
    desk, _, other = world
    before = {ticket.key for ticket in tickets(desk)}
    asked = len(other.requests)
    assert desk.post(f"/hooks/other/{SECRET}", {"issue": {"id": 999}}, by=None).ok
    wait_for(lambda: "GET /tickets/999" in other.requests[asked:])
    after = {ticket.key for ticket in tickets(desk)}
    assert before <= after  # an earlier post may still have brought some
    assert "other-999" not in after
    assert desk.watcher.errors == {}
