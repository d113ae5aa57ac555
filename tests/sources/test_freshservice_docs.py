"""The guide for admins: each message it explains is one the programs can say, and the other way round."""

import json
import re
from pathlib import Path

import pytest

from deskwatch.sources.freshservice_settings import FreshdeskSettings, FreshserviceSettings

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "freshservice.md").read_text("utf-8")
CODE = " ".join(
    path.read_text("utf-8")
    for folder in ("sources", "core", "store", ".")
    for path in sorted((ROOT / "deskwatch" / folder).glob("*.py"))
)
ROWS = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", GUIDE.partition("## What the messages mean")[2], re.MULTILINE)[
    2:
]
MESSAGES = [words for row in ROWS for words in re.split(r", (?!or|not)|; ", row)]


def spoken(words: str) -> list[str]:
    """The parts of a message that stand in the code as they are."""
    words = re.sub(r"\([0-9 …]+\)", "", words).strip().rstrip("…").strip()
    return [
        part.strip() for part in re.split(r"…|\b\d+\b(?: MiB| s| min)?|:", words) if len(part.strip()) > 3
    ]


@pytest.mark.parametrize("message", MESSAGES)
def test_every_explained_message_can_be_said(message: str) -> None:
    plain = re.sub(r'"\s*\n\s*f?"', "", CODE)
    assert [part for part in spoken(message) if part not in plain] == []


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent / "freshservice" / "errors").glob("*.json")), ids=lambda p: p.stem
)
def test_every_error_of_the_helpdesk_is_explained(path: Path) -> None:
    status = json.loads(path.read_text("utf-8"))["answer"]["status"]
    explained = {int(number) for row in ROWS for number in re.findall(r"\b[2-5]\d\d\b", row)}
    assert status in explained | {200, 405, 406, 409, 415, 418}


def test_every_setting_the_guide_names_exists() -> None:
    fields = {*FreshserviceSettings.model_fields, *FreshdeskSettings.model_fields}
    named = set(
        re.findall(r"`(workspaces|types|statuses|subdomain|base_url|web_base_url|budget_share)", GUIDE)
    )
    assert named <= fields
