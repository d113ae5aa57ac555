"""A message that did not arrive: the person's next channel, then somebody else, within the same minute."""

from collections.abc import Collection
from typing import Any

from deskwatch.core.alerts import Raised
from deskwatch.core.delivery import Decision, Failure, Notification, NotificationState, Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.people import Urgency
from deskwatch.core.routing import Envelope, next_way
from tests.core.night_desk import TICKET, TUESDAY_NIGHT, Roster, alert, changed, desk, ladder, raised, step

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
