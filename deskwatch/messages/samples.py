"""Made-up alerts of every kind, harmless and hostile, to try templates on."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alerts import Alert
from deskwatch.core.instants import format_instant
from deskwatch.core.people import Contact, Urgency

SAMPLE_RECIPIENT = Contact(id="ana", name="Ana", agents=frozenset({"ana"}))
HOSTILE = (
    "{{ 7 * 7 }}{% raw %} <script>alert(1)</script> \r\nBcc: mia@example.com \x00\x1b[31m \u202etxt.exe "
    "Z\u0335\u0321\u0322\u031b\u0330a\u0301\u0301\u0301\u0301\u0301\u0301l \ud800 "
    "https://evil.example/[A7K2] %s %n ' \" ` \\ "
)
DESK_KINDS = frozenset(
    {
        AlertKind.WATCHER_SILENT, AlertKind.SOURCE_FAILING, AlertKind.NOBODY_ON_CALL,
        AlertKind.CHANNEL_BROKEN, AlertKind.BACKLOG, AlertKind.SHIFT_STARTS, AlertKind.DIGEST,
        AlertKind.RECOVERED, AlertKind.ANSWER,
    }
)  # fmt: skip


def sample(
    kind: AlertKind, *, now: datetime, number: int = 123, facts: Mapping[str, Any] = MappingProxyType({})
) -> Alert:
    """An alert of that kind with ordinary facts, some of them changed."""
    about_desk = kind in DESK_KINDS
    usual = _desk_facts(now) if about_desk else _ticket_facts(now, number)
    return Alert(
        key=f"{'desk' if about_desk else f'demo-{number}'}|{kind}|{format_instant(now)}",
        kind=kind,
        rule="sample",
        ticket=None if about_desk else f"demo-{number}",
        occurred_at=now,
        urgency=Urgency.URGENT,
        reason="a sample",
        facts={**usual, **facts},
    )


def samples(kind: AlertKind, *, now: datetime) -> Iterator[Alert]:
    """An ordinary alert of that kind, one that knows nothing, and a hostile one."""
    ordinary = sample(kind, now=now)
    nothing: Mapping[str, Any] = dict.fromkeys(ordinary.facts)
    texts = {
        name for name, value in ordinary.facts.items() if isinstance(value, str) and not name.endswith("_at")
    }
    yield ordinary
    yield sample(kind, now=now, facts=nothing)
    yield sample(kind, now=now, facts=dict.fromkeys(texts - {"since", "until"}, HOSTILE * 4))


def closing_samples(*, now: datetime) -> Iterator[Alert]:
    """Digests of closing time: an ordinary one, one with nothing to tell, and a hostile one."""
    opening = format_instant(now + timedelta(hours=9))
    turn = {"person": "ana", "layer": None, "since": None, "until": format_instant(now + timedelta(hours=4))}
    next_turn = {"person": "ben", "layer": "primary", "since": turn["until"], "until": None}
    late = [{**_ticket_facts(now, number), "detail": "resolution was due"} for number in (98, 99)]
    usual = {"next_opening": opening, "turns": [turn, next_turn], "late": late}
    yield sample(AlertKind.DIGEST, now=now, facts=usual)
    yield sample(
        AlertKind.DIGEST, now=now, facts={"next_opening": opening, "count": 0, "figures": {}, "tickets": []}
    )
    bad = [{**entry, "subject": HOSTILE * 4, "detail": HOSTILE} for entry in late]
    names = [{**turn, "person": HOSTILE, "layer": HOSTILE}]
    yield sample(
        AlertKind.DIGEST,
        now=now,
        facts={**usual, "title": HOSTILE, "late": bad, "tickets": bad, "turns": names},
    )


def _ticket_facts(now: datetime, number: int) -> dict[str, Any]:
    return {
        "ticket": f"demo-{number}",
        "number": str(number),
        "subject": "Mail is down",
        "url": f"https://helpdesk.example.com/a/tickets/{number}",
        "priority": "urgent",
        "priority_word": "Urgent",
        "status": "Open",
        "type": "Incident",
        "category": "E-mail",
        "group": "Service Desk",
        "agent": "ana",
        "requester": "mia",
        "client": "Sales",
        "source": "demo",
        "created_at": format_instant(now - timedelta(hours=1)),
        "due_at": format_instant(now - timedelta(minutes=12)),
        "target": "first_response",
        "lead": "60m",
        "holiday": "Christmas Day",
        "next_opening": format_instant(now + timedelta(hours=9)),
        "previous_agent": "ben",
        "previous_priority": "high",
        "escalated_from": "high",
        "escalated_to": "urgent",
    }


def _desk_facts(now: datetime) -> dict[str, Any]:
    return {
        "detail": "This is a sample.",
        "since": format_instant(now - timedelta(minutes=25)),
        "until": format_instant(now + timedelta(hours=8)),
        "error": "connection refused",
        "source": "demo",
        "channel": "sms",
        "person": "ana",
        "layer": "primary",
        "people": ["ana", "ben"],
        "recovered": "watcher_silent",
        "count": 3,
        "tickets": [_ticket_facts(now, number) for number in (101, 102, 103)],
        "title": "Good morning",
        "figures": {"open": 41, "overdue": 3},
        "outcome": "yours",
        "example": "K7Q2",
    }
