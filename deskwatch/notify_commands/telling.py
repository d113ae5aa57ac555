"""``notifier.py explain`` and ``simulate``: why somebody was, is or would be told, in order of time."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deskwatch import cli
from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.envelope import Envelope
from deskwatch.core.standing import standing_of
from deskwatch.core.ticket import FIELD_NAMES, Ticket, TicketError
from deskwatch.errors import UsageError
from deskwatch.messages import medium_of
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.gone import Gone, find_gone
from deskwatch.notify_commands.message_log import fate
from deskwatch.notify_commands.timeline import Event, Timeline
from deskwatch.notify_commands.words import day_and_time, near, say, stamp
from deskwatch.one_ticket import NoSuchTicketError

AHEAD, AFTER_OPENING = timedelta(hours=24), timedelta(hours=1)
LARGEST = 1_000_000
"""Bytes of a ticket file that is simulated."""
SAMPLE_CODE = "K7Q2"
_MODES = {
    "log": "mode log: nobody is told, the log says who would have been",
    "redirect": "mode redirect: all of it goes to one address",
    "live": "mode live",
}


def explain(view: DeskView, wanted: str, *, at: datetime | None) -> int:
    """Print how a ticket stands, what was told about it, and what comes next. The exit code.

    Of one that left: how it was then, and what was told.
    """
    now = at or view.now
    try:
        ticket = view.ticket(wanted)
    except NoSuchTicketError:
        if (gone := find_gone(view, wanted)) is None:
            raise
        _explain_gone(view, gone, now)
        return cli.OK
    _head(view, ticket, now)
    _clocks(view, ticket, now)
    _record(view, ticket.key)
    say()
    say(f"If nobody reacts ({_MODES[view.config.alerts.mode]})")
    known = {} if at is not None else _known(view, ticket.key)
    _print_events(view, ticket, now, known=known, whole=False)
    return cli.OK


def _explain_gone(view: DeskView, gone: Gone, now: datetime) -> None:
    if gone.ticket is None:
        say(f"{gone.key}  {gone.words}")
    else:
        _head(view, gone.ticket, now, gone=gone.words)
        _clocks(view, gone.ticket, now)
    _record(view, gone.key)
    say()
    say("No new alert comes of it, unless it comes back")


def simulate(view: DeskView, file: Path, *, at: datetime, arrives: bool) -> int:
    """Print what would happen to the ticket of a file from that instant on. Nothing is sent or written.

    Raises:
        UsageError: the file holds no ticket.
    """
    ticket = read_ticket(file)
    if arrives:
        ticket = arriving(ticket, at)
    _head(view, ticket, at)
    _clocks(view, ticket, at)
    say()
    say(f"If nobody reacts ({_MODES[view.config.alerts.mode]}; now nothing is sent)")
    _print_events(view, ticket, at, known={}, whole=True)
    return cli.OK


def read_ticket(file: Path) -> Ticket:
    """The ticket of a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        data = file.read_bytes()[:LARGEST]
        return Ticket.from_dict(json.loads(data))
    except OSError as problem:
        raise UsageError(f"{file}: {problem.strerror}") from None
    except (TicketError, ValueError, RecursionError) as problem:
        raise UsageError(f"{file}: {problem}") from None


def arriving(ticket: Ticket, at: datetime) -> Ticket:
    """The same ticket, created at that instant: all its times are moved alike."""
    if ticket.created_at is None:
        return ticket.with_(created_at=at, first_seen_at=at)
    moved = at - ticket.created_at
    times: dict[str, Any] = {
        name: value + moved for name in FIELD_NAMES if isinstance(value := getattr(ticket, name), datetime)
    }
    return ticket.with_(**times)


def _head(view: DeskView, ticket: Ticket, now: datetime, *, gone: str = "") -> None:
    calendar = view.config.calendar_for(ticket)
    zone = view.config.zone
    number = ticket.number or ticket.id
    word = ticket.priority.value.upper() if ticket.priority else "no priority"
    say(f'{ticket.key}  #{number}  "{ticket.subject}"')
    if gone:
        say(gone)
    agent = ticket.agent.name if ticket.agent else "nobody"
    group = f", group {ticket.group.name}" if ticket.group else ""
    say(f"{word}, {ticket.status.name or ticket.phase}, assigned to {agent}{group}")
    if calendar.is_open(now):
        desk = "the desk is open"
    else:
        holiday, opening = calendar.holiday_at(now), calendar.next_opening(now)
        desk = f"the desk is closed{f' ({holiday})' if holiday else ''}"
        desk += f", opens {near(opening, now, zone)}" if opening else ""
    say(f"Looked at {day_and_time(now, zone)} ({zone}): {desk}.")


