"""The plan as a list of duties."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings

from deskwatch.core.duties import Duty, duties
from deskwatch.core.oncall import Every, Layer, Rotation, Schedule, Shift
from tests.core.test_oncall import MINUTES, START, WINDOW, schedules

BERLIN = ZoneInfo("Europe/Berlin")
TURNS = Rotation(people=("ana", "ben"), every=Every.DAY, handoff=time(9), start=date(2026, 3, 1), zone=BERLIN)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def test_every_stretch_of_a_person_is_one_duty_cut_at_both_ends() -> None:
    start, end = local("2026-03-02 12:00"), local("2026-03-04 12:00")
    all_day = Shift(start - timedelta(days=1), end + timedelta(days=1), ("mia",))
    schedule = Schedule(
        layers={
            "primary": Layer(id="primary", sources=(TURNS,)),
            "secondary": Layer(id="secondary", sources=(all_day,)),
        }
    )
    assert duties(schedule, start, end) == (
        Duty(start, local("2026-03-03 09:00"), "primary", "ben"),
        Duty(start, end, "secondary", "mia"),
        Duty(local("2026-03-03 09:00"), local("2026-03-04 09:00"), "primary", "ana"),
        Duty(local("2026-03-04 09:00"), end, "primary", "ben"),
    )


@settings(max_examples=40)
@given(schedule=schedules())
def test_the_list_says_what_the_schedule_says_at_every_instant(schedule: Schedule) -> None:
    listed = duties(schedule, START, START + WINDOW)
    for at in MINUTES:
        for layer in schedule.layers:
            on = {duty.person for duty in listed if duty.layer == layer and duty.start <= at < duty.end}
            assert on == set(schedule.on_call_at(at, layer=layer))
    assert all(duty.start < duty.end for duty in listed)


def test_without_a_schedule_there_are_no_duties() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert duties(Schedule(), now, now + timedelta(days=30)) == ()
