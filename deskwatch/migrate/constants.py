"""Ticket Dash's constants, read from its Python files as text: nothing of them is ever run."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from deskwatch.core.ticket import Priority
from deskwatch.core.ticket_dash import STATUS_NAMES, UPDATE_LIMITS
from deskwatch.settings import format_duration

GROUP, DOMAIN = "PROFESSIONAL_SERVICES_GROUP_ID", "FRESHSERVICE_DOMAIN"
STATUSES, TYPES = "STATUS_IDS_TO_INCLUDE", "TYPES_TO_INCLUDE"
CRITICAL, WARNING, LIMITS = "FR_SLA_CRITICAL_HOURS", "FR_SLA_WARNING_HOURS", "SLA_UPDATE_THRESHOLDS"
REFRESH, POLL, VIEWS = "AUTO_REFRESH_INTERVAL_SECONDS", "POLL_INTERVAL", "SUPPORTED_VIEWS"
NAMES, PORT, TLS_PORT = "status names", "port", "port with a certificate"
"""Not constants of its own: the table of status names, and arguments of the calls that start it."""

NEWEST: Mapping[str, Any] = {
    GROUP: 19000234009,
    STATUSES: sorted(STATUS_NAMES),
    TYPES: ["Incident", "Service Request"],
    CRITICAL: 4,
    WARNING: 12,
    LIMITS: {priority.rank: limit for priority, limit in UPDATE_LIMITS.items()},
    REFRESH: 30,
    POLL: 180,
    VIEWS: {"helpdesk": "Helpdesk", "professional-services": "Professional Services"},
    NAMES: dict(STATUS_NAMES),
    PORT: 5001,
    TLS_PORT: 5001,
    "OPEN_STATUS_ID": 2,
    "PENDING_STATUS_ID": 3,
    "UPDATE_NEEDED_STATUS_ID": 19,
    "WAITING_ON_CUSTOMER_STATUS_ID": 9,
    "ON_HOLD_STATUS_ID": 23,
    "CUSTOMER_REPLIED_STATUS_ID": 26,
    "PENDING_HUBSPOT_STATUS_ID": 27,
}
"""What its newest version says (4044de7, September 2025)."""
SAME = {
    "WAITING_ON_AGENT_STATUS_ID": "CUSTOMER_REPLIED_STATUS_ID",
    "OPEN_INCIDENT_STATUS_ID": "OPEN_STATUS_ID",
    "POLL_INTERVAL_SECONDS": POLL,
    "WATCHER_INTERVAL": POLL,
    "WATCHER_INTERVAL_SECONDS": POLL,
    "UPDATE_INTERVAL_SECONDS": POLL,
}
"""Names of other versions for the same thing."""
ORDER = ("main.py", "gui.py", "ticket_watcher.py")
"""Whose word counts when files disagree: those that made the pages come first."""
MOST_BYTES = 2_000_000
LARGEST = 1 << 63
"""No number of a helpdesk is larger; a line that works out to more is not worth the time it would take."""
LONGEST = timedelta(days=3650)
_NOT_PLAIN = (ValueError, TypeError, ArithmeticError, KeyError, RecursionError)
_WHOLE = (GROUP, PORT, TLS_PORT)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A constant, and where it stands."""

    value: Any
    file: str
    line: int

    @property
    def place(self) -> str:
        """``main.py:12``"""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Constants:
    """What its files say. ``notes`` are about files that cannot be read and about those that disagree."""

    found: Mapping[str, Found] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __getitem__(self, name: str) -> Any:
        """The value found, else that of the newest version."""
        return self.found[name].value if name in self.found else NEWEST.get(name)

    def role(self, name: str) -> int | None:
        """A status id that has a part of its own; ``None``: this version knew no such status.

        That is so where others are named, and the table of names does not have it either.
        """
        if name in self.found:
            return int(self.found[name].value)
        usual, table = int(NEWEST[name]), self.found.get(NAMES)
        if table is not None and any(key.endswith("_STATUS_ID") for key in self.found):
            return usual if table.value.get(usual) == STATUS_NAMES[usual] else None
        return usual

    @property
    def domain(self) -> str | None:
        """The helpdesk's address; every installation has its own."""
        return self.found[DOMAIN].value if DOMAIN in self.found else None

    def differences(self) -> Iterator[str]:
        """Every constant that is not that of the newest version, in a line each."""
        for name, newest in NEWEST.items():
            found = self.found.get(name)
            if found is not None and found.value != newest:
                yield f"{found.place}: {name} is {words(found.value)}; the newest version has {words(newest)}"


def words(value: Any) -> str:
    """A value as a person writes it."""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {words(inner)}" for key, inner in sorted(value.items())) or "empty"
    return ", ".join(map(words, value)) or "empty" if isinstance(value, list) else str(value)