def _clocks(view: DeskView, ticket: Ticket, now: datetime) -> None:
    zone = view.config.zone
    standing = standing_of(ticket, view.config.sla, now=now)
    say()
    say("Clocks")
    for clock in standing.clocks:
        say(f"  {clock.state(now)}: {clock.explain(now, zone)}")
    for step in standing.escalations:
        say(f"  escalated {near(step.at, now, zone)} from {step.from_} to {step.to}: {step.reason}")
    if standing.explanation:
        say(f"  an explanation is due since {near(standing.explanation, now, zone)}")
    for window in view.desk.windows:
        if window.start <= now < window.end and (not window.tickets or ticket.key in window.tickets):
            say(f"  held until {near(window.end, now, zone)} by {window.id}: {window.reason}")


def _known(view: DeskView, key: str) -> dict[str, Raised]:
    raised = view.outbox.alerts_of_ticket(key) if view.outbox is not None else ()
    return {each.alert.key: each for each in raised}


def _record(view: DeskView, key: str) -> None:
    """What the database knows: alerts, decisions, messages and what became of them."""
    outbox, zone = view.outbox, view.config.zone
    say()
    known = _known(view, key)
    if outbox is None or not known:
        say("On record: nothing was raised about this ticket so far")
        return
    say("On record")
    decisions, sent = outbox.decisions_of(known), outbox.notifications_of(known)
    for raised in known.values():
        alert = raised.alert
        what = f"{alert.kind} ({alert.urgency}, rule {alert.rule})"
        say(f"  {stamp(raised.raised_at, zone)}  {what}: {_state(raised)}")
        mine = [
            *((each.at, f"{each.verdict}: {each.reason}") for each in decisions if each.alert == alert.key),
            *(
                (
                    each.sent_at or each.created_at,
                    f"[{each.code}] {each.channel} to {each.person}: {fate(each)}",
                )
                for each in sent
                if alert.key in each.alerts
            ),
        ]
        for moment, words in sorted(mine, key=lambda row: row[0]):  # as recorded within a second
            say(f"    {stamp(moment, zone)}  {words}")


def _state(raised: Raised) -> str:
    if raised.state is AlertState.ACKNOWLEDGED:
        return f"taken by {raised.acknowledged_by} ({raised.acknowledged_via})"
    return f"{raised.state}; {raised.why}" if raised.why else str(raised.state)


def _print_events(
    view: DeskView, ticket: Ticket, now: datetime, *, known: dict[str, Raised], whole: bool
) -> None:
    config, zone = view.config, view.config.zone
    calendar = config.calendar_for(ticket)
    line = Timeline(ticket, view.desk, config.sla, config.alert_rules, calendar, living=dict(known))
    opening = None if calendar.is_open(now) else calendar.next_opening(now)
    until = max(now + AHEAD, opening + AFTER_OPENING if opening else now)
    day = ""
    for event in sorted(line.events(now, until=until), key=lambda event: event.at):
        local = event.at.astimezone(zone)
        if day != (day := f"{local:%A, %Y-%m-%d}"):
            say(f"  {day}")
        lead = f"    {local:%H:%M:%S}  "
        for words in _words(view, event, whole):
            say(f"{lead}{words}")
            lead = " " * len(lead)
    if not day:
        say("  nothing: no rule of config/alerts.yaml wants to tell about it now")
        if ticket.created_at and now - ticket.created_at > config.alert_rules.fresh_for:
            say("  (it was created too long before to be news; simulate --arrives takes it as a new one)")


def _words(view: DeskView, event: Event, whole: bool) -> Iterator[str]:
    alert, desk = event.alert, view.desk
    if event.raised is not None:
        yield f"{alert.kind} ({alert.urgency}): {alert.reason}; escalation {desk.policy_of(alert).name}"
    elif event.decision is not None:
        yield f"  {alert.kind}: {event.decision.reason}"
    elif event.envelope is not None:
        contact = desk.contact(event.envelope.person)
        name = contact.name if contact else event.envelope.person
        copy = " (copy)" if event.envelope.copy else ""
        group = ", in one message with all that waited" if event.envelope.group else ""
        yield f"  -> {name} by {event.envelope.channel}{copy}: {event.envelope.why}{group}"
        for line in _text(view, event, event.envelope) if whole else ():
            yield f"     | {line}"


def _text(view: DeskView, event: Event, envelope: Envelope) -> list[str]:
    contact, traits = view.desk.contact(envelope.person), view.desk.channels.get(envelope.channel)
    if contact is None or traits is None:
        return []
    text = view.terms.messages.render(
        medium_of(traits.medium),
        [event.alert],
        recipient=contact,
        code=SAMPLE_CODE,
        now=event.written_at or event.at,
        step=envelope.step,
        lap=envelope.lap,
        why_me=envelope.why,
        base_url=view.config.alerts.texts.wall_url,
        copy=envelope.copy,
    )
    subject = [f"Subject: {text.subject}"] if traits.medium == "mail" else []
    return [*subject, *text.text.splitlines()]
