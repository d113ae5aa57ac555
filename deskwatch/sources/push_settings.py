"""How a helpdesk may tell that a ticket changed: what a post has to prove, and where its body has ids."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from deskwatch.settings import Secret, Strict
from deskwatch.sources.rest.expression import Expression


class PushSettings(Strict):
    """Webhooks of one source. What they say is never believed: the ticket is read again from the helpdesk."""

    secret: Secret
    """Where the secret both sides know is kept: ``env:NAME`` or ``file:PATH``; at least 16 characters."""
    proof: Literal["header", "hmac", "path"] = "header"
    """How the sender proves it: the secret as a header, an HMAC of the body as a header, or the secret as the
    last part of the address (for helpdesks that can send neither)."""
    header: str = "X-Deskwatch-Secret"
    """Name of that header, such as ``X-Hub-Signature-256``."""
    prefix: str = ""
    """What stands before the HMAC in the header, such as ``sha256=``."""
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    """Hash of the HMAC."""
    encoding: Literal["hex", "base64"] = "hex"
    """How the HMAC is written."""
    items: Expression | None = None
    """Where the body has what it tells of (JMESPath), such as ``events``: a list with an entry for each
    ticket, 100 tickets at most. Default: the body is about one."""
    keep: Expression | None = None
    """Which of these are about tickets (JMESPath, true or false), such as ``!issue.pull_request``; of the
    others nothing follows."""
    id: Expression | None = None
    """Where the body, or each of ``items``, has the ticket's id (JMESPath), such as ``ticket.id``. Default:
    where this kind of helpdesk has it, or ``fields.id`` says; a body without one means: ask for changes
    now."""
    most_per_minute: Annotated[int, Field(ge=1, le=6000)] = 120
    """Posts accepted in a minute; more are answered with 429."""

    @model_validator(mode="after")
    def _secret_is_long_enough(self) -> Self:
        if self.secret.why_missing is None and len(self.secret.reveal()) < 16:
            raise ValueError("the secret of push needs at least 16 characters")
        return self