def read_constants(files: Mapping[str, str]) -> Constants:
    """The constants in these files (name to text), those of the page's own file before all others."""
    found: dict[str, Found] = {}
    notes: list[str] = []
    for file in sorted(files, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)):
        try:
            tree = ast.parse(files[file])
        except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
            notes.append(f"{file}: is not read, it is no Python ({str(problem)[:80]})")
            continue
        for name, value, line in _Reader(tree).constants():
            name = _usual_name(name, value)
            if name == DOMAIN and isinstance(value, str):
                value = value.rpartition("@")[2]  # what stands before it may be a key, and is never told
            known = found.get(name)
            if not _fits(name, value):
                if name in NEWEST or name == DOMAIN:
                    notes.append(f"{file}:{line}: {name} is left out, it is not what is expected there")
            elif known is None:
                found[name] = Found(value, file, line)
            elif known.value != value and known.file != file and name not in (PORT, TLS_PORT):
                notes.append(
                    f"{file}:{line}: {name} is {words(value)}; {words(known.value)} of {known.place} counts"
                )
    return Constants(found, tuple(notes))


def _usual_name(name: str, value: Any) -> str:
    """What the newest version calls it: ``STATUS_ON_HOLD`` and ``ON_HOLD_ID`` are ``ON_HOLD_STATUS_ID``."""
    if isinstance(value, int) and name not in NEWEST:
        stem = re.sub(r"^STATUS_|(_STATUS)?(_ID)?$", "", name)
        name = f"{stem}_STATUS_ID" if f"{stem}_STATUS_ID" in {*NEWEST, *SAME} else name
    return SAME.get(name, name)


def _fits(name: str, value: Any) -> bool:
    """Whether a value is of the kind that belongs to this name; anything else would break what is written."""
    if name == DOMAIN:
        return isinstance(value, str) and bool(value.strip())
    if name == LIMITS:
        ranks = {priority.rank for priority in Priority}
        return isinstance(value, dict) and all(
            _is_number(key) and key in ranks and isinstance(span, timedelta) and _MINUTE <= span <= LONGEST
            for key, span in value.items()
        )
    if name in (NAMES, VIEWS):
        return isinstance(value, dict) and all(
            (_is_id(key) if name == NAMES else isinstance(key, str))
            and isinstance(text, str)
            and text.strip()
            for key, text in value.items()
        )
    if name == STATUSES:
        return isinstance(value, list) and all(map(_is_id, value))
    if name == TYPES:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name in (CRITICAL, WARNING):
        return _is_number(value) and 0 < value <= LONGEST / _HOUR
    if name in _WHOLE or name.endswith("_STATUS_ID"):
        return _is_id(value)
    return name in NEWEST and _is_number(value) and 0 < value < LARGEST


def _is_id(value: Any) -> bool:
    return _is_number(value) and isinstance(value, int) and 0 < value < LARGEST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


class _Reader:
    """Works out plain values: numbers, texts, lists, tables, spans of time, and names given to them."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._values: dict[str, Any] = {}

    def constants(self) -> Iterator[tuple[str, Any, int]]:
        """Name, value, line of what is assigned last at the top, then what hides in functions and calls."""
        lines: dict[str, int] = {}
        for node in self._tree.body:
            for name, value in self._assigned(node):
                self._values[name], lines[name] = value, node.lineno
        for name, line in lines.items():
            yield name, self._values[name], line
        for inner in ast.walk(self._tree):
            if isinstance(inner, ast.Assign | ast.AnnAssign):
                yield from self._names_of_statuses(inner)
            elif isinstance(inner, ast.Call):
                yield from self._arguments(inner)

    def _assigned(self, node: ast.AST) -> Iterator[tuple[str, Any]]:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            return
        for target in targets:
            if isinstance(target, ast.Name):
                try:
                    yield target.id, self._value(value)
                except _NOT_PLAIN:
                    continue  # not a plain value: nothing we could take over

    def _names_of_statuses(self, node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, Any, int]]:
        for name, value in self._assigned(node):
            if "status" in name.lower() and _fits(NAMES, value) and value:
                yield NAMES, value, node.lineno

    def _arguments(self, call: ast.Call) -> Iterator[tuple[str, Any, int]]:
        """The port of ``app.run(port=…)`` and the seconds of ``scheduler.add_job(…, seconds=…)``."""
        safe = any(word.arg == "ssl_context" and not _is_none(word.value) for word in call.keywords)
        wanted = {"run": ("port", TLS_PORT if safe else PORT), "add_job": ("seconds", POLL)}
        called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        keyword, name = wanted.get(called, ("", ""))
        for argument in call.keywords:
            if keyword and argument.arg == keyword:
                try:
                    yield name, self._value(argument.value), call.lineno
                except _NOT_PLAIN:
                    continue

    def _value(self, node: ast.expr) -> Any:
        """Raises ValueError, TypeError, ArithmeticError or KeyError on anything that is not plain."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
            return node.value
        if isinstance(node, ast.Name):
            return self._values[node.id]
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [self._value(one) for one in node.elts]
        if isinstance(node, ast.Dict):
            return {
                self._value(key): self._value(value)
                for key, value in zip(node.keys, node.values, strict=True)
                if key is not None
            }
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
            left, right = self._value(node.left), self._value(node.right)
            if not (_is_number(left) and _is_number(right)):
                raise ValueError("only numbers are counted together")
            result = left * right if isinstance(node.op, ast.Mult) else left + right
            if abs(result) > LARGEST:
                raise ValueError("too large")
            return result
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._value(node.operand)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("timedelta") and not node.args:
            return timedelta(**{str(word.arg): self._value(word.value) for word in node.keywords})
        raise ValueError("not a plain value")
