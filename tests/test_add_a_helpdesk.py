"""docs/add-a-helpdesk.md is true: its tutorial runs, its outputs are real, its recipes are fit."""

import os
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from deskwatch import cli
from deskwatch.config import CLONE, Home
from deskwatch.config.machine import Machine
from deskwatch.config.source_files import SourceFile
from tests.brightdesk import KEY, brightdesk
from ticket_watcher import main

PAGE = CLONE / "docs" / "add-a-helpdesk.md"
ADDRESS = "https://desk.example.com"
BLOCK = re.compile(r"(?:<!-- (step|finished|output: [^>]*) -->\n)?```(yaml|text)\n(.*?)```", re.DOTALL)
BASE = """\
base_url: https://desk.example.com
tickets: {path: /api/tickets, items: results}
fields: {id: id}
"""


@dataclass(frozen=True)
class Told:
    """A block of the page. ``mark`` is what its comment says."""

    mark: str
    text: str


def told() -> list[Told]:
    return [Told(found[1] or "", found[3]) for found in BLOCK.finditer(PAGE.read_text("utf-8"))]


def merged(file: str, piece: str) -> str:
    """A file whose settings are replaced by those of a piece; new ones come last."""
    sections = {**dict(parts(file)), **dict(parts(piece))}
    return "\n\n".join(text.strip() for text in sections.values()) + "\n"


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Top-level key to the lines that belong to it."""
    key, lines = "", list[str]()
    for line in text.splitlines():
        if found := re.match(r"([a-z_]+):", line):
            if any(part.strip() for part in lines):
                yield key, "\n".join(lines)
            key, lines = found[1], []
        lines.append(line)
    if any(part.strip() for part in lines):
        yield key, "\n".join(lines)


class Desk:
    """A home with the file of the tutorial, as far as it has come."""

    def __init__(self, folder: Path, url: str) -> None:
        self.home, self.url, self.file = folder, url, ""
        (folder / "config" / "sources.d").mkdir(parents=True)
        (folder / "config" / "sources.yaml").write_text("{}\n", "utf-8")

    def add(self, piece: str) -> None:
        self.file = merged(self.file, piece)
        path = self.home / "config" / "sources.d" / "brightdesk.yaml"
        path.write_text(self.file.replace(ADDRESS, self.url), "utf-8")

    def run(self, command: str) -> str:
        words, _, variable = command.partition("; ")
        os.environ["BRIGHTDESK_KEY"] = variable.partition("=")[2] or KEY
        said = StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            cli.exit_code(main, ["--home", str(self.home), *words.split()])
        return said.getvalue().replace(self.url, ADDRESS)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("BRIGHTDESK_KEY", KEY)
    with brightdesk() as url:
        yield Desk(tmp_path, url)


def test_the_tutorial_says_what_really_happens(desk: Desk) -> None:
    seen = []
    for block in told():
        if block.mark == "step":
            desk.add(block.text)
        elif block.mark == "finished":
            assert block.text == desk.file
        elif block.mark:
            command = block.mark.removeprefix("output: ")
            assert block.text in desk.run(command), f"this is not what `{command}` says"
            assert block.text.strip()
        seen.append(block.mark)
    assert seen.count("step") >= 5
    assert "finished" in seen


def test_every_recipe_is_fit(tmp_path: Path) -> None:
    recipes = [block.text for block in told() if not block.mark]
    assert len(recipes) > 25
    for number, recipe in enumerate(recipes):
        text = merged(BASE, recipe)
        (tmp_path / f"r{number}.yaml").write_text(text, "utf-8")
        file = SourceFile(tmp_path, f"r{number}.yaml", shown="recipe")
        secrets = dict.fromkeys(re.findall(r"env:([A-Z_]+)", text), "a-secret-of-this-test")
        file.validate(Machine(Home(tmp_path), secrets), needs_secrets=False)
        assert [str(problem) for problem in file.problems if problem.severity == "error"] == [], recipe


def test_the_page_names_every_step_and_every_command() -> None:
    page = PAGE.read_text("utf-8")
    for word in ("presets", "new", "check", "try", "record", "replay"):
        assert f"source {word}" in page


def test_what_the_table_of_troubles_quotes_is_really_said() -> None:
    table = PAGE.read_text("utf-8").partition("| it says | mend |")[2].partition("\n\n")[0]
    first = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `") or "| …" in row]
    quoted = [found for cell in first for found in re.findall(r"`([^`]*)`", cell)]
    code = " ".join(path.read_text("utf-8") for path in (CLONE / "deskwatch").rglob("*.py"))
    assert len(quoted) > 12
    for words in quoted:
        pieces = re.split(r"…|\{x\}|'x'|\bX\b|\([0-9, ]+\)|\d+|line:column:|a, b", words)
        for piece in filter(None, (part.strip(" ;:") for part in pieces)):
            assert piece in code, f"nobody says {piece!r} of {words!r}"
