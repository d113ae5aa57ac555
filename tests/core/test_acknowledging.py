"""Who has taken an alert: by working on the ticket, by a reply, and until when that counts."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from deskwatch.core.acknowledging import (
    Ack,
    Acknowledgement,
    Start,
    Stop,
    acknowledged,
    acknowledgement,
    lapse,
    parse_reply,
)
from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.ticket import Person, Phase, Status
from tests.core.night_desk import HOUR, MINUTE, TICKET, TUESDAY_NIGHT, alert, desk, raised

BEN = Person(id="20", name="Ben Berg")
LATER = TUESDAY_NIGHT + HOUR


def taken(now: datetime = LATER, **changes: Any) -> Acknowledgement | None:
    """What a change of the ticket means for an alert raised at TUESDAY_NIGHT."""
    return acknowledgement(raised(on=desk()), TICKET.with_(**changes), now=now)


# --- working on the ticket ---------------------------------------------------------------------------


def test_a_ticket_that_nobody_touched_is_not_taken() -> None:
    assert taken() is None
    assert taken(assigned_since=TUESDAY_NIGHT - MINUTE, status_since=TUESDAY_NIGHT - MINUTE) is None


def test_who_gets_the_ticket_assigned_after_the_alert_has_taken_it() -> None:
    at = TUESDAY_NIGHT + 5 * MINUTE
    assert taken(agent=BEN, assigned_since=at) == Acknowledgement(
        "Ben Berg", "assigned", at, "taken by Ben Berg"
    )


def test_a_ticket_that_lost_its_agent_is_not_taken() -> None:
    assert taken(agent=None, assigned_since=TUESDAY_NIGHT + 5 * MINUTE) is None


def test_an_agent_who_answered_the_customer_has_taken_it() -> None:
    at = TUESDAY_NIGHT + 5 * MINUTE
    sign = taken(agent_responded_at=at)
    assert sign is not None
    assert (sign.by, sign.via, sign.at) == ("Ana Alvarez", "replied", at)


def test_an_answer_counts_from_the_cause_on_although_the_alert_was_raised_later() -> None:
    """The helpdesk's clock stamps the answer; the notifier saw the ticket only a minute later."""
    late = Raised(alert=alert(), state=AlertState.OPEN, raised_at=TUESDAY_NIGHT + 2 * MINUTE)
    ticket = TICKET.with_(agent_responded_at=TUESDAY_NIGHT + MINUTE)
    assert acknowledgement(late, ticket, now=LATER) is not None


def test_an_answer_given_before_the_cause_says_nothing() -> None:
    assert taken(agent_responded_at=TUESDAY_NIGHT - MINUTE, first_responded_at=TUESDAY_NIGHT) is None


@pytest.mark.parametrize(
    ("phase", "by_work"),
    [
        (Phase.PENDING, True),
        (Phase.WAITING_ON_CUSTOMER, True),
        (Phase.ON_HOLD, True),
        (Phase.RESOLVED, True),
        (Phase.OPEN, False),
        (Phase.CUSTOMER_REPLIED, False),
    ],
)
def test_only_a_status_that_people_set_shows_work(phase: Phase, by_work: bool) -> None:
    sign = taken(phase=phase, status_since=TUESDAY_NIGHT + MINUTE, status=Status(id="3", name="Parked"))
    assert (sign is not None) is by_work
    if sign is not None:
        assert sign.words == "Ana Alvarez set it to Parked"


def test_of_several_signs_the_earliest_counts() -> None:
    sign = taken(
        agent=BEN,
        assigned_since=TUESDAY_NIGHT + 9 * MINUTE,
        agent_responded_at=TUESDAY_NIGHT + 4 * MINUTE,
        phase=Phase.PENDING,
        status_since=TUESDAY_NIGHT + 6 * MINUTE,
    )
    assert sign is not None
    assert sign.via == "replied"


def test_what_an_admin_does_not_count_does_not_count() -> None:
    ticket = TICKET.with_(assigned_since=TUESDAY_NIGHT + MINUTE)
    assert acknowledgement(raised(on=desk()), ticket, now=LATER, events=frozenset({"replied"})) is None


