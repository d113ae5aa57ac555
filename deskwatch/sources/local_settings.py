"""What an admin may say about tickets of the desk's own in ``sources.yaml``."""

from typing import Annotated, Literal

from pydantic import Field

from deskwatch.core.ticket import Priority
from deskwatch.sources.settings import SourceSettings


class LocalSettings(SourceSettings):
    """Tickets of the desk itself: made by files in ``tickets/.inbox/``, on the command line or by the API."""

    kind: Literal["local"] = "local"
    id_prefix: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,9}$")] = "NDB"
    """What numbers begin with: ``NDB`` gives ``NDB-0001``."""
    digits: Annotated[int, Field(ge=1, le=9)] = 4
    """Digits of a number at least; it grows when they are used up."""
    default_priority: Priority = Priority.MEDIUM
    """Priority of a ticket that is made without one."""
    explain_before_resolving: bool = True
    """Whether a late ticket needs a note before it can be resolved; ``sla.yaml`` says what is late."""
