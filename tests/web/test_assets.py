"""What browsers load: small, old-browser proof, vendored with recorded hashes, and nothing from elsewhere."""

import importlib.util
import re
from pathlib import Path

import pytest
from calmjs.parse import es5

STATIC = Path(__file__).parents[2] / "static"
OWN_SCRIPTS = sorted((STATIC / "js").glob("*.js"))
EVERYTHING = [*OWN_SCRIPTS, *sorted((STATIC / "css").glob("*.css")), *sorted((STATIC / "img").glob("*.svg"))]
TEMPLATES = sorted((STATIC.parent / "templates" / "dashboard").iterdir())


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, STATIC.parent / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_vendored_files_are_the_recorded_ones():
    assert load_tool("vendor").differences() == []


def test_own_scripts_stay_below_12_kb_and_the_style_sheet_below_25():
    assert sum(p.stat().st_size for p in OWN_SCRIPTS) <= 12_500
    assert (STATIC / "js" / "wall.js").stat().st_size <= 12_000
    assert sum(p.stat().st_size for p in (STATIC / "css").glob("*.css")) <= 25_000


@pytest.mark.parametrize("path", [*EVERYTHING, *TEMPLATES], ids=lambda p: p.name)
def test_nothing_is_loaded_from_other_hosts(path):
    addresses = re.findall(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]+[^\s"')]*""", path.read_text())
    assert [a for a in addresses if not a.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_hold_no_inline_code_or_style(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style", text)
    assert "|safe" not in text


@pytest.mark.parametrize("path", [*OWN_SCRIPTS, *(STATIC / "vendor").glob("*.js")], ids=lambda p: p.name)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_scripts_are_es5_so_that_old_tvs_run_them(path):
    es5(path.read_text())
