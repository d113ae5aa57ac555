"""What an admin may say about an Atera account in ``sources.yaml``."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator

from deskwatch.core.ticket import Phase, Priority
from deskwatch.settings import Duration, Secret, Strict, at_least, at_most
from deskwatch.sources.address_settings import Address
from deskwatch.sources.settings import SourceSettings


class AteraStatus(Strict):
    """What one status text of Atera means."""

    phase: Phase
    """Where a ticket with this status stands; decides which clocks run."""
    name: Annotated[str, Field(max_length=60)] | None = None
    """How walls call it. Default: Atera's own text."""


class AteraSettings(SourceSettings):
    """An Atera account."""

    kind: Literal["atera"] = "atera"
    api_key: Annotated[Secret, Field(default="ATERA_API_KEY")]
    """An API key, or a token (JWT) with the right to read tickets."""
    auth: Literal["auto", "x-api-key", "bearer"] = "auto"
    """How the key is sent. ``auto``: a JWT as Bearer, a short key as ``X-API-KEY``."""
    base_url: Address = "https://app.atera.com"
    """Where the API is, without ``/api/v3``."""
    ticket_url: str = "https://app.atera.com/new/ticket/{id}"
    """Where ticket links lead."""
    statuses: dict[str, AteraStatus] = Field(default_factory=dict)
    """Status text to phase and name; capitals and blanks around do not matter."""
    priorities: dict[str, Priority] = Field(default_factory=dict)
    """Priority text to ``low``, ``medium``, ``high`` or ``urgent``. Default: Critical is urgent."""
    calls_per_minute: Annotated[int, Field(ge=1, le=300)] = 60
    """Most calls in a minute; other programs share the account's limit, which Atera does not publish."""
    overlap: Annotated[Duration, at_least("0s"), at_most("1h")] = timedelta(minutes=5)
    """How far each question for changes reaches back before the last one."""

    @field_validator("base_url")
    @classmethod
    def _without_the_api_path(cls, base_url: str) -> str:
        return base_url.removesuffix("/api/v3")

    @field_validator("ticket_url")
    @classmethod
    def _is_a_link(cls, text: str) -> str:
        if not re.fullmatch(r"https?://[^\s<>\"'\\`{}]+\{id\}[^\s<>\"'\\`{}]*", text):
            raise ValueError("expected an address with {id} in it: https://app.atera.com/new/ticket/{id}")
        return text

    @property
    def web_root(self) -> str:
        """What ticket links start with."""
        return self.ticket_url.partition("{")[0].rstrip("/")
