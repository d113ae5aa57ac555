"""What is wrong with fields, maps and links of a described helpdesk although each alone is fine."""

import re
from collections.abc import Iterable, Iterator

from deskwatch.settings import clip, nearest
from deskwatch.sources.rest.field_settings import FieldSettings, Step
from deskwatch.sources.rest.places import PLACE
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.settings_tree import Mistake, Place, fields_of
from deskwatch.sources.rest.values import web_address

_LINK = re.compile(r"(\{base\}|https?://[^/{}?#\s@]+)/")


def field_mistakes(settings: RestSettings) -> Iterator[Mistake]:
    """What has to be mended before items can be read."""
    for place, where in fields_of(settings.fields, ("fields",)):
        yield from _steps(settings, place, where)
    yield from _same(settings.statuses, ("statuses",))
    yield from _same(settings.priorities, ("priorities",))
    if settings.link is not None and not _LINK.match(settings.link):
        words = "has to begin with {base}/ or https://host/, so that no ticket can lead elsewhere"
        yield ("link",), words
    elif settings.link is not None and web_address(_filled(settings), settings.link_roots) is None:
        yield ("link",), "leads to another host, where links are not followed: list it under link_hosts"


def field_doubts(settings: RestSettings) -> Iterator[Mistake]:
    """What is worth a look."""
    if settings.link is not None and settings.fields.url is not None:
        yield ("fields", "url"), "is not used, because link says where ticket links lead"
    if settings.statuses and settings.fields.status is None:
        yield ("statuses",), "is not used: fields.status does not say where an item has its status"
    if settings.priorities and settings.fields.priority is None:
        yield ("priorities",), "is not used: fields.priority does not say where an item has its priority"
    if settings.link_hosts and (settings.fields.url is None or settings.link is not None):
        yield ("link_hosts",), "is not used: only the field url may lead to other hosts"


def _filled(settings: RestSettings) -> str:
    """The link of some ticket."""
    link = (settings.link or "").replace("{base}", settings.web_root)
    return PLACE.sub("x", link)


def _steps(settings: RestSettings, place: Place, where: FieldSettings) -> Iterator[Mistake]:
    is_id = place[:2] == ("fields", "id")
    for number, step in enumerate(where.steps):
        here = (*place, "steps", number)
        if not isinstance(step, Step):
            continue
        if step.lookup is not None and step.lookup not in settings.lookups:
            words = f"there is no table {clip(step.lookup)} in lookups"
            hint = nearest(step.lookup, settings.lookups)
            yield (*here, "lookup"), f"{words}.{hint}" if hint else words
        if is_id and step.lookup is not None:
            yield (*here, "lookup"), "an id is what a ticket is known by; names change, ids do not"
        if is_id and step.default is not None:
            yield (*here, "default"), "an id that is made up would make one ticket of many"
        if step.map is not None:
            yield from _same(step.map, (*here, "map"))
        if step.ranges is not None:
            yield from _same((str(float(start)) for start in step.ranges), (*here, "ranges"), step.ranges)


def _same(keys: Iterable[str], place: Place, written: Iterable[str] | None = None) -> Iterator[Mistake]:
    """Keys that mean the same: capitals do not matter, nor does how a number is written."""
    first: dict[str, str] = {}
    listed = list(keys)
    for key, shown in zip(listed, listed if written is None else written, strict=True):
        other = first.setdefault(key.strip().casefold(), shown)
        if other is not shown:
            yield (*place, shown), f"is the same as {clip(other)}: capitals do not matter; delete one"
