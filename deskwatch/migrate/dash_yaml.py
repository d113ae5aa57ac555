"""Ticket Dash's constants as our configuration: the text of each file, commented as a person would."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from deskwatch.core.ticket import Phase, Priority
from deskwatch.core.ticket_dash import SECTIONS
from deskwatch.migrate import constants as said
from deskwatch.migrate.constants import Constants
from deskwatch.settings import format_duration
from deskwatch.sources.freshservice_catalog import phase_named
from deskwatch.sources.http_words import clean_line

HELPDESK, PROJECTS = "helpdesk", "professional-services"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ /()._&-]+[A-Za-z0-9()]+)*")
_REFUSED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST_POLL, _SHORTEST_POLL = 60.0, 0.2

_PHASES = {
    8: Phase.SCHEDULED,
    10: Phase.WAITING_ON_THIRD_PARTY,
    13: Phase.OPEN,
    4: Phase.RESOLVED,
    5: Phase.CLOSED,
}
"""Status ids that no constant of its own names."""
_ROLES = {
    "OPEN_STATUS_ID": Phase.OPEN,
    "UPDATE_NEEDED_STATUS_ID": Phase.OPEN,
    "PENDING_STATUS_ID": Phase.PENDING,
    "WAITING_ON_CUSTOMER_STATUS_ID": Phase.WAITING_ON_CUSTOMER,
    "ON_HOLD_STATUS_ID": Phase.ON_HOLD,
    "CUSTOMER_REPLIED_STATUS_ID": Phase.CUSTOMER_REPLIED,
    "PENDING_HUBSPOT_STATUS_ID": Phase.WAITING_ON_THIRD_PARTY,
}
_OPEN = ("OPEN_STATUS_ID", "PENDING_STATUS_ID", "UPDATE_NEEDED_STATUS_ID")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may look: networks, and wall links as name and SHA-256. Neither: this machine only."""

    networks: Sequence[str] = ()
    links: Mapping[str, str] | None = None

    @property
    def host(self) -> str:
        """Where to listen."""
        return "0.0.0.0" if self.networks or self.links else "127.0.0.1"

    def knows(self, path: Path) -> bool:
        """Whether this file lets the wall links in, so that it is worth telling them."""
        text = path.read_text("utf-8", "replace") if path.is_file() else ""
        return all(digest in text for digest in (self.links or {}).values())


NOBODY_ELSE = Access()
"""Only this machine itself may look."""


