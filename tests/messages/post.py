"""A desk that writes messages: shipped templates, the admin's own, three people, one instant."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alerts import Alert
from deskwatch.core.people import Contact
from deskwatch.messages import Medium, Messages, Text
from deskwatch.messages.samples import sample

SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "messages"
NIGHT = datetime(2026, 12, 25, 1, 22, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ANA = Contact(id="ana", name="Ana", agents=frozenset({"ana"}))
BEN = Contact(id="ben", name="Ben", agents=frozenset({"ben"}))
CODE = "K7Q2"


def alert(kind: AlertKind = AlertKind.SLA_BREACH, number: int = 123, **facts: Any) -> Alert:
    """An alert of that kind with some facts changed."""
    return sample(kind, now=NIGHT, number=number, facts=facts)


class Post:
    """Templates in a folder of the test, and what they make of alerts."""

    def __init__(self, home: Path, **allow: set[str]) -> None:
        self.own = home / "config" / "templates"
        self.own.mkdir(parents=True)
        self.messages = Messages((self.own, SHIPPED), BERLIN, allow)  # type: ignore[arg-type]

    def template(self, name: str, text: str) -> None:
        """The admin saves a template."""
        (self.own / name).write_text(text, "utf-8")

    def write(self, medium: Medium, *alerts: Alert, **how: Any) -> Text:
        """What Ana gets, on call."""
        how = {"recipient": ANA, "code": CODE, "now": NIGHT, "why_me": "on call", **how}
        return self.messages.render(medium, alerts or [alert()], **how)
