"""Whatever the desk looks like: the ladder ends, nobody is told twice, and every silence has its reason."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.delivery import Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.escalation_policy import EscalationPolicy
from deskwatch.core.hours import WHOLE_DAY, BusinessCalendar
from deskwatch.core.people import Absence, Contact, Urgency, Way
from deskwatch.core.routing import StepTaken, first_step, take_step
from deskwatch.core.windows import Window
from tests.core.night_desk import (
    CHANNELS,
    HOUR,
    MINUTE,
    TICKET,
    TUESDAY_NIGHT,
    Roster,
    alert,
    desk,
    ladder,
    step,
)

PEOPLE = ("ana", "ben", "mia")
TARGETS = (
    "oncall",
    "oncall.secondary",
    "next",
    "assignee",
    "group",
    "manager",
    "admin",
    *PEOPLE,
    "channel:room",
    "zoe",
)
ways = st.lists(
    st.builds(Way, st.sampled_from((*CHANNELS, "pigeon")), st.sampled_from((timedelta(0), 3 * MINUTE))),
    max_size=3,
    unique_by=lambda way: way.channel,
).map(tuple)
somebody = st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple)


def away(stand_in: str | None) -> Absence:
    """Away tonight."""
    return Absence(TUESDAY_NIGHT - HOUR, TUESDAY_NIGHT + HOUR, stand_in)


@st.composite
def people(draw: st.DrawFn, id_: str) -> Contact:
    """Somebody with some addresses and some wishes."""
    addresses = draw(st.sets(st.sampled_from(("sms", "voice", "mail"))))
    return Contact(
        id=id_,
        name=id_.capitalize(),
        addresses={name: f"{id_} by {name}" for name in sorted(addresses)},
        agents=draw(st.sampled_from((frozenset(), frozenset({"19"})))),
        urgent=draw(ways),
        normal=draw(ways),
        quiet=draw(
            st.sampled_from((None, BusinessCalendar("quiet", UTC, {1: WHOLE_DAY}), BusinessCalendar.always()))
        ),
        mute_until=draw(st.sampled_from((None, TUESDAY_NIGHT + HOUR))),
        unwanted=draw(st.sampled_from((frozenset(), frozenset({"after_hours"})))),
        absences=draw(st.sampled_from(((), (away(None),), (away("ana"),), (away("ben"),)))),
    )


@st.composite
def policies(draw: st.DrawFn) -> EscalationPolicy:
    """A ladder of any kind."""
    targets = st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3).map(tuple)
    steps = [
        step(
            *draw(targets),
            after=draw(st.sampled_from((0, 10))),
            otherwise=draw(st.sampled_from(((), ("manager",)))),
            channels=draw(st.sampled_from(((), ("sms",), ("sms", "voice")))),
        )
        for _ in range(draw(st.integers(min_value=1, max_value=4)))
    ]
    return ladder(*steps, repeat=draw(st.integers(0, 5)), cc=draw(st.sampled_from(((), ("manager",)))))


@st.composite
def desks(draw: st.DrawFn) -> Desk:
    """A desk in any state."""
    kinds = sorted(draw(st.sets(st.sampled_from(sorted(CHANNELS)))))
    window = Window(id="w", start=TUESDAY_NIGHT, end=TUESDAY_NIGHT + HOUR)
    return desk(
        draw(policies()),
        after_hours=draw(st.sampled_from(("page", "hold", "drop"))),
        people={id_: draw(people(id_)) for id_ in draw(st.lists(st.sampled_from(PEOPLE), unique=True))},
        schedule=Roster({"primary": draw(somebody), "secondary": draw(somebody)}, draw(somebody)),
        managers=draw(somebody),
        admins=draw(somebody),
        last_resort=draw(st.sampled_from((None, *PEOPLE))),
        channels={name: CHANNELS[name] for name in kinds},
        broken=draw(st.sampled_from(({}, {("ana", "sms"): "21211"}))),
        broken_channels=draw(st.sampled_from(({}, {"mail": "535"}))),
        windows=draw(st.sampled_from(((), (window,)))),
    )


def climb(desk: Desk, urgency: Urgency) -> list[StepTaken]:
    """Every step of an alert that nobody acknowledges."""
    taken = [first_step(alert(urgency=urgency), desk=desk, ticket=TICKET, now=TUESDAY_NIGHT)]
    while (at := taken[-1].raised.next_step_at) is not None:
        assert len(taken) < 60, "the ladder does not end"
        taken.append(take_step(taken[-1].raised, desk=desk, ticket=TICKET, now=at))
    return taken


@given(night=desks(), urgency=st.sampled_from(Urgency))
def test_every_ladder_ends_and_everybody_is_told_by_each_channel_once_a_step(
    night: Desk, urgency: Urgency
) -> None:
    for taken in climb(night, urgency):
        pairs = [(each.person, each.channel) for each in taken.envelopes]
        assert len(pairs) == len(set(pairs))
        for each in taken.envelopes:
            assert each.channel in night.channels
            assert (each.person, each.channel) not in night.broken
            assert each.channel not in night.broken_channels


@given(night=desks(), urgency=st.sampled_from(Urgency))
def test_every_envelope_and_every_silence_has_a_reason(night: Desk, urgency: Urgency) -> None:
    steps = climb(night, urgency)
    for taken in steps[1:]:
        said: Any = {
            (d.person, d.channel) for d in taken.decisions if d.verdict in (Verdict.SEND, Verdict.WAIT)
        }
        assert {(each.person, each.channel) for each in taken.envelopes} <= said
        assert taken.decisions, "a step without a word"
    if not any(taken.envelopes for taken in steps):
        silent = [each for taken in steps for each in taken.decisions if each.verdict is not Verdict.SEND]
        assert silent


@given(night=desks())
def test_something_urgent_always_reaches_somebody_when_an_admin_has_an_address(night: Desk) -> None:
    mia = Contact(id="mia", name="Mia", addresses={"chat": "mia"}, urgent=(Way("chat"),))
    night = replace(
        night,
        people={**night.people, "mia": mia},
        admins=("mia",),
        channels={**night.channels, "chat": CHANNELS["mail"]},
    )
    assert any(taken.envelopes for taken in climb(night, Urgency.URGENT))


@given(night=desks())
def test_a_ladder_begins_with_the_first_step_that_reaches_anybody_by_itself(night: Desk) -> None:
    night = replace(night, windows=())
    whole = told_by(night, night.escalations["night"])
    alone = replace(night, admins=(), last_resort=None)
    for one in night.escalations["night"].steps:
        policy = replace(night.escalations["night"], steps=(one,), last_resort=None)
        if by_this_step := told_by(alone, policy):
            assert whole == by_this_step
            return


def told_by(desk: Desk, policy: EscalationPolicy) -> set[tuple[str, str, str]]:
    """Whom the first step of something urgent reaches, by which channels, and why."""
    desk = replace(desk, escalations={"night": policy})
    raised = first_step(alert(), desk=desk, ticket=TICKET, now=TUESDAY_NIGHT).raised
    taken = take_step(raised, desk=desk, ticket=TICKET, now=TUESDAY_NIGHT)
    return {(each.person, each.channel, each.why) for each in taken.envelopes}