def text_of(value: str) -> str:
    """A text as a YAML scalar; JSON's way of quoting is one of YAML's."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and len(value) < 60:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _REFUSED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def statuses_of(constants: Constants) -> dict[int, tuple[str, Phase]]:
    """Status id to name and phase, for every id its files name."""
    roles = {id_: phase for name, phase in _ROLES.items() if (id_ := constants.role(name))}
    names: Mapping[int, str] = constants[said.NAMES]
    found = {}
    for id_ in sorted({*names, *roles}):
        name = names.get(id_) or next(role_name(key) for key in _ROLES if constants.role(key) == id_)
        name = clean_line(name, longest=60)
        phase = roles.get(id_) or phase_named(name) or _PHASES.get(id_, Phase.OPEN)
        found[id_] = (name, phase)
    return found


def role_name(constant: str) -> str:
    """``ON_HOLD_STATUS_ID`` → ``On Hold``, for a status that the table of names lacks."""
    return constant.removesuffix("_STATUS_ID").replace("_", " ").title().replace(" On ", " on ")


def deskwatch_yaml(constants: Constants, access: Access, *, certificate: bool, schema: bool) -> str:
    """``config/deskwatch.yaml``: the address, who may look, how often things are asked."""
    port = _port(constants, certificate)
    open_ids = ", ".join(map(str, _open_ids(constants)))
    poll = min(max(float(constants[said.REFRESH]), _SHORTEST_POLL), _LONGEST_POLL)
    lines = [
        *_head("deskwatch", schema),
        "# A saved change is live within seconds; only web.host, web.port and log need a restart.",
        "",
        "web:",
        *_noted(f"  host: {access.host}", "Ticket Dash listened everywhere and asked nobody"),
        *_noted(f"  port: {port}", "as before, so that bookmarks stay true"),
        *_noted(
            f"  poll_seconds: {poll:g}", "how often a wall asks for changes; 1 costs only a few bytes here"
        ),
        *_noted("  ticket_dash:", "what status ids mean at /api/tickets/"),
        f"    open: [{open_ids}]",
        f"    customer_replied: {constants.role('CUSTOMER_REPLIED_STATUS_ID') or 0}",
        f"    never_overdue: {constants.role('PENDING_HUBSPOT_STATUS_ID') or 0}",
        f"    waiting_on_customer: {constants.role('WAITING_ON_CUSTOMER_STATUS_ID') or 0}",
        f"    on_hold: {constants.role('ON_HOLD_STATUS_ID') or 0}",
        "",
        *_noted("access:", "who may look; without any rule only this machine"),
        *_noted(f"  allow_networks: [{', '.join(access.networks)}]", "such as 192.168.10.0/24"),
        *_links(access.links or {}),
        "",
        "watcher:",
        *_noted(
            f"  poll_interval: {_interval(constants)}",
            "how often the helpdesk is asked; 30s suits its limits too",
        ),
        *_noted("  archive_days: 3650", "Ticket Dash kept its archive for ever"),
        "",
    ]
    return "\n".join(lines)


def sources_yaml(constants: Constants, name: str, domain: str, *, schema: bool) -> str:
    """``config/sources.yaml``: the account, its types and its statuses."""
    types = ", ".join(text_of(kind) for kind in constants[said.TYPES])
    subdomain = subdomain_of(domain)
    place = f"  subdomain: {subdomain}" if subdomain else f"  base_url: https://{domain}"
    lines = [
        *_head("sources", schema),
        "# The key is FRESHSERVICE_API_KEY in .env. Try it: .venv/bin/python ticket_watcher.py check --live",
        "",
        f"{name}:",
        "  kind: freshservice",
        place,
        *_noted(f"  types: [{types}]", "no others are shown; []: all"),
        *_noted("  statuses:", "an id that is missing is read by its name in the helpdesk"),
    ]
    lines += [
        f"    {id_}: {{name: {text_of(title)}, phase: {phase.value}}}"
        for id_, (title, phase) in statuses_of(constants).items()
    ]
    return "\n".join([*lines, ""])


def boards_yaml(constants: Constants, *, schema: bool) -> str:
    """``config/boards.yaml``: one board for each of its views, with its four sections."""
    group = f'[{{groups: ["{constants[said.GROUP]}"]}}]'
    wanted = {HELPDESK: f"  not_match: {group}", PROJECTS: f"  match: {group}"}
    lines = [
        *_head("boards", schema),
        "# The four sections of Ticket Dash. Those that Deskwatch is shipped with also show what has no",
        "# agent yet, and where a customer waits although the status says otherwise.",
        "",
    ]
    for view, title in views_of(constants).items():
        lines += [f"{text_of(view)}:", f"  title: {text_of(title)}"]
        lines += [wanted[view]] if view in wanted else []
        lines += ["  thresholds: {pulse: 100, siren: 110}", "  sections:", *_sections(constants, title), ""]
    return "\n".join(lines)


def views_of(constants: Constants) -> dict[str, str]:
    """Board id to title, for each view whose name can be a board's; if none can, those it usually has."""
    views: Mapping[str, str] = constants[said.VIEWS]
    fit = {view: clean_line(title, longest=80) for view, title in views.items() if _NAME.fullmatch(view)}
    return fit or dict(said.NEWEST[said.VIEWS])


def _open_ids(constants: Constants) -> list[int]:
    ids = [id_ for name in _OPEN if (id_ := constants.role(name))]
    return list(dict.fromkeys(ids)) or [said.NEWEST[name] for name in _OPEN]


