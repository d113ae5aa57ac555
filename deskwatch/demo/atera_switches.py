"""How a simulated Atera account behaves where accounts differ, or where nobody outside knows."""

from dataclasses import dataclass, field
from typing import Any, Literal

from deskwatch.demo.switches import Switches


@dataclass(kw_only=True, slots=True)
class AteraSwitches(Switches):
    """The knobs of an account. ``index_lag`` is how late a change shows up in ``lastmodified``."""

    product: Literal["freshservice", "freshdesk", "atera"] = "atera"
    accepts: Literal["both", "x-api-key", "bearer"] = "both"
    """How the key may be sent: before the tokens came, since they are all there is, or in between."""
    too_many_rows: Literal["clamp", "400"] = "clamp"
    """What ``itemsInPage`` above 50 gets."""
    last_link: Literal["empty", "null", "absent"] = "empty"
    """What ``nextLink`` is on the last page; ``prevLink`` on the first one."""
    link_host: str | None = None
    """Where ``nextLink`` leads, such as ``http://127.0.0.1:9``. ``None``: here."""
    order: Literal["shuffled", "asc", "desc"] = "shuffled"
    """Shuffled anew for each question, the same on all of its pages; or by id."""
    order_seed: int = 1
    any_case: bool = False
    """Whether ``ticketStatus=open`` finds what is Open."""
    bad_date: Literal[400, 500] = 400
    """What a ``date`` that is none gets."""
    has_lastmodified: bool = True
    """Off: an old API, where the path is unknown."""
    has_account: bool = True
    """Off: an old API, where the path is unknown."""
    hidden_comments: Literal["null", "absent"] = "null"
    """What the comment fields are with ``includeComments=false``."""
    hidden_relations: Literal["null", "absent"] = "absent"
    """What the relation fields are without ``includeRelations=true``."""
    dates: Literal["Z", "none", "fraction", "offset"] = "Z"
    """How instants end."""
    null_fields: frozenset[str] = frozenset()
    """Fields that are null on every ticket."""
    odd: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Ticket id to fields that replace the proper ones of its row."""
