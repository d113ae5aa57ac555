"""``boards.yaml``: what the walls show."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, WithJsonSchema, field_validator, model_validator

from deskwatch.config.daily import DailySpan
from deskwatch.config.fields import Name
from deskwatch.config.light import LightSettings, default_light
from deskwatch.config.matching import SectionMatch, TicketMatch
from deskwatch.core.board import COLUMNS, DEFAULT_SECTIONS, Board, Match, Section
from deskwatch.core.privacy import Privacy
from deskwatch.settings import Strict, clip, nearest


def _column(name: str) -> str:
    if name not in COLUMNS:
        hint = nearest(name, COLUMNS)
        raise ValueError(f"expected one of {', '.join(COLUMNS)}, got {clip(name)}{hint and '.'}{hint}")
    return name


Column = Annotated[str, AfterValidator(_column), WithJsonSchema({"enum": list(COLUMNS)})]


class SectionSettings(Strict):
    """One list of a board. It claims a ticket that meets any of ``match`` and none of ``not_match``."""

    id: Name
    """Short name, part of addresses and of the API."""
    title: str
    """What the wall calls it."""
    match: list[SectionMatch] = Field(default_factory=list)
    """Any of these must hold. Empty: every ticket."""
    not_match: list[SectionMatch] = Field(default_factory=list)
    """None of these may hold."""
    precedence: Annotated[int, Field(ge=0, le=10_000)] = 100
    """Which section claims a ticket first: the lowest number, then the order in the file."""
    empty: str = "Nothing here."
    """What the wall says when there is no ticket."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    """Rows a wall shows; the count is always the true one."""
    columns: list[Column] = Field(default_factory=lambda: list(COLUMNS), min_length=1)
    """Which columns, in which order."""

    def section(self) -> Section:
        """The section for the rules."""
        return Section(
            id=self.id,
            title=self.title,
            match=tuple(match.match() for match in self.match),
            not_match=tuple(match.match() for match in self.not_match),
            precedence=self.precedence,
            empty=self.empty,
            limit=self.limit,
            columns=tuple(self.columns),
        )


def _plain(match: Match) -> dict[str, Any]:
    fields = {name: getattr(match, name) for name in SectionMatch.model_fields}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in fields.items() if value
    }


def _default_sections() -> list[SectionSettings]:
    return [
        SectionSettings(
            id=section.id,
            title=section.title,
            match=[SectionMatch(**_plain(match)) for match in section.match],
            precedence=section.precedence,
            empty=section.empty,
            limit=section.limit,
            columns=list(section.columns),
        )
        for section in DEFAULT_SECTIONS
    ]


class ThresholdSettings(Strict):
    """When the total of a board calls for attention."""

    pulse: Annotated[int, Field(ge=1)] = 100
    """From this many active tickets on the total stands out and pulses."""
    siren: Annotated[int, Field(ge=1)] = 110
    """From this many active tickets on two sirens flank the total."""

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if self.siren < self.pulse:
            raise ValueError(f"siren ({self.siren}) lies below pulse ({self.pulse})")
        return self


class BoardSettings(Strict):
    """One board. It shows tickets that meet any of ``match`` and none of ``not_match``."""

    title: str
    """What the wall calls itself."""
    match: list[TicketMatch] = Field(default_factory=list)
    """Any of these must hold. Empty: every ticket."""
    not_match: list[TicketMatch] = Field(default_factory=list)
    """None of these may hold."""
    sections: list[SectionSettings] = Field(default_factory=_default_sections, min_length=1)
    """Lists from top to bottom. The last one also takes what no other claims."""
    privacy: Privacy = Privacy.FULL
    """``full``, ``initials`` (for names; no descriptions) or ``none`` (no names, subjects, descriptions)."""
    public: bool = False
    """``true``: anybody may walk past this wall, so it shows no descriptions."""
    thresholds: ThresholdSettings = ThresholdSettings()
    """When the total of active tickets calls for attention."""
    quiet: DailySpan | None = None
    """Hours of each day in which walls with ``sound=1`` make no sound: ``22:00-06:00``."""
    light: list[LightSettings] = Field(default_factory=default_light, min_length=1)
    """What a status lamp shows: the first of these that holds."""

    @field_validator("sections")
    @classmethod
    def _have_ids_of_their_own(cls, sections: list[SectionSettings]) -> list[SectionSettings]:
        ids = [section.id for section in sections]
        twice = {id_ for id_ in ids if ids.count(id_) > 1}
        if twice:
            raise ValueError(f"two sections have the id {', '.join(sorted(twice))}")
        return sections

    def board(self, id_: str) -> Board:
        """The board for the rules."""
        return Board(
            id=id_,
            title=self.title,
            sections=tuple(section.section() for section in self.sections),
            match=tuple(match.match() for match in self.match),
            not_match=tuple(match.match() for match in self.not_match),
            privacy=self.privacy,
            public=self.public,
            busy_at=self.thresholds.pulse,
            flooded_at=self.thresholds.siren,
            quiet=self.quiet,
            light=tuple(rule.rule() for rule in self.light),
        )


Boards = Annotated[dict[Name, BoardSettings], Field(min_length=1)]
"""``boards.yaml``: board id to board."""

DEFAULT_BOARDS = {"helpdesk": BoardSettings(title="Helpdesk")}
