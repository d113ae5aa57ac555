"""SLA policies of an account as ``policies`` of sla.yaml: one for each priority, in their order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from deskwatch.core.ticket import Priority
from deskwatch.settings import format_duration

_DAY = timedelta(days=1)
_BY_RANK = {priority.rank: priority for priority in Priority}
_CARRIED = {"ticket_type", "group_id", "department_id", "category"}

Names = Mapping[str, str]


def policies_of(
    rows: Sequence[Mapping[str, Any]], groups: Names, clients: Names, notes: list[str], *, always_open: bool
) -> Iterator[dict[str, Any]]:
    """Policies for sla.yaml. What cannot be said there is added to ``notes``.

    ``always_open``: the desk never closes, so working time is simply time.
    """
    active = [row for row in rows if row.get("active", True) and not row.get("deleted")]
    taken: set[str] = set()
    for row in sorted(active, key=lambda row: (bool(row.get("is_default")), row.get("position") or 0)):
        title = " ".join(str(row.get("name") or "policy").split())[:80]
        match = _match(row.get("applicable_to"), groups, clients, title, notes)
        targets = [target for target in row.get("sla_targets") or () if isinstance(target, Mapping)]
        for target in sorted(targets, key=lambda target: -_rank(target)):
            if policy := _policy(target, match, title, taken, notes, always_open):
                yield policy


def _rank(target: Mapping[str, Any]) -> int:
    rank = target.get("priority")
    return rank if isinstance(rank, int) else 0


def _policy(
    target: Mapping[str, Any],
    match: Mapping[str, Any],
    title: str,
    taken: set[str],
    notes: list[str],
    always_open: bool,
) -> dict[str, Any] | None:
    priority = _BY_RANK.get(_rank(target))
    working = bool(target.get("business_hours")) and not always_open
    asked = {"first_response": target.get("respond_within"), "resolution": target.get("resolve_within")}
    promised = {name: words for name, seconds in asked.items() if (words := _promise(seconds, working))}
    if priority is None or not promised:
        return None
    if working and any(words.endswith("59s") for words in promised.values()):
        words = (
            "a target of whole 24 h of working time is written a second shorter: 24h would be a working day"
        )
        if words not in notes:
            notes.append(words)
    name = _free(f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')[:30]}-{priority}", taken)
    return {
        "name": name,
        "match": [{"priorities": [str(priority)], **match}],
        **promised,
        "measure": "working" if working else "wall",
    }


def _promise(seconds: Any, working: bool) -> str | None:
    """Seconds as a duration. Whole days of working time would mean working days, so they lose a second."""
    if not isinstance(seconds, int) or seconds < 60:
        return None
    within = timedelta(seconds=seconds)
    if working and not within % _DAY:
        within -= timedelta(seconds=1)
    return format_duration(within)


def _match(
    conditions: Any, groups: Names, clients: Names, title: str, notes: list[str]
) -> Mapping[str, list[str]]:
    if not isinstance(conditions, Mapping):
        return {}
    found = {
        "types": _listed(conditions.get("ticket_type")),
        "groups": [groups.get(id_, id_) for id_ in _listed(conditions.get("group_id"))],
        "clients": [clients.get(id_, id_) for id_ in _listed(conditions.get("department_id"))],
        "categories": _listed(conditions.get("category")),
    }
    lost = [name for name, value in conditions.items() if name not in _CARRIED and _listed(value)]
    if lost:
        notes.append(f"policy {title!r} also depends on {', '.join(sorted(lost))}, which cannot be said here")
    return {name: value for name, value in found.items() if value}


def _listed(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [] if value in (None, "") else [value]
    return [str(one) for one in values if one not in (None, "")]


def _free(name: str, taken: set[str]) -> str:
    wanted, number = name.strip("-"), 2
    while name in taken:
        name, number = f"{wanted[:37]}-{number}", number + 1
    taken.add(name)
    return name
