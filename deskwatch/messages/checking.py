"""Looks for mistakes in templates before an alert finds them, with the file and the line of each."""

import difflib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from jinja2 import meta

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.messages.facts import FACTS
from deskwatch.messages.rendering import Messages
from deskwatch.messages.samples import SAMPLE_RECIPIENT, closing_samples, sample, samples
from deskwatch.messages.sandbox import FAILURES, Sandbox
from deskwatch.messages.text import MEDIA, Text

PARTS = (
    "what.txt", "title.txt", "short.txt", "speech.txt", "chat.txt", "data.txt", "subject.txt", "mail.txt",
    "mail.html",
)  # fmt: skip
OCCASIONS = ("alert", "bundle", "opening", "closing", "test")


def template_problems(messages: Messages, *, now: datetime) -> list[str]:
    """One line for each mistake. Every template is used for every kind of alert it may have to tell."""
    found = dict.fromkeys([*_strangers(messages), *_unknown_facts(messages)])
    for text in _texts(messages, now):
        found |= dict.fromkeys(text.problems)
    found |= dict.fromkeys(_silenced(messages))
    return list(found)


def _texts(messages: Messages, now: datetime) -> Iterator[Text]:
    for medium in MEDIA:
        yield messages.test(medium, recipient=SAMPLE_RECIPIENT, code="K7Q2", now=now)
        cases = [[alert] for kind in AlertKind for alert in samples(kind, now=now)]
        cases += [[alert] for alert in closing_samples(now=now)]
        cases.append([sample(AlertKind.SLA_BREACH, now=now, number=number) for number in range(100, 140)])
        for alerts in cases:
            for step, why in ((0, ""), (1, "on call")):
                yield messages.render(
                    medium,
                    alerts,
                    recipient=SAMPLE_RECIPIENT,
                    code="K7Q2",
                    now=now,
                    step=step,
                    why_me=why,
                    occasion="opening" if step and len(alerts) > 1 else "alert",
                    repeat=bool(step),
                    can_reply=bool(step),
                    base_url="https://wall.example.com/" if step else "",
                )


def _strangers(messages: Messages) -> Iterator[str]:
    """Files that no message uses: most likely a name with a slip."""
    known = {f"{name}.{part}" for name in (*AlertKind, *OCCASIONS) for part in PARTS}
    files = [path for folder in messages.shelves.folders for path in _templates(folder)]
    sandbox = messages.shelves.sandboxes[0] if messages.shelves.sandboxes else None
    included = {name for path in files if sandbox for name in _included(sandbox, path)}
    for path in files:
        if path.name not in known | included:
            near = difflib.get_close_matches(path.name, known, 1)
            hint = f' Did you mean "{near[0]}"?' if near else " docs/pager.md lists the names."
            yield f"{messages.shelves.show(path)}: no message uses this file.{hint}"


def _unknown_facts(messages: Messages) -> Iterator[str]:
    for name in messages.unknown_facts:
        near = difflib.get_close_matches(name, FACTS, 1)
        hint = f' Did you mean "{near[0]}"?' if near else " docs/pager.md lists them."
        yield f"config/alerts.yaml: texts.short_facts: there is no fact {name}.{hint}"


def _silenced(messages: Messages) -> Iterator[str]:
    """Facts that a template wants and its medium may not contain."""
    for folder, sandbox in zip(messages.shelves.folders, messages.shelves.sandboxes, strict=True):
        for path in _templates(folder):
            medium = next((m for m in MEDIA if path.name.endswith((f".{m}.txt", f".{m}.html"))), None)
            if medium is None:
                continue
            try:
                wanted = meta.find_undeclared_variables(sandbox.parse(path.read_text("utf-8"), path.name))
            except FAILURES:
                continue  # rendering told it
            for name in sorted(wanted & FACTS.keys()):
                if folder == messages.shelves.folders[0] and not messages.may_say(medium, name):
                    yield (
                        f"{messages.shelves.show(path)}: {name} stays empty here; texts.short_facts in "
                        "config/alerts.yaml would allow it"
                    )


def _templates(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in (".txt", ".html") and path.is_file())


def _included(sandbox: Sandbox, path: Path) -> set[str]:
    try:
        tree = sandbox.parse(path.read_text("utf-8"), path.name)
    except FAILURES:
        return set()
    return {name for name in meta.find_referenced_templates(tree) if name}
