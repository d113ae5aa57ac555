"""``tickets/.inbox``: commands that anybody who may write there gives, one whole JSON file each.

    {"op": "create", "by": "ana", "fields": {"subject": "The printer is out", "priority": "high"}}
    {"op": "note", "id": "NDB-0007", "by": "ana", "text": "Toner is ordered."}

This module is the side of those who give commands: add a file, and hear what became of it. The watcher alone
takes files away (``deskwatch/local/intake.py``): to ``done/``, with the outcome in it, or to ``rejected/``,
untouched and with the reason beside it. No locks are needed, so it works over a network share too.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args
from uuid import uuid4

from deskwatch.clock import utc_now
from deskwatch.store.atomic import write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object
from deskwatch.store.reading import NotPlainFileError, read_small_file

SUFFIX = ".json"
REASON_SUFFIX = ".reason.txt"
SIZE_LIMIT = 64 * 1024
"""Bytes of one command."""
Code = Literal["done", "invalid", "not_found", "foreign", "conflict", "forbidden", "key_reused"]
"""What became of a command: all but ``done`` are reasons for which it was rejected."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.json")
_FACT = re.compile(r"^(code|ticket|number|link): (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command.

    Attributes:
        ok: whether it was applied, now or when it came the first time.
        ticket: the key of the ticket it was about, once that is known.
        reason: in words, why it was rejected, or what else to know about an applied one.
        link: where to do it instead, for a ticket that lives in another helpdesk.
        number: what people call the ticket: ``NDB-0007``.
    """

    ok: bool
    ticket: str | None
    reason: str
    code: Code
    link: str | None = None
    number: str | None = None


class Inbox:
    """The folder, for those who give commands. Any number of processes on any number of hosts may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done = folder / "done"
        self.rejected = folder / "rejected"

    def drop(self, command: Mapping[str, Any]) -> str:
        """Add a command. Answers the name under which ``outcome`` tells what became of it.

        Raises:
            StoreError: it is not in the folder.
        """
        name = f"{utc_now():%Y%m%dT%H%M%S%f}-{uuid4().hex[:12]}{SUFFIX}"  # by name is by time, too
        # staged in the folder itself: whoever may write here may not write into the watcher's own folders
        write_atomic(self.folder / name, encode_object(command), staging=self.folder)
        return name

    def outcome(self, name: str) -> Outcome | None:
        """What became of the command of this name; ``None``: it still waits, or there never was one."""
        if not is_command_name(name) or os.path.lexists(self.folder / name):
            return None
        done, reason = self.done / name, self.rejected / (name + REASON_SUFFIX)
        if _changed_at(done) >= _changed_at(reason):
            return _outcome_of_done(done)
        return _outcome_of_reason(reason)

    def is_empty(self) -> bool:
        """Whether no command waits. Costs one look at the folder."""
        try:
            with os.scandir(self.folder) as entries:
                return not any(is_command(entry.name) for entry in entries)
        except OSError:
            return True


def is_command(name: str) -> bool:
    """Whether a file of this name is meant to be a command: not hidden, and ending in ``.json``."""
    return name.endswith(SUFFIX) and not name.startswith(".")


def is_command_name(name: str) -> bool:
    """Whether the name is one that commands may have; none of them leads out of the folder."""
    return _PLAIN.fullmatch(name) is not None


def reason_text(outcome: Outcome) -> str:
    """The content of a reason file: the words, then facts for programs."""
    facts = {
        "code": outcome.code,
        "ticket": outcome.ticket,
        "number": outcome.number,
        "link": outcome.link,
    }
    lines = [" ".join(outcome.reason.split()), ""]
    lines += [f"{name}: {' '.join(value.split())}" for name, value in facts.items() if value]
    return "\n".join(lines) + "\n"


def _outcome_of_done(path: Path) -> Outcome | None:
    told = (_read(path) or {}).get("outcome")
    if not isinstance(told, Mapping):
        return None
    texts = {name: value for name, value in told.items() if isinstance(value, str)}
    return Outcome(
        True,
        texts.get("ticket"),
        texts.get("reason", ""),
        "done",
        number=texts.get("number"),
    )


def _outcome_of_reason(path: Path) -> Outcome | None:
    try:
        words, _, tail = read_small_file(path).decode("utf-8", "replace").partition("\n")
    except (OSError, NotPlainFileError):
        return None
    facts = dict(_FACT.findall(tail))
    code = facts.get("code")
    return Outcome(
        False,
        facts.get("ticket"),
        words,
        cast(Code, code) if code in get_args(Code) else "invalid",
        facts.get("link"),
        facts.get("number"),
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return decode_object(read_small_file(path))
    except (OSError, NotPlainFileError, UndecodableError):
        return None


def _changed_at(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return -1
