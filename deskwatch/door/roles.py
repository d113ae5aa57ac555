"""Who may do what with own tickets. ``docs/api-own-tickets.md`` shows the same table."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from deskwatch.config.users import Role

ADMIN: Role = "admin"
TECHNICIAN: Role = "technician"
OFFICER: Role = "helpdesk_officer"


class Right(StrEnum):
    """One thing that can be done, in the words of a refusal."""

    READ = "read tickets"
    CREATE = "create tickets"
    NOTE = "comment on tickets"
    ACK = "acknowledge tickets that are theirs or nobody's"
    ACK_ANY = "acknowledge tickets of others"
    UPDATE = "change tickets"
    TAKE = "assign tickets to themselves"
    HAND_ON = "hand on tickets that are theirs"
    ASSIGN = "assign any ticket to anybody"
    RESOLVE = "resolve tickets"
    DELETE = "delete tickets"


_ALL, _WORKING = frozenset({ADMIN, TECHNICIAN, OFFICER}), frozenset({ADMIN, TECHNICIAN})

ROLES: Mapping[Right, frozenset[Role]] = MappingProxyType(
    {
        Right.READ: _ALL,
        Right.CREATE: _ALL,
        Right.NOTE: _ALL,
        Right.ACK: _WORKING,
        Right.UPDATE: _WORKING,
        Right.TAKE: _WORKING,
        Right.HAND_ON: _WORKING,
        Right.RESOLVE: _WORKING,
        Right.ASSIGN: frozenset({ADMIN}),
        Right.ACK_ANY: frozenset({ADMIN}),
        Right.DELETE: frozenset({ADMIN}),
    }
)
"""Right to the roles that have it."""


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return role in ROLES[right]


def called(role: Role) -> str:
    """A role as people say it: ``an admin``, ``a helpdesk officer``."""
    return f"{'an' if role == ADMIN else 'a'} {role.replace('_', ' ')}"
