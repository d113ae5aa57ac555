"""What the README and the documents say is true today."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.config import Home, load

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_place_in_the_tree_exists_and_every_folder_of_the_package_is_in_it() -> None:
    tree = README.split("## The tree")[1]
    named = set(re.findall(r"([a-z_]+(?:\.py|/))", tree))
    package = {p.name + "/" for p in (ROOT / "deskwatch").iterdir() if (p / "__init__.py").exists()}
    assert package <= named
    assert [n for n in named if not (ROOT / n).exists() and not (ROOT / "deskwatch" / n).exists()] == []


def test_every_folder_and_module_of_the_package_is_on_the_map() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    units = {p.stem for p in (ROOT / "deskwatch").iterdir() if not p.name.startswith("__")}
    assert [unit for unit in sorted(units) if unit not in architecture] == []


@pytest.mark.parametrize("folder", ["core", "pager", "web"])
def test_every_module_of_a_large_folder_is_on_the_map(folder: str) -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, table = architecture.partition(f"`deskwatch/{folder}/`\n")
    named = set(re.findall(r"`(\w+)`", table.partition("\n#")[0]))
    modules = {path.stem for path in (ROOT / "deskwatch" / folder).glob("*.py")} - {"__init__"}
    assert modules - named == set(), "say in docs/architecture.md what it belongs to"
    assert {name for name in named - modules if name.islower()} == set(), "there is no such module"


def test_the_readmes_source_loads_as_it_stands(tmp_path: Path) -> None:
    (yaml,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text(re.sub(r"(?m)^ {3}", "", yaml), encoding="utf-8")
    config = load(Home(tmp_path), env={"FRESHSERVICE_API_KEY": "not-a-key"}, needs=("deskwatch", "sources"))
    assert list(config.sources) == ["acme"]


@pytest.mark.parametrize("program", ["start.py", "gui.py", "ticket_watcher.py", "notifier.py"])
def test_every_program_explains_itself(program: str) -> None:
    assert program in README
    command = [sys.executable, ROOT / program, "--help"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "--home" in said
