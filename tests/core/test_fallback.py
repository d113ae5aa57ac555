"""A message that did not arrive: the person's next channel, then somebody else, within the same minute."""

from collections.abc import Collection
from datetime import UTC, time
from typing import Any

from deskwatch.core.alerts import AlertKind, AlertState, Raised
from deskwatch.core.delivery import Decision, Failure, Notification, NotificationState, Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.people import Absence, Urgency, Way
from deskwatch.core.routing import Envelope, next_way
from tests.core.night_desk import (
    HOUR,
    MINUTE,
    TICKET,
    TUESDAY_NIGHT,
    Roster,
    alert,
    changed,
    desk,
    ladder,
    raised,
    step,
    take,
)

GONE = Failure(kind="permanent", words="invalid number", code="21211")


def sent(person: str = "ana", channel: str = "sms", **more: Any) -> Notification:
    """A notification about the alert of the night."""
    usual: dict[str, Any] = {"alerts": (alert().key,), "urgency": Urgency.URGENT, "rank": 3}
    return Notification(
        id="1",
        code="A7K2",
        person=person,
        channel=channel,
        address="+491",
        state=NotificationState.FAILED,
        created_at=TUESDAY_NIGHT,
        **{**usual, **more},
    )


def way(
    notification: Notification,
    *,
    on: Desk,
    tried: Collection[tuple[str, str]] = (),
    cause: Raised | None = None,
    failure: Failure = GONE,
) -> tuple[Envelope | None, Decision]:
    """The next way of a notification."""
    return next_way(
        notification,
        failure,
        raised=cause or raised(on=on),
        desk=on,
        ticket=TICKET,
        tried=tried,
        now=TUESDAY_NIGHT,
    )


def test_when_a_text_cannot_arrive_ana_is_called_at_once() -> None:
    envelope, decision = way(sent(), on=desk())
    assert envelope is not None
    assert (envelope.person, envelope.channel, envelope.not_before) == ("ana", "voice", None)
    assert envelope.rank == 3
    assert envelope.why == "told by voice because sms failed"
    assert decision.verdict is Verdict.SEND
    assert decision.reason == "sms to ana failed (invalid number): Ana is told by voice instead"


def test_after_all_her_channels_the_next_person_of_the_ladder_is_told() -> None:
    tried = [("ana", "sms"), ("ana", "voice"), ("ana", "mail")]
    envelope, decision = way(sent(channel="mail"), on=desk(), tried=tried)
    assert envelope is not None
    assert (envelope.person, envelope.channel) == ("ben", "sms")
    assert envelope.why == "next, since Ana could not be reached"
    assert decision.person == "ben"


def test_then_the_last_resort_whatever_its_owner_wishes_and_then_nobody() -> None:
    night = changed(desk(ladder(step("oncall")), schedule=Roster({"primary": ("ana",)}, ())), "mia")
    tried = [("ana", "sms"), ("ana", "voice"), ("ana", "mail")]
    envelope, _ = way(sent(), on=night, tried=tried)
    assert envelope is not None
    assert (envelope.person, envelope.why) == ("mia", "the last resort: Ana could not be reached")
    nobody, decision = way(sent("mia", "mail"), on=night, tried=[*tried, ("mia", "mail")])
    assert nobody is None
    assert decision.verdict is Verdict.GIVE_UP
    assert decision.reason == "mail to mia failed (invalid number), and there is no other way left"


def test_somebody_who_was_told_already_is_no_next_person() -> None:
    tried = [("ana", "sms"), ("ana", "voice"), ("ana", "mail"), ("ben", "sms")]
    envelope, _ = way(sent(), on=desk(), tried=tried)
    assert envelope is not None
    assert envelope.person == "mia"


def test_an_address_that_is_known_to_be_broken_is_not_tried() -> None:
    night = desk(broken={("ana", "voice"): "21610"}, broken_channels={"mail": "535"})
    envelope, _ = way(sent(), on=night)
    assert envelope is not None
    assert (envelope.person, envelope.channel) == ("ben", "sms")


