"""Storms: the first message at once, the rest together, nothing lost, urgent first, and never too much."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.delivery import Notification, NotificationState, Verdict
from deskwatch.core.limits import PACES, Limits, MonthlyCap
from deskwatch.core.people import Urgency
from deskwatch.core.sending import ALONE, Sends, Sent, Unit, plan_sends

NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LIMITS = Limits(paces={"sms": PACES["sms"], "voice": PACES["voice"], "mail": PACES["email"]})
PEOPLE = ("ana", "ben", "mia")


def waiting(
    id_: str,
    person: str = "ana",
    channel: str = "sms",
    *,
    at: datetime = NIGHT,
    urgency: Urgency = Urgency.URGENT,
    **more: Any,
) -> Notification:
    """A notification that waits to be sent, made at ``at``."""
    return Notification(
        id=id_,
        code="A1B2",
        alerts=(f"demo-{id_}|created|x",),
        person=person,
        channel=channel,
        address="+491",
        urgency=urgency,
        state=NotificationState.PENDING,
        created_at=at,
        **more,
    )


def plan(
    notifications: Iterable[Notification], sent: Iterable[Sent] = (), *, now: datetime = NIGHT, **more: Any
) -> Sends:
    """What goes now, by the usual limits unless told other ones."""
    return plan_sends([*notifications], [*sent], more.pop("limits", LIMITS), now=now, **more)


def ids(units: Iterable[Unit]) -> list[list[str]]:
    """The ids of each message."""
    return [[each.id for each in unit] for unit in units]


@dataclass
class Night:
    """Plays a night: whatever is due is told at once, and each message is remembered."""

    limits: Limits = LIMITS
    messages: list[tuple[datetime, Unit]] = field(default_factory=list)

    @property
    def sent(self) -> list[Sent]:
        return [Sent(at, unit[0].person, unit[0].channel, unit[0].urgency) for at, unit in self.messages]

    def play(self, coming: list[Notification]) -> None:
        """Until nothing waits any more."""
        coming = sorted(coming, key=lambda each: each.created_at)
        pending: list[Notification] = []
        now = coming[0].created_at if coming else NIGHT
        for _ in range(20_000):
            while coming and coming[0].created_at <= now:
                pending.append(coming.pop(0))
            sends = plan_sends(pending, self.sent, self.limits, now=now)
            self.messages += [(now, unit) for unit in sends.now]
            told = {each.id for unit in sends.now for each in unit}
            pending = [each for each in pending if each.id not in told]
            moments = [each.created_at for each in coming[:1]] + ([sends.next_at] if sends.next_at else [])
            if not moments:
                assert not pending, "something waits, and nobody says until when"
                return
            assert min(moments) > now, "time goes on"
            now = min(moments)
        raise AssertionError("the night does not end")

    def to(self, person: str, channel: str = "sms", *, urgency: Urgency | None = None) -> list[datetime]:
        """When a person had a message by a channel; ``urgency``: only such messages."""
        return [
            at
            for at, unit in self.messages
            if (unit[0].person, unit[0].channel) == (person, channel) and urgency in (None, unit[0].urgency)
        ]


def most(times: list[datetime], window: timedelta) -> int:
    """The largest number of messages in any window."""
    return max((sum(start <= at < start + window for at in times) for start in times), default=0)


# --- one evening -------------------------------------------------------------------------------------


def test_a_single_alert_goes_at_once_and_alone() -> None:
    sends = plan([waiting("1")])
    assert ids(sends.now) == [["1"]]
    assert sends.next_at is None


def test_the_first_of_a_storm_goes_at_once_and_the_rest_together_two_minutes_later() -> None:
    storm = [waiting(str(n)) for n in range(8)]
    first = plan(storm)
    assert ids(first.now) == [["0"]]
    assert first.next_at == NIGHT + 2 * MINUTE
    later = plan(storm[1:], [Sent(NIGHT, "ana", "sms")], now=NIGHT + 2 * MINUTE)
    assert ids(later.now) == [["1", "2", "3", "4", "5", "6", "7"]]
    assert later.next_at is None


def test_what_comes_long_after_a_message_is_news_again() -> None:
    at = NIGHT + 20 * MINUTE
    sends = plan([waiting("1", at=at), waiting("2", at=at)], [Sent(NIGHT, "ana", "sms")], now=at)
    assert ids(sends.now) == [["1"]]


def test_the_urgent_one_is_the_first_of_a_storm() -> None:
    storm = [waiting("low", urgency=Urgency.NORMAL), waiting("late", rank=14), waiting("worst", rank=0)]
    assert ids(plan(storm).now) == [["worst"]]


def test_a_bundle_tells_the_urgent_ones_first() -> None:
    storm = [waiting("low", urgency=Urgency.NORMAL), waiting("late", rank=14), waiting("worst", rank=0)]
    sends = plan(storm, [Sent(NIGHT - MINUTE, "ana", "sms")], now=NIGHT + MINUTE)
    assert ids(sends.now) == [["worst", "late", "low"]]


def test_a_group_is_always_told_in_one_message() -> None:
    opening = [waiting(str(n), channel="mail", group="held:08:00", rank=100 - n) for n in range(30)]
    sends = plan([*opening, waiting("other", channel="mail")])
    assert sorted(map(len, sends.now)) == [1, 30]


def test_people_and_channels_do_not_wait_for_each_other() -> None:
    sends = plan([waiting(f"{p}-{c}", p, c) for p in PEOPLE for c in ("sms", "voice", "mail")])
    assert len(sends.now) == 9


def test_what_was_tried_before_goes_first_and_stays_alone() -> None:
    storm = [waiting("new"), waiting("again", attempts=1, rank=99)]
    sends = plan(storm, [Sent(NIGHT - HOUR, "ana", "sms")])
    assert ids(sends.now) == [["again"]]


def test_what_was_tried_before_and_is_not_urgent_lets_the_urgent_one_go_first() -> None:
    both = [waiting("again", attempts=1, urgency=Urgency.NORMAL), waiting("fire")]
    assert ids(plan(both, [Sent(NIGHT - HOUR, "ana", "sms")]).now) == [["fire"]]


def test_a_busy_day_of_mails_does_not_keep_back_an_urgent_one() -> None:
    """Whoever has no phone gets the missed deadline by the same mail as everything else."""
    day = [Sent(NIGHT - n * MINUTE, "ana", "mail", Urgency.NORMAL) for n in range(20)]
    both = [waiting("chat", channel="mail", urgency=Urgency.NORMAL), waiting("fire", channel="mail")]
    sends = plan(both, day)
    assert ids(sends.now) == [["fire"]]
    assert sends.next_at is not None
    assert sends.next_at > NIGHT
    assert [each.alert for each in sends.decisions] == ["demo-chat|created|x"]


def test_urgent_ones_still_wait_for_each_other() -> None:
    texts = [Sent(NIGHT, "ana", "sms", Urgency.NORMAL), Sent(NIGHT + MINUTE, "ana", "sms", Urgency.URGENT)]
    sends = plan([waiting("1"), waiting("2")], texts, now=NIGHT + 2 * MINUTE)
    assert ids(sends.now) == []
    assert sends.next_at == NIGHT + 3 * MINUTE


def test_what_is_for_later_waits_and_says_until_when() -> None:
    sends = plan([waiting("1", not_before=NIGHT + 3 * MINUTE)])
    assert sends.now == ()
    assert sends.next_at == NIGHT + 3 * MINUTE
    assert sends.decisions == ()


def test_twenty_mails_an_hour_are_sent_alone_and_more_are_told_together() -> None:
    few = plan([waiting(str(n), channel="mail") for n in range(5)])
    assert len(few.now) == 5
    night = Night()
    night.play([waiting(str(n), channel="mail") for n in range(300)])
    assert most(night.to("ana", "mail"), HOUR) <= 20
    assert sum(len(unit) for _, unit in night.messages) == 300
    assert len(night.messages) <= 12


def test_a_channel_without_limits_tells_each_by_itself() -> None:
    sends = plan([waiting(str(n), channel="file") for n in range(100)])
    assert len(sends.now) == 100


def test_a_clock_that_was_put_back_blocks_nobody() -> None:
    sends = plan([waiting("1")], [Sent(NIGHT + 2 * HOUR, "ana", "sms")])
    assert ids(sends.now) == [["1"]]


def test_waiting_is_explained_once() -> None:
    storm = [waiting(str(n)) for n in range(3)]
    first = plan(storm)
    assert [(each.alert, each.verdict) for each in first.decisions] == [
        ("demo-1|created|x", Verdict.WAIT),
        ("demo-2|created|x", Verdict.WAIT),
    ]
    assert first.decisions[0].until == NIGHT + 2 * MINUTE
    again = plan(storm[1:], [Sent(NIGHT, "ana", "sms")], now=NIGHT + MINUTE, said={"1", "2"})
    assert again.decisions == ()


def test_a_bundle_says_so_for_each_alert() -> None:
    storm = [waiting(str(n)) for n in range(3)]
    sends = plan(storm, [Sent(NIGHT - MINUTE, "ana", "sms")], now=NIGHT + MINUTE)
    assert [each.reason for each in sends.decisions] == ["told to ana by sms in one message with 2 more"] * 3


# --- money -------------------------------------------------------------------------------------------


def test_when_the_month_is_used_up_only_urgent_alerts_go_and_the_rest_is_turned_away() -> None:
    limits = Limits(paces=LIMITS.paces, caps={"sms": MonthlyCap(100)})
    storm = [waiting("urgent"), waiting("normal", "ben", urgency=Urgency.NORMAL)]
    enough = plan(storm, limits=limits, used={"sms": 99})
    assert enough.turned_away == ()
    sends = plan(storm, limits=limits, used={"sms": 100})
    assert ids(sends.now) == [["urgent"]]
    assert [each.id for each in sends.turned_away] == ["normal"]
    assert [each.reason for each in sends.decisions] == [
        "sms has no segments left this month, only urgent alerts go"
    ]


# --- laws --------------------------------------------------------------------------------------------

notifications = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(("sms", "voice", "mail", "file")),
        st.integers(min_value=0, max_value=4 * 3600),
        st.sampled_from(Urgency),
        st.integers(min_value=0, max_value=40),
        st.sampled_from((None, None, "opening", "quiet")),
    ),
    min_size=1,
    max_size=120,
)


@settings(max_examples=60)
@given(rows=notifications)
def test_nothing_is_lost_nothing_is_told_twice_and_no_ladder_is_exceeded(rows: list[tuple[Any, ...]]) -> None:
    coming = [
        waiting(str(n), person, channel, at=NIGHT + second * SECOND, urgency=urgency, rank=rank, group=group)
        for n, (person, channel, second, urgency, rank, group) in enumerate(rows)
    ]
    night = Night()
    night.play(coming)
    told = Counter(each.id for _, unit in night.messages for each in unit)
    assert told == Counter(each.id for each in coming)
    for person in PEOPLE:
        for channel, pace in LIMITS.paces.items():
            for count, window in pace.ladder.rungs:
                for urgency in Urgency:
                    assert most(night.to(person, channel, urgency=urgency), window) <= count
    for _, unit in night.messages:
        assert len({(each.person, each.channel) for each in unit}) == 1


@settings(max_examples=30)
@given(rows=notifications)
def test_who_had_nothing_lately_is_told_the_most_important_at_once(rows: list[tuple[Any, ...]]) -> None:
    coming = [
        waiting(str(n), person, urgency=urgency, rank=rank)
        for n, (person, _, _, urgency, rank, _) in enumerate(rows)
    ]
    sends = plan(coming)
    for person in {each.person for each in coming}:
        mine = [each for each in coming if each.person == person]
        (unit,) = [unit for unit in sends.now if unit[0].person == person]
        assert (unit[0].urgency, unit[0].rank) == min(
            ((each.urgency, each.rank) for each in mine),
            key=lambda pair: (pair[0] is not Urgency.URGENT, pair[1]),
        )


@settings(max_examples=60)
@given(
    before=st.lists(st.integers(min_value=0, max_value=4 * 3600), max_size=30),
    channel=st.sampled_from(("sms", "voice", "mail", "file")),
    others=st.integers(min_value=0, max_value=30),
)
def test_something_urgent_never_waits_for_what_is_not(before: list[int], channel: str, others: int) -> None:
    sent = [Sent(NIGHT - second * SECOND, "ana", channel, Urgency.NORMAL) for second in before]
    normal = [waiting(str(n), channel=channel, urgency=Urgency.NORMAL) for n in range(others)]
    sends = plan([*normal, waiting("fire", channel=channel)], sent)
    assert "fire" in [unit[0].id for unit in sends.now], "and it is what the message begins with"


def test_a_thousand_tickets_in_a_minute_keep_everybody_informed_and_sane() -> None:
    """1,000 tickets in 60 s after hours, three people on call, every tenth ticket urgent."""
    coming = [
        waiting(
            f"{n}-{person}",
            person,
            at=NIGHT + n * 60 // 1000 * SECOND,
            urgency=Urgency.URGENT if n % 10 == 0 else Urgency.NORMAL,
            rank=0 if n % 10 == 0 else 100,
        )
        for n in range(1000)
        for person in PEOPLE
    ]
    night = Night()
    night.play(coming)
    for person in PEOPLE:
        times = night.to(person)
        assert times[0] - NIGHT <= 30 * SECOND
        assert most(times, 15 * MINUTE) <= 5
        assert most(times, HOUR) <= 11
        assert most(times, 3 * HOUR) <= 21
        assert times[-1] - NIGHT <= 5 * MINUTE, "one bundle tells the rest"
    told = Counter(each.id for _, unit in night.messages for each in unit)
    assert told == Counter(each.id for each in coming)
    for _, unit in night.messages:
        urgencies = [each.urgency is not Urgency.URGENT for each in unit]
        assert urgencies == sorted(urgencies), "nothing urgent hides behind something that is not"


def test_a_storm_of_six_hours_never_goes_silent_and_never_exceeds_the_ladder() -> None:
    coming = [waiting(str(n), at=NIGHT + n * 20 * SECOND) for n in range(1080)]
    night = Night()
    night.play(coming)
    times = night.to("ana")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert most(times, 3 * HOUR) <= 21
    assert max(gaps) <= HOUR
    assert sum(len(unit) for _, unit in night.messages) == 1080


def test_a_thousand_that_wait_are_planned_in_milliseconds() -> None:
    storm = [waiting(str(n), PEOPLE[n % 3]) for n in range(1000)]
    sent = [Sent(NIGHT - n * MINUTE, PEOPLE[n % 3], "sms") for n in range(60)]
    began = time.perf_counter()
    plan(storm, sent)
    assert time.perf_counter() - began < 0.5, "this takes about 10 ms"


def test_the_answer_to_an_answer_is_never_told_together_with_news() -> None:
    one = waiting("answer", urgency=Urgency.NORMAL, group=f"{ALONE}1")
    two, three = (waiting(id_, urgency=Urgency.NORMAL, rank=9) for id_ in ("a", "b"))
    page = Sent(NIGHT - 61 * SECOND, "ana", "sms")
    assert ids(plan([one, two, three], [page]).now) == [["answer"]], "it has nothing to collect"
    assert plan([one], [Sent(NIGHT - 10 * SECOND, "ana", "sms")]).next_at == NIGHT + 50 * SECOND
    told = plan([two, three, one.with_(rank=10)], [Sent(NIGHT - 2 * MINUTE, "ana", "sms")])
    assert ids(told.now) == [["a", "b"]]
    assert told.next_at == NIGHT + MINUTE
    assert ids(plan([one, waiting("page")], [page]).now) == [["answer"]], "the page collects until then"
    assert ids(plan([one, waiting("page")]).now) == [["page"]], "a page goes first, and alone"
