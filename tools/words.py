#!/usr/bin/env python3
"""Lists the English words of the wall that a catalogue lacks: python tools/words.py de

With ``--write`` it also writes static/js/words-de.js, the part of the catalogue that browsers need.

Looked for in the templates (``_("…")``), in deskwatch/web (``say("…")``, ``Phrase("…")``, notices, tables
whose name says that they hold words), in the reasons that rules of deskwatch/core give for a deadline, in our
scripts (``say('…')``) and in the sections that boards have by default.
"""

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deskwatch.core.board import DEFAULT_SECTIONS, Section  # noqa: E402
from deskwatch.settings.languages import CATALOGUES, SCRIPTS  # noqa: E402

_IN_TEMPLATES = re.compile(r"""\b_\(\s*(?:"([^"]*)"|'([^']*)')""")
_IN_SCRIPTS = re.compile(r"""\bsay\(((?:[^()']|'(?:[^'\\]|\\.)*'|\((?:[^()']|'(?:[^'\\]|\\.)*')*\))*)\)""")
_TABLES = re.compile(r"_WORDS|_WEEKDAYS|_MONTHS|_EXPECTED|_FIELDS")
_RULES = re.compile(r"^(_SILENCE|_REASONS|_PAUSED)\b")
_SPEAKING = {
    "say": slice(1),
    "Phrase": slice(1),
    "_since": slice(1),
    "_left": slice(1, 3),
    "Notice": slice(1, None),
}
"""Functions whose arguments are words, and which of them."""
_FIRST = re.compile(r"(?:[^,']|'(?:[^'\\]|\\.)*')*")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")


def words_of_templates() -> set[str]:
    """What the pages say."""
    texts = (path.read_text("utf-8") for path in (ROOT / "templates" / "dashboard").glob("*.html"))
    return {double or single for text in texts for double, single in _IN_TEMPLATES.findall(text)}


def words_of_scripts() -> set[str]:
    """What the browser says itself."""
    texts = (path.read_text("utf-8") for path in SCRIPTS.glob("*.js") if not path.name.startswith("words-"))
    calls = [_FIRST.match(call) for text in texts for call in _IN_SCRIPTS.findall(text)]
    found = {text for call in calls if call for text in _TEXT.findall(call[0])}
    return {text.replace("\\'", "'") for text in found if any(character.isalpha() for character in text)}


def words_of_modules() -> set[str]:
    """What cells, tiles and notices say."""
    modules = sorted((ROOT / "deskwatch" / "web").glob("*.py"))
    return {words for path in modules for words in _in_module(ast.parse(path.read_text("utf-8")))}


def words_of_endings() -> set[str]:
    """Why a ticket left the wall, as its history tells: ``Gone(…, "…")`` of the sources."""
    paths = [path for unit in ("sources", "local") for path in (ROOT / "deskwatch" / unit).rglob("*.py")]
    calls = (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    gone = (node for node in calls if isinstance(node, ast.Call) and _name_of(node.func) == "Gone")
    return {text for call in gone for arg in call.args[1:] for text in _texts(arg) if " " in text}


def words_of_rules() -> set[str]:
    """Why a ticket has the deadline it has: ``why="…"`` and the table of silence."""
    found: set[str] = set()
    for path in sorted((ROOT / "deskwatch" / "core").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "why":
                found |= set(_texts(node.value))
            elif isinstance(node, ast.Assign | ast.AnnAssign) and _RULES.search(
                ast.unparse(node).split("=")[0]
            ):
                texts = (text for part in ast.walk(node) for text in _texts(part))
                found |= {text for text in texts if " " in text}
    return found


def _in_module(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (words := _SPEAKING.get(_name_of(node.func))):
            yield from (text for arg in node.args[words] for text in _texts(arg))
        elif isinstance(node, ast.Assign) and _TABLES.search(ast.unparse(node.targets[0])):
            value = node.value
            values = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", [])
            yield from (text for each in values for text in _texts(each))


def _name_of(function: ast.expr) -> str:
    name = ast.unparse(function).rpartition(".")[2]
    return "say" if name == "_say" else name


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (text for value in node.values for text in _texts(value))
    elif isinstance(node, ast.Call):
        yield from (text for arg in node.args for text in _texts(arg))


def said() -> set[str]:
    """Everything the wall can say."""
    sections = {words for section in DEFAULT_SECTIONS for words in (section.title, section.empty)}
    sections |= {Section.__dataclass_fields__["empty"].default}
    found = words_of_templates() | words_of_modules() | words_of_scripts() | sections
    return found | words_of_rules() | words_of_endings()


def catalogue(language: str) -> dict[str, str]:
    """The words of a language so far.

    Raises:
        SystemExit: the file makes no sense; with words for the translator.
    """
    name = f"templates/words/{language}.yaml"
    try:
        said = yaml.safe_load((CATALOGUES / f"{language}.yaml").read_text("utf-8")) or {}
    except (UnicodeDecodeError, yaml.YAMLError) as problem:
        raise SystemExit(f"{name}: {problem}") from None
    if not isinstance(said, dict):
        raise SystemExit(f'{name}: expected lines such as "Overdue": "En retard"')
    for words, own in said.items():
        if not isinstance(words, str) or not isinstance(own, str | None):
            raise SystemExit(f"{name}: put the words of this line in quotes: {words}: {own}")
    return said


def missing(language: str) -> list[str]:
    """English words without a counterpart in a language."""
    known = catalogue(language)
    return sorted(words for words in said() if _is_word(words) and not known.get(words))


def unused(language: str) -> list[str]:
    """Words of a catalogue that nobody says any more."""
    return sorted(set(catalogue(language)) - said())


def misfilled(language: str) -> Iterator[tuple[str, str]]:
    """Places that only the English words or only their translation have, and the English words."""
    for words, own in catalogue(language).items():
        for place in sorted(_places(words) ^ _places(own)) if own else ():
            yield place, words


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{\w*\}", text))


def _is_word(text: str) -> bool:
    """Whether there is anything to translate besides what is filled in."""
    return any(character.isalpha() for character in re.sub(r"\{\w*\}", "", text))


def script(language: str) -> str:
    """The script that tells a browser the words it says itself."""
    known = catalogue(language)
    words = {text: known[text] for text in sorted(words_of_scripts()) if known.get(text)}
    return f"window.DESKWATCH_WORDS = {json.dumps(words, ensure_ascii=False, indent=2)};\n"


def main(language: str, *options: str) -> int:
    """Print what is missing, ready to be filled in, and what is wrong: then 1; without a file 2."""
    if not (CATALOGUES / f"{language}.yaml").exists():
        print(f"templates/words/{language}.yaml is not there: begin with a copy of de.yaml.")
        return 2
    if "--write" in options:
        (SCRIPTS / f"words-{language}.js").write_text(script(language), "utf-8")
    lacking, wrong = missing(language), list(misfilled(language))
    for words in lacking:
        print(f'{json.dumps(words, ensure_ascii=False)}: ""')
    for place, words in wrong:
        verb = "must" if place in words else "must not"
        print(f"# {place} {verb} stand in the translation of {json.dumps(words, ensure_ascii=False)}")
    for words in unused(language):
        print(f"# nobody says this any more: {json.dumps(words, ensure_ascii=False)}")
    return 1 if lacking or wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Which language? python tools/words.py de")
    try:
        code = main(*sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # a pager or `head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at the end
        code = 0
    sys.exit(code)
