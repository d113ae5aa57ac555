"""Writes one text: finds its templates, fits it into its medium, and never comes back without one."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from deskwatch.core.alerts import Alert, AlertKind
from deskwatch.core.gsm7 import ONE_SEGMENT, fit, septets, transliterate
from deskwatch.core.legible import legible
from deskwatch.core.people import Urgency
from deskwatch.messages import builtin
from deskwatch.messages.letter import Letter, Values
from deskwatch.messages.sandbox import FAILURES, Sandbox
from deskwatch.messages.text import Text
from deskwatch.messages.words import FILTERS

LONGEST: Mapping[str, int] = {"mail.txt": 100_000, "mail.html": 100_000}
LONGEST_OTHER = 10_000
LONGEST_LINE = 200
MOST_LISTED = 24
"""Ticket numbers that could ever fit into one SMS."""
MOST_ITEMS = 100
"""Alerts that a bundle spells out; the others are counted."""
SHORTEST_SUBJECT = 10
"""Septets: less of a subject tells nothing."""


class Shelves:
    """The template folders. ``sandboxes[n]`` sees the folders from ``n`` on, for when a template fails."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.sandboxes = [Sandbox(folders[n:], FILTERS) for n in range(len(folders))]

    def show(self, path: Path) -> str:
        """A template's path as people know it: ``config/templates/alert.short.txt``."""
        return "/".join(path.parts[-3:])


class Writing:
    """One letter on its way to a text."""

    def __init__(self, letter: Letter, shelves: Shelves) -> None:
        self._letter, self._shelves = letter, shelves
        self.problems: list[str] = []

    def text(self) -> Text:
        """The finished text."""
        letter = self._letter
        names, values = self._plan()
        mail = letter.medium == "mail"
        body = {"short": self._short, "mail": self._mail}.get(letter.medium, self._line_or_lines)
        subject = self._write(names, "subject.txt" if mail else "title.txt", values)
        return Text(
            subject=legible(f"{letter.true_recipient}{subject}", LONGEST_LINE),
            text=body(names, values),
            html=self._write(names, "mail.html", values) or None if mail else None,
            url=values.get("url") or values["wall"] or None,
            thread=self._thread(),
            problems=tuple(dict.fromkeys(self.problems)),
        )

    # --- what is told ---------------------------------------------------------------------------

    def _plan(self) -> tuple[tuple[str, ...], Values]:
        """The names under which templates are looked for, and what they may say."""
        letter = self._letter
        values = letter.values()
        if letter.occasion == "test":
            return ("test",), values
        told = letter.by_ticket()
        items = [self._item(alert, values) for alert in told[:MOST_ITEMS]]
        values |= {
            "alerts": items,
            "count": len(told),
            "urgent_count": sum(alert.urgency is Urgency.URGENT for alert in told),
        }
        if letter.occasion == "opening":
            return ("opening", "bundle"), values
        if len(items) > 1:
            return ("bundle",), values
        count = items[0].get("count", "")
        return _names(told[0]), {**values, **items[0], "count": count}

    def _item(self, alert: Alert, values: Values) -> Values:
        also = [self._what(other, values) for other in self._letter.alerts if _same_ticket(alert, other)]
        mine = self._letter.values_of(alert)
        return {**mine, "what": self._what(alert, values, mine), "also": also}

    def _what(self, alert: Alert, values: Values, mine: Values | None = None) -> str:
        return self._write(_names(alert), "what.txt", {**values, **(mine or self._letter.values_of(alert))})

    def _thread(self) -> str | None:
        tickets = {alert.ticket for alert in self._letter.alerts}
        return tickets.pop() if len(tickets) == 1 else None

    # --- how it fits ----------------------------------------------------------------------------

    def _line_or_lines(self, names: tuple[str, ...], values: Values) -> str:
        medium = self._letter.medium
        text = self._write(names, f"{medium}.txt", values)
        if medium == "speech":
            return " ".join(text.split())
        return text if medium == "data" else self._with_code(text)

    def _mail(self, names: tuple[str, ...], values: Values) -> str:
        return self._write(names, "mail.txt", values)

    def _short(self, names: tuple[str, ...], values: Values) -> str:
        """One segment. What gives way is the link, the list of numbers, the subject; never the frame."""
        refs = [item["ref"] or item["kind"].replace("_", " ") for item in values.get("alerts", ())]
        listings = _listings(refs, len(self._letter.by_ticket()))
        values = {**values, "listing": listings[0]}
        text = self._line(names, values)
        for name in ("url", "listing", "subject"):
            room = ONE_SEGMENT - septets(text) + septets(values.get(name, ""))
            if septets(text) > ONE_SEGMENT and values.get(name):
                values[name] = _shorter(name, values[name], room, listings)
                text = self._line(names, values)
        return fit(self._with_code(text))

    def _line(self, names: tuple[str, ...], values: Values) -> str:
        return transliterate(" ".join(self._write(names, "short.txt", values).split()))

    def _with_code(self, text: str) -> str:
        return text if f"[{self._letter.code}]" in text else f"{self._letter.head}{text}"

    # --- templates ------------------------------------------------------------------------------

    def _write(self, names: Sequence[str], part: str, values: Mapping[str, Any]) -> str:
        """The first template that can be used; behind them all is a built-in text."""
        longest = LONGEST.get(part, LONGEST_OTHER)
        for name in (f"{name}.{part}" for name in names):
            for sandbox in self._shelves.sandboxes:
                try:
                    text = sandbox.write(name, values, longest=longest)
                except TemplateNotFound as error:
                    if error.name == name:
                        break
                    self.problems.append(self._explain(error, name, sandbox))
                except FAILURES as error:
                    self.problems.append(self._explain(error, name, sandbox))
                else:
                    return _tidy(text)
        return builtin.write(part, values)

    def _explain(self, error: BaseException, name: str, sandbox: Sandbox) -> str:
        path, line = place_of(error, name, sandbox)
        message = error.message if isinstance(error, TemplateError) and error.message else str(error)
        words = " ".join(str(message or type(error).__name__).split())[:200]
        if isinstance(error, TemplateNotFound):
            words = f"there is no template {error.name}"
        if unknown := re.match(r"'(\w+)' is undefined", words):
            words = f"there is no {unknown[1]} here; docs/pager.md lists the facts"
        place = f"{self._shelves.show(path)}:{line}" if line else self._shelves.show(path)
        return f"{place}: {words}"


