"""The statuses of the simulated tenant: the four every Freshservice has, and six an admin added."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from deskwatch.core.ticket import Phase

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
WAITING_ON_CUSTOMER, WAITING_ON_THIRD_PARTY, SCHEDULED, ON_HOLD = 6, 7, 8, 9
CUSTOMER_REPLIED, UNDER_INVESTIGATION = 10, 11


@dataclass(frozen=True, slots=True)
class DemoStatus:
    """One status. ``clock_runs``: its SLA timer is on (Freshservice knows, but no API tells)."""

    id: int
    name: str
    phase: Phase
    clock_runs: bool = True

    @property
    def is_over(self) -> bool:
        """Whether tickets in it need no more work."""
        return self.phase.is_over


def _table(*statuses: DemoStatus) -> Mapping[int, DemoStatus]:
    return MappingProxyType({status.id: status for status in statuses})


DEMO_STATUSES: Mapping[int, DemoStatus] = _table(
    DemoStatus(OPEN, "Open", Phase.OPEN),
    DemoStatus(PENDING, "Pending", Phase.PENDING, clock_runs=False),
    DemoStatus(RESOLVED, "Resolved", Phase.RESOLVED, clock_runs=False),
    DemoStatus(CLOSED, "Closed", Phase.CLOSED, clock_runs=False),
    DemoStatus(WAITING_ON_CUSTOMER, "Waiting on Customer", Phase.WAITING_ON_CUSTOMER, clock_runs=False),
    DemoStatus(
        WAITING_ON_THIRD_PARTY, "Waiting on Third Party", Phase.WAITING_ON_THIRD_PARTY, clock_runs=False
    ),
    DemoStatus(SCHEDULED, "Scheduled", Phase.SCHEDULED, clock_runs=False),
    DemoStatus(ON_HOLD, "On Hold", Phase.ON_HOLD, clock_runs=False),
    DemoStatus(CUSTOMER_REPLIED, "Customer Replied", Phase.CUSTOMER_REPLIED),
    DemoStatus(UNDER_INVESTIGATION, "Under Investigation", Phase.OPEN),
)
"""Id to status, as ``config/sources.yaml`` maps them for the demo."""

DELETED, MERGED, SPAM = 91, 92, 93
ATERA_STATUSES: Mapping[int, DemoStatus] = _table(
    *DEMO_STATUSES.values(),
    DemoStatus(DELETED, "Deleted", Phase.CLOSED, clock_runs=False),
    DemoStatus(MERGED, "Merged", Phase.CLOSED, clock_runs=False),
    DemoStatus(SPAM, "Spam", Phase.CLOSED, clock_runs=False),
)
"""The same for Atera, where tickets that were thrown away can still be seen by their number."""
