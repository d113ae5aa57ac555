"""How the simulated tenant behaves where real ones differ. Tests flip these between requests."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from deskwatch.demo.limits import RetryAfter


@dataclass(kw_only=True, slots=True)
class Switches:
    """The knobs of a tenant."""

    product: Literal["freshservice", "freshdesk", "atera"] = "freshservice"
    api_key: str = "demo"
    key_valid_until: datetime | None = None
    """From this instant every call answers 401."""
    era: Literal[2022, 2023, 2024] = 2024
    """Which years' keys a ticket row has: 2023 added the workspace, 2024 urgency, SLA policy and more."""
    index_lag: timedelta = timedelta(seconds=120)
    """How long a change takes until the filter endpoint sees it."""
    filter_refusal: Literal["400", "500 text"] = "400"
    """What a query without its outer quotes gets; tenants differ."""
    retry_after: RetryAfter = RetryAfter.SECONDS
    date_offset: timedelta = timedelta(0)
    """Added to the ``Date`` header of every answer."""
    has_workspaces: bool = True
    """Off: an old account, where ``/workspaces`` is empty and ``workspace_id`` means nothing."""
    has_oncall: bool = False
    """Off: the plan lacks the feature and its endpoints answer 403 ``require_feature``."""
    visible_groups: frozenset[int] | None = None
    """The key's agent sees only tickets of these groups, and no word says so. ``None``: all."""
    read_only: bool = False
    """The key's agent may read tickets and not edit them: whatever would change one answers 403."""
    notes_touch_tickets: bool = False
    """Whether a private note changes ``updated_at``; unverified on real tenants."""
    status_choices: Literal["list", "dict", "pairs"] = "list"
    """The shape of the status field's choices; it changed over the years."""
    hidden_features: frozenset[str] = field(default_factory=frozenset)
    """Route names that answer 403 ``access_denied``: the key's role is too small for them."""
