"""What becomes of a notification that was not accepted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskwatch.core.delivery import Failure, Notification, NotificationState
from deskwatch.core.people import Urgency
from deskwatch.core.retrying import LONGEST_REQUESTED, after_failure, keep_trying

NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=30)
REFUSED = Failure(kind="transient", words="connection refused")
BUSY = Failure(kind="transient", words="too many requests", code="20429", retry_after=1.0)


def sending(attempts: int = 1, urgency: Urgency = Urgency.URGENT) -> Notification:
    """A notification that was tried so often."""
    return Notification(
        id="1",
        code="A7K2",
        alerts=("k",),
        person="ana",
        channel="sms",
        address="+491",
        urgency=urgency,
        state=NotificationState.SENDING,
        created_at=NIGHT,
        attempts=attempts,
    )


def after(failure: Failure, attempts: int = 1, **more: Any) -> Notification:
    """The notification after a failure of its last try."""
    urgency = more.pop("urgency", Urgency.URGENT)
    return after_failure(sending(attempts, urgency), failure, now=NIGHT, settle=SETTLE, **more)


def wait_of(notification: Notification) -> float | None:
    """Seconds until the next try."""
    at = notification.not_before
    return None if at is None else (at - NIGHT).total_seconds()


def test_what_was_refused_is_tried_again_four_times_within_three_minutes_and_then_has_failed() -> None:
    tries = [after(REFUSED, attempts) for attempts in range(1, 6)]
    assert [wait_of(each) for each in tries] == [2, 8, 30, 120, None]
    assert [each.state for each in tries] == [NotificationState.PENDING] * 4 + [NotificationState.FAILED]
    assert tries[-1].error == "connection refused"
    assert tries[-1].finished_at == NIGHT


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 24), (0.5, 30), (1.0, 36), (7.0, 36)])
def test_jitter_moves_a_wait_by_a_fifth_at_most(jitter: float, seconds: float) -> None:
    assert wait_of(after(REFUSED, 3, jitter=jitter)) == pytest.approx(seconds)


def test_a_busy_provider_is_asked_again_when_it_said_and_not_earlier() -> None:
    assert wait_of(after(BUSY)) == 1
    patient = Failure(kind="transient", words="too many requests", code="429", retry_after=45)
    assert wait_of(after(patient)) == 45
    assert after(BUSY, 8).state is NotificationState.PENDING


@pytest.mark.parametrize("asked", [1e9, 86400.0])
def test_a_provider_that_asks_for_too_much_is_asked_again_nevertheless(asked: float) -> None:
    failure = Failure(kind="transient", words="later", retry_after=asked)
    assert wait_of(after(failure, urgency=Urgency.NORMAL)) == LONGEST_REQUESTED.total_seconds()
    alone = keep_trying(sending(), failure, now=NIGHT)
    assert wait_of(alone) == LONGEST_REQUESTED.total_seconds(), "urgent, and there is no other way"


def test_something_urgent_takes_another_way_rather_than_wait_for_minutes() -> None:
    later = Failure(kind="transient", words="the queue is full", code="21611", retry_after=121)
    assert after(later).state is NotificationState.FAILED
    assert after(later, urgency=Urgency.NORMAL).state is NotificationState.PENDING


def test_a_negative_wish_of_a_provider_is_no_wish() -> None:
    assert wait_of(after(Failure(kind="transient", words="x", retry_after=-5))) == 2


@pytest.mark.parametrize("kind", ["permanent", "broken"])
def test_what_will_never_work_has_failed_at_once(kind: Any) -> None:
    failed = after(Failure(kind=kind, words="invalid number", code="21211"))
    assert failed.state is NotificationState.FAILED
    assert failed.error_code == "21211"


def test_what_may_have_been_accepted_is_looked_up_after_the_settle_time() -> None:
    unknown = after(Failure(kind="unknown", words="read timeout"))
    assert unknown.state is NotificationState.UNKNOWN
    assert unknown.settle_at == NIGHT + SETTLE
    assert unknown.not_before is None


def test_mail_that_is_not_urgent_is_tried_for_a_day_as_mail_servers_do() -> None:
    waits = [after(REFUSED, n, medium="mail", urgency=Urgency.NORMAL).not_before for n in range(1, 30)]
    seconds = [(at - NIGHT).total_seconds() for at in waits if at is not None]
    assert seconds[:5] == [60, 300, 900, 3600, 3600]
    assert 20 * 3600 < sum(seconds) < 30 * 3600
    assert wait_of(after(REFUSED, 1, medium="mail")) == 2, "urgent mail does not wait"


def test_when_there_is_no_other_way_it_is_tried_on_slowly_for_a_day() -> None:
    tries = [keep_trying(sending(attempts), REFUSED, now=NIGHT) for attempts in range(5, 40)]
    waits = [wait for each in tries if (wait := wait_of(each)) is not None]
    assert waits[:5] == [60, 120, 300, 900, 3600]
    assert 20 * 3600 < sum(waits) < 30 * 3600
    assert tries[-1].state is NotificationState.FAILED


def test_what_is_hopeless_is_not_tried_on() -> None:
    hopeless = keep_trying(sending(5), Failure(kind="permanent", words="no such number"), now=NIGHT)
    assert hopeless.state is NotificationState.FAILED