def test_what_lies_in_the_future_has_not_happened() -> None:
    assert taken(now=TUESDAY_NIGHT + MINUTE, assigned_since=TUESDAY_NIGHT + HOUR) is None


# --- until it lapses ---------------------------------------------------------------------------------


def test_an_acknowledgement_stops_the_steps_and_lapses_when_the_ticket_is_still_late() -> None:
    sign = Acknowledgement("Ana", "sms", TUESDAY_NIGHT + MINUTE, "Ana answered ack")
    stopped = acknowledged(raised(on=desk()), sign, lapses_after=4 * HOUR)
    assert stopped.state is AlertState.ACKNOWLEDGED
    assert stopped.next_step_at is None
    assert stopped.lapses_at == TUESDAY_NIGHT + MINUTE + 4 * HOUR
    assert lapse(stopped, still_late=True, now=TUESDAY_NIGHT + 4 * HOUR) is None
    at = TUESDAY_NIGHT + 5 * HOUR
    again = lapse(stopped, still_late=True, now=at)
    assert again is not None
    assert (again.state, again.step, again.lap, again.next_step_at) == (AlertState.OPEN, 0, 1, at)
    assert again.why == "taken by Ana, but still late when that lapsed"


def test_an_acknowledgement_of_a_ticket_that_is_not_late_stays() -> None:
    sign = Acknowledgement("Ana", "sms", TUESDAY_NIGHT, "x")
    stopped = acknowledged(raised(on=desk()), sign, lapses_after=HOUR)
    kept = lapse(stopped, still_late=False, now=TUESDAY_NIGHT + 2 * HOUR)
    assert kept is not None
    assert kept.state is AlertState.ACKNOWLEDGED
    assert kept.lapses_at is None


def test_an_acknowledgement_may_never_lapse() -> None:
    sign = Acknowledgement("Ana", "sms", TUESDAY_NIGHT, "x")
    stopped = acknowledged(raised(on=desk()), sign, lapses_after=None)
    assert lapse(stopped, still_late=True, now=TUESDAY_NIGHT + timedelta(days=400)) is None


# --- replies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ack a7k2", Ack(("A7K2",))),
        ("A7K2", Ack(("A7K2",))),
        ("  [A7K2]  ", Ack(("A7K2",))),
        ("Ok a7k2.", Ack(("A7K2",))),
        ("ack A7K2, B3C4", Ack(("A7K2", "B3C4"))),
        ("a7k2 a7k2", Ack(("A7K2",))),
        ("ＡＣＫ ａ７ｋ２", Ack(("A7K2",))),
        ("ack all", Ack(all=True)),
        ("ACK ALL!", Ack(all=True)),
        ("ack all b3", Ack(all=True)),
        ("ok but not all of them", None),
        ("ok, are all down?", None),
        ("ok a7k2 can't, ask ben", None),
        ("a7k2 not mine", None),
        ("ack a7k2 on my way", Ack(("A7K2",))),
        ("ack", Ack()),
        ("OK", Ack()),
        ("yes", Start()),
        ("yes a7k2", Ack(("A7K2",))),
        ("👍 ok", Ack()),
        ("stop", Stop()),
        ("STOP.", Stop()),
        ("unsubscribe", Stop()),
        ("START", Start()),
        ("unstop", Start()),
        ("start the server please", None),
        ("stop the server please", None),
        ("all", None),
        ("who is this", None),
        ("on my way", None),
        ("help", None),
        ("1234", None),
        ("ok will look", None),
        ("please have a look at it", None),
        ("", None),
        ("?!", None),
        ("ack " * 500, None),
    ],
)
def test_a_reply_is_understood_or_left_alone(text: str, meant: Ack | Stop | Start | None) -> None:
    assert parse_reply(text) == meant


def test_the_first_code_of_a_reply_is_its_code() -> None:
    assert Ack(("A7K2", "B3C4")).code == "A7K2"
    assert Ack().code is None
