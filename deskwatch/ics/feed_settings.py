"""The settings of a calendar that somebody else keeps."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import field_validator, model_validator

from deskwatch.settings import Duration, HomePath, Secret, Strict, at_least, at_most

SCHEMES = ("https://", "http://", "webcal://")


class FeedSettings(Strict):
    """A calendar elsewhere (iCalendar), as a file or at an address. Needs the extra ``deskwatch[ics]``."""

    file: HomePath | None = None
    """The file, such as ``config/oncall.ics``."""
    url: Secret | None = None
    """Instead of ``file``: where its address is kept, ``env:NAME`` or ``file:PATH``; it is a secret."""
    means: Literal["on_call", "absence"] = "on_call"
    """``on_call``: who takes part in an entry is on call. ``absence``: they are away."""
    containing: str = ""
    """Only entries whose title contains this, in any case: ``on call``. Empty: all."""
    refresh: Annotated[Duration, at_least("1m"), at_most("1d")] = timedelta(minutes=15)
    """How often it is read."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: Secret | None) -> Secret | None:
        if url and not url.reveal().lower().startswith(SCHEMES):
            raise ValueError(f"the address must begin with {', '.join(SCHEMES[:-1])} or {SCHEMES[-1]}")
        return url

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if (self.file is None) == (self.url is None):
            raise ValueError("set either file or url")
        return self
