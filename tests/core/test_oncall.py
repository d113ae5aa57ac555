"""Who is on call: layers, overrides, temporary plans, absences, handoffs and gaps."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.oncall import (
    Every,
    Gap,
    Handoff,
    IntendedGap,
    Layer,
    Override,
    Rotation,
    Schedule,
    Shift,
    Source,
    TemporarySchedule,
    While,
)
from deskwatch.core.people import Absence

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def shift(people: str, start: str, end: str) -> Shift:
    return Shift(local(start), local(end), tuple(people.split()))


WEEKLY = Rotation(
    people=("ana", "ben"), every=Every.WEEK, weekday=0, handoff=time(9), start=date(2026, 3, 2), zone=BERLIN
)
DESK = BusinessCalendar("desk", BERLIN, dict.fromkeys(range(5), (Span(time(8), time(17)),)))


def primary(*sources: Source, needed: While | None = None) -> dict[str, Layer]:
    return {"primary": Layer(id="primary", sources=sources, needed=needed)}


TWO_LAYERS = Schedule(
    layers={
        "primary": Layer(id="primary", sources=(WEEKLY,)),
        "secondary": Layer(id="secondary", sources=(shift("mia ana", "2026-03-01", "2026-04-01"),)),
    }
)
NOON = local("2026-03-03 12:00")


def test_everybody_whose_shifts_overlap_is_on_call() -> None:
    schedule = Schedule(
        layers=primary(shift("ana", "2026-03-01", "2026-03-10"), shift("ben mia", "2026-03-05", "2026-03-06"))
    )
    assert schedule.on_call_at(local("2026-03-04")) == ("ana",)
    assert schedule.on_call_at(local("2026-03-05")) == ("ana", "ben", "mia")
    assert schedule.on_call_at(local("2026-03-06")) == ("ana",)
    assert schedule.on_call_at(local("2026-03-10")) == ()


def test_layers_are_told_in_their_order_and_nobody_twice() -> None:
    assert TWO_LAYERS.on_call_at(NOON) == ("ana", "mia")
    assert TWO_LAYERS.on_call_at(NOON, layer="secondary") == ("mia", "ana")
    assert TWO_LAYERS.on_call_at(NOON, layer="tertiary") == ()


def test_nobody_is_on_call_without_a_schedule() -> None:
    empty = Schedule()
    assert empty.on_call_at(NOON) == ()
    assert empty.next_handoff(NOON) is None
    assert empty.who_is_next(NOON) == ()
    assert empty.gaps(NOON, NOON + DAY) == ()


@pytest.mark.parametrize(
    ("override", "first", "second"),
    [
        ({"kind": "replace", "people": ("ben",)}, ("ben",), ("mia", "ana")),
        ({"kind": "replace", "people": ("ben",), "instead_of": ("ana",)}, ("ben",), ("mia", "ben")),
        (
            {"kind": "replace", "people": ("ben",), "instead_of": ("ana",), "layer": "primary"},
            ("ben",),
            ("mia", "ana"),
        ),
        ({"kind": "replace", "people": ("mia",), "instead_of": ("ben",)}, ("ana",), ("mia", "ana")),
        ({"kind": "replace", "people": ("ben",), "layer": "secondary"}, ("ana",), ("ben",)),
        ({"kind": "add", "people": ("ben",)}, ("ana", "ben"), ("mia", "ana")),
        ({"kind": "add", "people": ("ben",), "layer": "secondary"}, ("ana",), ("mia", "ana", "ben")),
        ({"kind": "remove", "people": ("ana",)}, (), ("mia",)),
        ({"kind": "remove", "people": ("ana",), "layer": "secondary"}, ("ana",), ("mia",)),
    ],
)
def test_an_override_changes_who_is_on_call_for_its_time(
    override: dict[str, object], first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    changed = Override(start=NOON, end=NOON + HOUR, **override)  # type: ignore[arg-type]
    schedule = Schedule(layers=TWO_LAYERS.layers, overrides=(changed,))
    for at in (NOON - HOUR, NOON + HOUR):
        assert schedule.on_call_at(at, layer="primary") == ("ana",)
        assert schedule.on_call_at(at, layer="secondary") == ("mia", "ana")
    assert schedule.on_call_at(NOON, layer="primary") == first
    assert schedule.on_call_at(NOON, layer="secondary") == second


def test_overrides_apply_in_the_order_of_the_file() -> None:
    overrides = (
        Override(start=NOON, end=NOON + HOUR, kind="replace", people=("ben",), instead_of=("ana",)),
        Override(start=NOON, end=NOON + HOUR, kind="replace", people=("mia",), instead_of=("ben",)),
    )
    assert Schedule(layers=primary(WEEKLY), overrides=overrides).on_call_at(NOON) == ("mia",)
    assert Schedule(layers=primary(WEEKLY), overrides=overrides[::-1]).on_call_at(NOON) == ("ben",)


def test_of_two_temporary_plans_the_last_one_holds() -> None:
    start, end = local("2026-03-03"), local("2026-03-05")
    christmas = TemporarySchedule(start=start, end=end, layers={"primary": (Shift(start, end, ("mia",)),)})
    sick = TemporarySchedule(start=start, end=end, layers={"primary": (Shift(start, end, ("ben",)),)})
    schedule = Schedule(layers=TWO_LAYERS.layers, temporary=(christmas, sick))
    assert schedule.on_call_at(start, layer="primary") == ("ben",)


def test_a_temporary_plan_holds_instead_of_the_layers_it_names() -> None:
    holidays = TemporarySchedule(
        start=local("2026-03-03"),
        end=local("2026-03-05"),
        layers={"primary": (shift("mia", "2026-03-03", "2026-03-04"),)},
    )
    schedule = Schedule(layers=TWO_LAYERS.layers, temporary=(holidays,))
    assert schedule.on_call_at(local("2026-03-02 23:59"), layer="primary") == ("ana",)
    assert schedule.on_call_at(local("2026-03-03 00:00"), layer="primary") == ("mia",)
    assert schedule.on_call_at(local("2026-03-04 00:00"), layer="primary") == ()
    assert schedule.on_call_at(local("2026-03-04 00:00"), layer="secondary") == ("mia", "ana")
    assert schedule.on_call_at(local("2026-03-05 00:00"), layer="primary") == ("ana",)


def test_the_stand_in_of_somebody_absent_is_on_call() -> None:
    schedule = Schedule(
        layers=primary(WEEKLY),
        absences={
            "ana": (Absence(NOON, NOON + 4 * HOUR, "ben"),),
            "ben": (Absence(NOON + HOUR, NOON + 3 * HOUR, "mia"),),
            "mia": (Absence(NOON + 2 * HOUR, NOON + 3 * HOUR, "ana"),),
        },
    )
    assert schedule.on_call_at(NOON) == ("ben",)
    assert schedule.on_call_at(NOON + HOUR) == ("mia",)
    assert schedule.on_call_at(NOON + 2 * HOUR) == (), "they stand in for each other, and all are away"
    assert schedule.on_call_at(NOON + 4 * HOUR) == ("ana",)


def test_somebody_absent_without_stand_in_is_skipped_also_when_an_override_names_them() -> None:
    schedule = Schedule(
        layers=primary(WEEKLY),
        overrides=(Override(start=NOON, end=NOON + HOUR, kind="add", people=("mia",)),),
        absences={"mia": (Absence(NOON, NOON + HOUR),)},
    )
    assert schedule.on_call_at(NOON) == ("ana",)


def test_a_schedule_takes_in_shifts_and_absences_from_calendars_elsewhere() -> None:
    schedule = Schedule(layers={"primary": Layer(id="primary", feeds=("team",))})
    assert schedule.on_call_at(NOON) == ()
    fed = schedule.with_(
        fed={"team": (Shift(NOON, NOON + 2 * HOUR, ("ana", "ben")),)},
        absences={"ana": (Absence(NOON, NOON + HOUR),)},
    )
    assert fed.on_call_at(NOON) == ("ben",)
    assert fed.on_call_at(NOON + HOUR) == ("ana", "ben")
    assert fed.next_handoff(NOON) == NOON + HOUR


def test_the_next_handoff_is_when_other_people_come() -> None:
    assert TWO_LAYERS.next_handoff(NOON, layer="primary") == local("2026-03-09 09:00")
    assert TWO_LAYERS.next_handoff(NOON) == local("2026-03-09 09:00")
    assert TWO_LAYERS.next_handoff(local("2026-03-28 12:00")) == local("2026-03-30 09:00")


def test_layers_that_exchange_their_people_hand_over() -> None:
    turns = replace(WEEKLY, people=("ben", "ana"))
    schedule = Schedule(layers={**primary(WEEKLY), "secondary": Layer(id="secondary", sources=(turns,))})
    assert schedule.next_handoff(NOON) == local("2026-03-09 09:00")
    assert schedule.who_is_next(NOON, "primary") == (("ben", local("2026-03-09 09:00")),)
    assert schedule.who_is_next(NOON) == ()


def test_a_change_that_changes_nobody_is_no_handoff() -> None:
    schedule = Schedule(
        layers=primary(WEEKLY),
        overrides=(Override(start=NOON, end=local("2026-03-16 09:00"), kind="replace", people=("ana",)),),
    )
    assert schedule.next_handoff(NOON - DAY / 2) == local("2026-03-23 09:00")


def test_who_is_next_skips_changes_that_bring_nobody_new() -> None:
    schedule = Schedule(
        layers=primary(
            shift("ana", "2026-03-03", "2026-03-04"),
            shift("ana", "2026-03-06", "2026-03-07"),
            shift("ben ana mia", "2026-03-08", "2026-03-09"),
        )
    )
    coming = local("2026-03-08")
    assert schedule.who_is_next(NOON, "primary") == (("ben", coming), ("mia", coming))
    assert schedule.who_is_next(local("2026-03-08 12:00"), "primary") == ()


def test_handoffs_say_who_comes_and_who_goes_in_each_layer() -> None:
    assert TWO_LAYERS.handoffs(local("2026-03-08"), local("2026-03-09 09:00")) == (
        Handoff(local("2026-03-09 09:00"), "primary", ("ben",), ("ana",)),
    )
    assert TWO_LAYERS.handoffs(local("2026-03-09 09:00"), local("2026-03-16 08:59")) == ()


def test_a_gap_is_named_with_its_layer() -> None:
    schedule = Schedule(
        layers={
            **primary(shift("ana", "2026-03-01", "2026-03-05"), shift("ben", "2026-03-06", "2026-03-09")),
            "secondary": Layer(id="secondary"),
        }
    )
    start, end = local("2026-03-02"), local("2026-03-10")
    assert schedule.gaps(start, end) == (
        Gap(start, end, "secondary"),
        Gap(local("2026-03-05"), local("2026-03-06"), "primary"),
        Gap(local("2026-03-09"), end, "primary"),
    )


def test_a_layer_whose_calendar_was_not_asked_yet_has_no_gap() -> None:
    schedule = Schedule(layers={"primary": Layer(id="primary", feeds=("team",))})
    assert schedule.gaps(NOON, NOON + DAY) == ()
    assert not schedule.is_missed(NOON)
    assert schedule.with_(fed={"team": ()}).is_missed(NOON)
    assert schedule.with_(fed={"team": ()}).gaps(NOON, NOON + DAY) == (Gap(NOON, NOON + DAY, "primary"),)


def test_a_gap_that_is_meant_is_none() -> None:
    schedule = Schedule(
        layers=primary(shift("ana", "2026-03-02", "2026-03-04")),
        intended=(IntendedGap(local("2026-03-04"), local("2026-03-05"), "primary", "outing"),),
    )
    assert schedule.gaps(local("2026-03-03"), local("2026-03-06")) == (
        Gap(local("2026-03-05"), local("2026-03-06"), "primary"),
    )


def test_a_layer_that_is_needed_after_hours_has_no_gap_while_the_desk_is_open() -> None:
    closed = While(DESK, is_open=False)
    by_night = Rotation(
        people=("ana",), every=Every.DAY, handoff=time(0), start=date(2026, 3, 2), zone=BERLIN, hours=closed
    )
    start, end = local("2026-03-02"), local("2026-03-09")
    assert Schedule(layers=primary(by_night, needed=closed)).gaps(start, end) == ()
    gaps = Schedule(layers=primary(by_night)).gaps(start, end)
    assert [(gap.start, gap.end - gap.start) for gap in gaps] == [
        (local(f"2026-03-0{day} 08:00"), 9 * HOUR) for day in range(2, 7)
    ]


# --- laws

START = datetime(2026, 3, 28, tzinfo=UTC)  # Berlin's clocks go forward in the second night
QUARTER = timedelta(minutes=15)
WINDOW = 3 * DAY
PEOPLE = ("ana", "ben", "mia")

quarters = st.integers(0, WINDOW // QUARTER).map(lambda n: START + n * QUARTER)
some_people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True).map(tuple)
times = st.tuples(quarters, quarters).filter(lambda pair: pair[0] < pair[1])
shifts = st.builds(lambda pair, people: Shift(*pair, people), times, some_people)
rotations = st.builds(
    Rotation,
    people=some_people,
    every=st.sampled_from([Every.HOUR, Every.DAY]),
    count=st.integers(1, 9),
    handoff=st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
    start=st.dates(date(2026, 3, 26), date(2026, 3, 30)),
    zone=st.just(BERLIN),
    hours=st.none() | st.builds(While, st.just(DESK), st.booleans()),
)
sources = st.lists(shifts | rotations, max_size=3).map(tuple)
layer_ids = st.sampled_from(["primary", "secondary"])
overrides = st.builds(
    lambda pair, kind, people, other, layer: Override(
        start=pair[0], end=pair[1], kind=kind, people=people, layer=layer,
        instead_of=other if kind == "replace" else (),
    ),
    times, st.sampled_from(["replace", "add", "remove"]), some_people, st.just(()) | some_people,
    st.none() | layer_ids,
)  # fmt: skip
temporary = st.builds(
    lambda pair, layers: TemporarySchedule(start=pair[0], end=pair[1], layers=layers),
    times,
    st.dictionaries(layer_ids, sources, min_size=1),
)
absences = st.builds(lambda pair, who: Absence(*pair, who), times, st.none() | st.sampled_from(PEOPLE))

intended_gaps = st.builds(lambda pair, layer: IntendedGap(*pair, layer), times, st.none() | layer_ids)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    layers = {
        id_: Layer(id=id_, sources=draw(sources), needed=draw(st.none() | st.just(While(DESK))))
        for id_ in ("primary", "secondary")
    }
    return Schedule(
        layers=layers,
        overrides=tuple(draw(st.lists(overrides, max_size=2))),
        temporary=tuple(draw(st.lists(temporary, max_size=1))),
        absences=draw(st.dictionaries(st.sampled_from(PEOPLE), absences.map(lambda one: (one,)), max_size=2)),
        intended=tuple(draw(st.lists(intended_gaps, max_size=1))),
    )


MINUTES = [START + n * QUARTER for n in range(WINDOW // QUARTER)]


def hands_over(schedule: Schedule, layer: str | None, before: datetime, at: datetime) -> bool:
    layers = schedule.layers if layer is None else (layer,)
    return any(
        set(schedule.on_call_at(before, layer=id_)) != set(schedule.on_call_at(at, layer=id_))
        for id_ in layers
    )


@settings(max_examples=60)
@given(schedule=schedules(), at=st.sampled_from(MINUTES), layer=st.none() | layer_ids)
def test_handoffs_and_who_is_next_agree_with_looking_at_every_quarter(
    schedule: Schedule, at: datetime, layer: str | None
) -> None:
    now = schedule.on_call_at(at, layer=layer)
    later = [(then, schedule.on_call_at(then, layer=layer)) for then in MINUTES if then > at]
    change = next((then for then in MINUTES if then > at and hands_over(schedule, layer, at, then)), None)
    coming = next(((then, people) for then, people in later if set(people) - set(now)), None)
    end = MINUTES[-1]
    found = schedule.next_handoff(at, layer=layer)
    assert found == change or (change is None and found is not None and found > end)
    after = schedule.who_is_next(at, layer)
    if coming is not None:
        assert after == tuple((person, coming[0]) for person in coming[1] if person not in now)
    else:
        assert all(then > end for _, then in after)


@settings(max_examples=60)
@given(schedule=schedules())
def test_gaps_and_handoffs_agree_with_looking_at_every_quarter(schedule: Schedule) -> None:
    gaps = schedule.gaps(START, START + WINDOW)
    handoffs = {(handoff.at, handoff.layer) for handoff in schedule.handoffs(START, MINUTES[-1])}
    for layer in schedule.layers.values():
        for at in MINUTES:
            meant = any(
                gap.start <= at < gap.end for gap in schedule.intended if gap.layer in (None, layer.id)
            )
            missed = not meant and (layer.needed is None or DESK.is_open(at))
            missed = missed and not schedule.on_call_at(at, layer=layer.id)
            assert missed == any(gap.start <= at < gap.end for gap in gaps if gap.layer == layer.id)
            assert schedule.is_missed(at, layer=layer.id) == missed
        for before, at in pairwise(MINUTES):
            who = [set(schedule.on_call_at(then, layer=layer.id)) for then in (before, at)]
            assert (who[0] != who[1]) == ((at, layer.id) in handoffs)
