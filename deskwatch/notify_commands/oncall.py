"""``notifier.py oncall``: the plan of the next weeks in the terminal, or as a calendar to import."""

from collections.abc import Iterator
from datetime import timedelta

import click

from deskwatch.clock import utc_now
from deskwatch.config import Home
from deskwatch.core.duties import Duty, duties
from deskwatch.errors import UsageError
from deskwatch.ics.duties import duty_calendar
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import day_and_time, say
from deskwatch.settings import nearest_words


@click.command("oncall")
@click.option("--person", help="Only this person of people.yaml.")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How far ahead.")
@click.option("--ics", is_flag=True, help="As a calendar file (iCalendar), to import elsewhere.")
@click.pass_obj
def oncall_command(home: Home, person: str | None, days: int, ics: bool) -> None:
    """Print who is on call from now on."""
    view = DeskView.of(home, now=utc_now())
    planned = plan(view, person, timedelta(days=days))
    if ics:
        click.echo(calendar(view, person, planned), nl=False)
        return
    for line in lines(view, person, planned, timedelta(days=days)):
        say(line)


def plan(view: DeskView, person: str | None, ahead: timedelta) -> tuple[Duty, ...]:
    """The duties from now on, of one person or of all.

    Raises:
        UsageError: nobody has that id.
    """
    if person is not None and person not in view.config.people:
        raise UsageError(f"{person} is not in config/people.yaml{nearest_words(person, view.config.people)}")
    found = duties(view.schedule, view.now, view.now + ahead)
    return tuple(duty for duty in found if person in (None, duty.person))


def lines(view: DeskView, person: str | None, planned: tuple[Duty, ...], ahead: timedelta) -> Iterator[str]:
    """A line for each duty, then one for each gap."""
    zone = view.config.oncall_zone
    if not planned:
        yield f"{person or 'Nobody'} is {'not ' if person else ''}on call in the next {ahead.days} days."
    for duty in planned:
        times = f"{day_and_time(duty.start, zone)} - {day_and_time(duty.end, zone)}"
        yield f"{times}  {duty.layer}: {view.config.people[duty.person].name}"
    for gap in view.schedule.gaps(view.now, view.now + ahead) if person is None else ():
        yield f"{day_and_time(gap.start, zone)} - {day_and_time(gap.end, zone)}  {gap.layer}: nobody"


def calendar(view: DeskView, person: str | None, planned: tuple[Duty, ...]) -> str:
    """The duties as a calendar file."""
    names = {id_: contact.name for id_, contact in view.config.people.items()}
    title = f"On call: {names[person]}" if person else "On call"
    return duty_calendar(planned, names, title=title, since=view.now, now=view.now).decode()
