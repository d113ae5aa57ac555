"""``agents.yaml`` and ``requesters.yaml``: names of people by their helpdesk id; also the old text files."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator

from deskwatch.config.problems import Problem
from deskwatch.settings import clip

MAX_LEGACY_BYTES = 8_000_000


def _some_name(name: str) -> str:
    if not name.strip():
        raise ValueError("a name is missing")
    return name.strip()


Names = dict[str, Annotated[str, AfterValidator(_some_name)]]
"""Id to name; with several helpdesks ``atera:12`` is id 12 of the source ``atera``. Such a name wins over the
helpdesk's own."""


def names_for(source: str, names: Mapping[str, str], sources: Collection[str]) -> dict[str, str]:
    """The names that count for one source: plain ids are anybody's, ``atera:12`` is 12 of ``atera`` only."""
    mine, anybodys = dict[str, str](), dict[str, str]()
    for id_, name in names.items():
        owner, colon, bare = id_.partition(":")
        if not colon or owner not in sources:
            anybodys[id_] = name
        elif owner == source:
            mine[bare] = name
    return {**anybodys, **mine}


def read_legacy_names(data: bytes, file: str) -> tuple[dict[str, str], list[Problem]]:
    """Read ``id:Name`` lines (``agents.txt``, ``requesters.txt``); a bad line is a warning and is skipped."""
    names: dict[str, str] = {}
    warnings: list[Problem] = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        id_, colon, name = (part.strip() for part in line.partition(":"))
        if not (colon and id_ and name) or " " in id_:
            message = f"expected id:Name, got {clip(line.strip())}; the line is skipped"
            warnings.append(Problem(file, number, 1, message=message, severity="warning"))
        else:
            names[id_] = name
    return names, warnings