def _sections(constants: Constants, view: str) -> list[str]:
    opened, replied, silent, other = (text_of(name.format(view=view)) for name in SECTIONS)
    ids = ", ".join(f'"{id_}"' for id_ in _open_ids(constants))
    answered, never = (
        constants.role(f"{name}_STATUS_ID") for name in ("CUSTOMER_REPLIED", "PENDING_HUBSPOT")
    )
    return [
        "    - id: open",
        f"      title: {opened}",
        "      precedence: 30",
        f"      match: [{{statuses: [{ids}]}}]",
        "      empty: No open tickets.",
        "    - id: customer-replied",
        f"      title: {replied}",
        "      precedence: 10",
        f'      match: [{{statuses: ["{answered}"]}}]'
        if answered
        else "      match: [{phases: [customer_replied]}]",
        "      empty: No customer is waiting for an answer.",
        "    - id: needs-agent",
        f"      title: {silent}",
        "      precedence: 20",
        "      match: [{update: [overdue]}]",
        *([f'      not_match: [{{statuses: ["{never}"]}}]'] if never else []),
        "      empty: Every ticket has a recent word.",
        "    - id: other",
        f"      title: {other}",
        "      precedence: 40",
        "      empty: No other active tickets.",
    ]


def sla_yaml(constants: Constants, *, schema: bool) -> str:
    """``config/sla.yaml``: its thresholds and limits, measured day and night as there."""
    critical, warning = (timedelta(hours=constants[name]) for name in (said.CRITICAL, said.WARNING))
    limits: Mapping[int, timedelta] = constants[said.LIMITS]
    table = [
        f"    {p.value}: {format_duration(limits[p.rank])}" for p in reversed(Priority) if p.rank in limits
    ]
    table = table or ["    {}"]
    lines = [
        *_head("sla", schema),
        "# As Ticket Dash counted: day and night, and since any change. The file as it is shipped knows",
        "# working hours, whose turn it is, and deadlines for tickets without any.",
        "",
        "thresholds:",
        f"  warning: {format_duration(max(warning, critical))}",
        f"  critical: {format_duration(critical)}",
        "",
        "targets:",
        "  other_target: false           # an incident: first response; a request: resolution",
        "",
        "pausing_phases: [on_hold, scheduled, waiting_on_customer, waiting_on_third_party]",
        "",
        "updates:                        # how long a ticket may stay as it is, whoever's turn it is",
        "  limits:",
        *table,
        "  chase_limits:",
        *table,
        "  hold_limits:",
        *table,
        "  measure: wall",
        "  since: updated",
        "  warning_share: 0",
        "",
        "explanations:",
        "  required: false",
        "",
    ]
    return "\n".join(lines)


def names_yaml(kind: str, names: Mapping[str, str], *, schema: bool) -> str:
    """``config/agents.yaml`` or ``requesters.yaml`` when there is none yet."""
    head = [*_head(kind, schema), "# Such a name wins over the helpdesk's own.", ""]
    return "\n".join([*head, *name_lines(names), ""])


def name_lines(names: Mapping[str, str]) -> list[str]:
    """One ``id: name`` a line, by number."""
    ordered = sorted(names.items(), key=lambda pair: (len(pair[0]), pair[0]))
    return [f"{id_}: {text_of(name)}" for id_, name in ordered]


def subdomain_of(domain: str) -> str | None:
    """The ``acme`` of ``acme.freshservice.com``; ``None`` for a name of another kind."""
    host = domain.lower()
    return (
        host.removesuffix(".freshservice.com")
        if re.fullmatch(r"[a-z0-9-]+\.freshservice\.com", host)
        else None
    )


def _port(constants: Constants, certificate: bool) -> Any:
    first, second = (said.TLS_PORT, said.PORT) if certificate else (said.PORT, said.TLS_PORT)
    found = constants.found.get(first) or constants.found.get(second)
    port = found.value if found else 5001
    return port if 1 <= port <= 65535 else 5001


def _interval(constants: Constants) -> str:
    seconds = min(max(float(constants[said.POLL]), 1.0), 86400.0)
    return format_duration(timedelta(seconds=round(seconds)))


def _links(links: Mapping[str, str]) -> list[str]:
    if not links:
        return []
    return ["  tokens:", *(f"    - {{name: {name}, sha256: {digest}}}" for name, digest in links.items())]


def _head(name: str, schema: bool) -> list[str]:
    lines = [f"# yaml-language-server: $schema=schema/{name}.schema.json", "#"] if schema else []
    return [
        *lines,
        "# Taken over from Ticket Dash. Everything else has its default: see docs/configuration.md.",
    ]


def _noted(line: str, note: str) -> list[str]:
    return [f"{line:<31} # {note}"]
