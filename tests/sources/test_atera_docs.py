"""The guide for admins: each message it explains is one the program can say, each setting exists."""

import re
from pathlib import Path

import pytest

from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.atera_statuses import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "atera.md").read_text("utf-8")
CODE = " ".join(path.read_text("utf-8") for path in sorted((ROOT / "deskwatch" / "sources").glob("*.py")))
PLAIN = re.sub(r'"\s*\n\s*f?"', "", CODE)
ROWS = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", GUIDE.partition("## What the messages mean")[2], re.MULTILINE)[
    2:
]


@pytest.mark.parametrize("message", [words for row in ROWS for words in re.split(r", (?!or)", row)])
def test_every_explained_message_can_be_said(message: str) -> None:
    words = re.sub(r"\([0-9 …]+\)", "", message)
    parts = [part.strip() for part in re.split(r"…|\b\d+\b", words) if len(part.strip()) > 3]
    assert [part for part in parts if part not in PLAIN] == []


def test_every_setting_the_guide_names_exists() -> None:
    named = set(re.findall(r"`([a-z_]+)`", GUIDE)) | set(re.findall(r"`([a-z_]+):[ `]", GUIDE))
    unknown = named - AteraSettings.model_fields.keys() - {"unmapped", "msp"}
    assert unknown == set()


def test_every_shipped_status_is_in_the_guide() -> None:
    assert [text for text in SHIPPED if text not in GUIDE] == []