def place_of(error: BaseException, name: str, sandbox: Sandbox) -> tuple[Path, int | None]:
    """The template file and line where it failed."""
    folders = sandbox.folders
    file = next((folder / name for folder in folders if (folder / name).exists()), Path(name))
    if isinstance(error, TemplateSyntaxError):
        return Path(error.filename or file), error.lineno
    line, step = None, error.__traceback__
    while step is not None:
        where = Path(step.tb_frame.f_code.co_filename)
        if where.parent in folders:
            file, line = where, step.tb_lineno
        step = step.tb_next
    return file, line


def _names(alert: Alert) -> tuple[str, ...]:
    """The names under which its templates are looked for; a digest at closing time has texts of its own."""
    kind = alert.kind.value
    at_closing = alert.kind is AlertKind.DIGEST and alert.facts.get("next_opening")
    return ("closing", kind, "alert") if at_closing else (kind, "alert")


def _listings(refs: Sequence[str], count: int) -> list[str]:
    """``#101 #102 +5 more``, with ever fewer numbers; at last without any."""
    listed = range(min(len(refs), MOST_LISTED), 0, -1)
    return [" ".join(refs[:n]) + (f" +{count - n} more" if n < count else "") for n in listed] + [""]


def _shorter(name: str, text: str, room: int, listings: Sequence[str]) -> str:
    if name == "listing":
        return next(words for words in listings if septets(words) <= max(room, 0))
    return fit(text, room) if name == "subject" and room >= SHORTEST_SUBJECT else ""


def _same_ticket(alert: Alert, other: Alert) -> bool:
    return other is not alert and alert.ticket is not None and alert.ticket == other.ticket


def _tidy(text: str) -> str:
    """Without spaces at line ends, and at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)
