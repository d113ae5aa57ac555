"""How the tenant is set up, as Freshservice writes it: form fields, business hours, SLA policies."""

from datetime import timedelta
from typing import Any

from deskwatch.demo.directory import GLOBAL
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.hours import OFFICE_HOURS, DeskHours
from deskwatch.demo.rows import SLA_POLICY_ID

PRIORITIES = {1: "Low", 2: "Medium", 3: "High", 4: "Urgent"}
URGENCIES = {1: "Low", 2: "Medium", 3: "High"}
SOURCES = {1: "Email", 2: "Portal", 3: "Phone", 4: "Chat", 9: "Walkup", 14: "Alerts", 15: "MS Teams"}
TYPES = ("Incident", "Service Request")

_SINCE = "2025-01-06T09:00:00Z"
_FIELD_ID, _TYPE_ID = 31000080000, 31000090000


def field_rows(desk: Helpdesk) -> list[dict[str, Any]]:
    """Form fields. No flag says which statuses stop the clock; choice ids of types are not on tickets."""
    statuses = {status.id: status.name for status in desk.statuses.values()}
    types = [{"id": _TYPE_ID + n, "value": name} for n, name in enumerate(TYPES)]
    fields: list[tuple[str, str, str, Any, int | None]] = [
        ("requester", "Requester", "default_requester", [], None),
        ("subject", "Subject", "default_subject", [], None),
        ("ticket_type", "Type", "default_ticket_type", types, None),
        ("source", "Source", "default_source", _choices(SOURCES), None),
        ("status", "Status", "default_status", _status_choices(desk, statuses), None),
        ("priority", "Priority", "default_priority", _choices(PRIORITIES), None),
        ("urgency", "Urgency", "default_urgency", _choices(URGENCIES), None),
        ("impact", "Impact", "default_impact", _choices(URGENCIES), None),
        ("group", "Assigned to group", "default_group", [], None),
        ("agent", "Assigned to", "default_agent", [], None),
        ("site", "Site", "custom_text", [], None),
        ("asset_tag", "Asset tag", "custom_text", [], 2),
        ("contract", "Contract", "custom_text", [], 3),
    ]
    return [_field(n, *field) for n, field in enumerate(fields, 1)]


def _field(
    n: int, name: str, label: str, kind: str, choices: Any, workspace_id: int | None
) -> dict[str, Any]:
    return {
        "id": _FIELD_ID + n,
        "workspace_id": workspace_id,
        "label": label,
        "description": label,
        "field_type": kind,
        "position": n,
        "required_for_closure": False,
        "name": name,
        "default_field": kind.startswith("default_"),
        "choices": choices,
        "nested_fields": [],
        "sections": [],
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }


def _choices(names: dict[int, str]) -> list[dict[str, Any]]:
    return [{"id": id_, "value": name} for id_, name in names.items()]


def _status_choices(desk: Helpdesk, names: dict[int, str]) -> Any:
    match desk.switches.status_choices:
        case "dict":
            return {str(id_): [name, name] for id_, name in names.items()}
        case "pairs":
            return [[name, id_] for id_, name in names.items()]
        case _:
            return _choices(names)


def hours_rows(desk: Helpdesk) -> list[dict[str, Any]]:
    """Business hours: the desk's own and, in the global scope, office hours nobody uses."""
    return [_hours(desk.hours, 2), _hours(OFFICE_HOURS, GLOBAL)]


def _hours(hours: DeskHours, workspace_id: int) -> dict[str, Any]:
    return {
        "id": hours.id,
        "name": hours.name,
        "description": None,
        "is_default": hours.is_default,
        "time_zone": hours.time_zone,
        "service_desk_hours": {
            day: {"beginning_of_workday": start, "end_of_workday": end}
            for day, (start, end) in hours.week.items()
        },
        "list_of_holidays": [{"holiday_date": on, "holiday_name": name} for on, name in hours.holidays],
        "workspace_id": workspace_id,
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }


def policy_rows(desk: Helpdesk) -> list[dict[str, Any]]:
    """The one SLA policy, from the promises the simulator keeps."""
    targets = [
        {
            "priority": priority,
            "escalation_enabled": True,
            "respond_within": _seconds(promise.respond_within),
            "resolve_within": _seconds(promise.resolve_within),
            "business_hours": True,
        }
        for priority, promise in sorted(desk.promises.items(), reverse=True)
    ]
    return [
        {
            "id": SLA_POLICY_ID,
            "workspace_id": 2,
            "name": "Default SLA Policy",
            "position": 1,
            "is_default": True,
            "active": True,
            "deleted": False,
            "description": None,
            "sla_targets": targets,
            "applicable_to": None,
            "escalation": None,
            "created_at": _SINCE,
            "updated_at": _SINCE,
        }
    ]


def _seconds(within: timedelta | None) -> int | None:
    return None if within is None else int(within.total_seconds())
