"""Agents, requesters, groups, departments and workspaces as Freshservice writes them."""

from typing import Any

from deskwatch.demo.directory import Directory
from deskwatch.demo.records import Department, Group, Human, Workspace

_SINCE = "2025-01-06T09:00:00Z"
_DATES = {"created_at": _SINCE, "updated_at": _SINCE}


def _human(human: Human) -> dict[str, Any]:
    return {
        "active": human.active,
        "address": None,
        "background_information": None,
        "custom_fields": {},
        "external_id": None,
        "first_name": human.first_name,
        "id": human.id,
        "job_title": None,
        "language": human.language,
        "last_name": human.last_name,
        "location_id": None,
        "mobile_phone_number": human.mobile,
        "time_format": "12h",
        "time_zone": "UTC",
        "vip_user": False,
        "work_phone_number": human.phone,
        **_DATES,
    }


def agent_row(agent: Human, directory: Directory) -> dict[str, Any]:
    """One agent. Deactivated agents stay listed, so that old ids keep their names."""
    groups = [group.id for group in directory.groups.values() if agent.id in group.agent_ids]
    workspaces = sorted({directory.groups[id_].workspace_id for id_ in groups})
    return {
        **_human(agent),
        "auto_assign_tickets": True,
        "department_ids": [],
        "email": agent.email,
        "has_logged_in": True,
        "occasional": False,
        "roles": [],
        "scoreboard_level_id": None,
        "signature": None,
        "group_ids": groups,
        "member_of": groups,
        "observer_of": [],
        "workspace_ids": workspaces,
    }


def requester_row(human: Human) -> dict[str, Any]:
    """One requester, or an agent in the role of one."""
    return {
        **_human(human),
        "department_ids": [human.department_id] if human.department_id else [],
        "department_names": None,
        "has_logged_in": human.is_agent,
        "is_agent": human.is_agent,
        "primary_email": human.email,
        "secondary_emails": [],
    }


def group_row(group: Group) -> dict[str, Any]:
    """One group; ``business_hours_id`` null is the default calendar."""
    members = list(group.agent_ids)
    return {
        "id": group.id,
        "name": group.name,
        "description": None,
        "escalate_to": None,
        "unassigned_for": "30m",
        "business_hours_id": None,
        "auto_ticket_assign": False,
        "restricted": False,
        "approval_required": False,
        "ocs_schedule_id": None,
        "agent_ids": members,
        "members": members,
        "observers": [],
        "leaders": members[:1],
        "workspace_id": group.workspace_id,
        **_DATES,
    }


def department_row(department: Department) -> dict[str, Any]:
    """One department, a company in accounts of service providers."""
    return {
        "description": None,
        "custom_fields": {},
        "id": department.id,
        "name": department.name,
        "prime_user_id": None,
        "head_user_id": None,
        "domains": [],
        **_DATES,
    }


def workspace_row(workspace: Workspace, *, era: int) -> dict[str, Any]:
    """One workspace; ``state`` was a number before it was a word."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "description": None,
        "primary": workspace.primary,
        "restricted": not workspace.primary,
        "state": "active" if era >= 2024 else 1,
        "template_name": "it" if workspace.primary else "general",
        "type": "Workspace",
        "logo": None,
        **_DATES,
    }