def test_something_that_is_not_urgent_does_not_become_a_text_message() -> None:
    night = desk(ladder(step("oncall")))
    cause = raised(alert(urgency=Urgency.NORMAL), on=night)
    envelope, _ = way(sent(channel="mail", urgency=Urgency.NORMAL), on=night, cause=cause)
    assert envelope is not None
    assert (envelope.person, envelope.channel) == ("mia", "mail")


def test_a_copy_that_does_not_arrive_wakes_nobody() -> None:
    night = desk(ladder(step("oncall"), step("next", after=10), cc=("manager",)))
    mia = changed(night, "mia", addresses={"mail": "mia@example.com", "sms": "+493"}, urgent=(Way("sms"),))
    (copy,) = [each for each in take(raised(on=mia), on=mia).envelopes if each.copy]
    envelope, decision = way(sent("mia", "mail", rank=copy.rank), on=mia)
    assert envelope is None
    assert decision.verdict is Verdict.GIVE_UP


def test_the_news_that_it_is_over_goes_to_nobody_else_when_it_does_not_arrive() -> None:
    night = desk()
    over = Raised(alert=alert(AlertKind.RECOVERED), state=AlertState.RESOLVED, raised_at=TUESDAY_NIGHT)
    tried = [("ana", "sms"), ("ana", "voice"), ("ana", "mail")]
    envelope, _ = way(sent(channel="mail"), on=night, tried=tried, cause=over)
    assert envelope is None


def test_instead_of_a_next_person_who_is_away_the_stand_in_is_told() -> None:
    away = Absence(TUESDAY_NIGHT - HOUR, TUESDAY_NIGHT + HOUR, "mia")
    tried = [("ana", "sms"), ("ana", "voice"), ("ana", "mail")]
    envelope, _ = way(
        sent(), on=changed(desk(ladder(step("oncall", "next"))), "ben", absences=(away,)), tried=tried
    )
    assert envelope is not None
    assert (envelope.person, envelope.why) == ("mia", "next, since Ana could not be reached")


def test_the_next_person_is_told_by_the_way_that_comes_first() -> None:
    late_call = (Way("mail", 3 * MINUTE), Way("sms"))
    tried = [("ana", "sms"), ("ana", "voice"), ("ana", "mail")]
    envelope, _ = way(sent(), on=changed(desk(), "ben", urgent=late_call), tried=tried)
    assert envelope is not None
    assert (envelope.person, envelope.channel) == ("ben", "sms")


def test_the_quiet_hours_of_the_next_person_hold_for_what_is_not_urgent() -> None:
    quiet = BusinessCalendar("quiet", UTC, {1: (Span(time(0), time(7)),)})
    night = changed(desk(ladder(step("oncall", "next"))), "ben", quiet=quiet)
    cause = raised(alert(urgency=Urgency.NORMAL), on=night)
    envelope, _ = way(sent(channel="mail", urgency=Urgency.NORMAL, rank=103), on=night, cause=cause)
    assert envelope is not None
    assert (envelope.person, envelope.not_before) == ("ben", TUESDAY_NIGHT + 5 * HOUR)


def test_a_bundle_keeps_all_it_tells() -> None:
    envelope, _ = way(sent(alerts=("a", "b", "c")), on=desk())
    assert envelope is not None
    assert envelope.alerts == ("a", "b", "c")


def test_a_message_about_no_alert_tries_the_persons_own_ways_only() -> None:
    last = sent(alerts=(), channel="mail")
    tried = [("ana", "sms"), ("ana", "voice")]
    envelope, decision = next_way(
        last, GONE, raised=None, desk=desk(), ticket=None, tried=tried, now=TUESDAY_NIGHT
    )
    assert envelope is None
    assert decision.alert == "1"
