#!/usr/bin/env python3
"""Lists the English words of the wall that a catalogue of templates/words does not have: python tools/words.py de

Looked for in the templates (``_("…")``), in deskwatch/web (``say("…")``, and tables named ``…_WORDS``) and in our
scripts (``say('…')``).
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "templates" / "words"

_IN_TEMPLATES = re.compile(r"""\b_\(\s*"((?:[^"\\]|\\.)*)\"""")
_IN_SCRIPTS = re.compile(r"""\bsay\(((?:[^()']|'(?:[^'\\]|\\.)*'|\((?:[^()']|'(?:[^'\\]|\\.)*')*\))*)\)""")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")


def words_of_templates() -> set[str]:
    """What the pages say."""
    texts = (path.read_text("utf-8") for path in (ROOT / "templates" / "dashboard").glob("*.html"))
    return {found.replace('\\"', '"') for text in texts for found in _IN_TEMPLATES.findall(text)}


def words_of_scripts() -> set[str]:
    """What the browser says itself."""
    texts = (path.read_text("utf-8") for path in (ROOT / "static" / "js").glob("*.js"))
    calls = [call for text in texts for call in _IN_SCRIPTS.findall(text)]
    return {found.replace("\\'", "'") for call in calls for found in _TEXT.findall(call) if _is_words(found)}


def words_of_modules() -> set[str]:
    """What cells, tiles and notices say."""
    modules = sorted((ROOT / "deskwatch" / "web").glob("*.py"))
    return {words for path in modules for words in _in_module(ast.parse(path.read_text("utf-8")))}


def _in_module(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].lstrip("_") == "say":
            yield from (text for arg in node.args[:1] for text in _texts(arg))
        elif isinstance(node, ast.Assign) and any("_WORDS" in ast.unparse(target) for target in node.targets):
            value = node.value
            values = value.values if isinstance(value, ast.Dict) else getattr(value, "elts", [])
            yield from (text for each in values for text in _texts(each))


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))


def _is_words(text: str) -> bool:
    return any(character.isalpha() for character in text)


def missing(language: str) -> list[str]:
    """English words without a counterpart in a language."""
    known = yaml.safe_load((CATALOGUES / f"{language}.yaml").read_text("utf-8"))
    said = words_of_templates() | words_of_modules() | words_of_scripts()
    return sorted(words for words in said if words and words not in known)


def main(language: str) -> int:
    """Print them, ready to be filled in; 1 when there are any."""
    found = missing(language)
    for words in found:
        print(yaml.safe_dump({words: ""}, allow_unicode=True, width=1000).strip())
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
