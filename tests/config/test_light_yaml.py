"""``light:`` of boards.yaml, the shipped example included."""

import re
from pathlib import Path

import pytest
import yaml

from deskwatch.config import CLONE, load
from deskwatch.core.light import DEFAULT_LIGHT, Colour, LightRule


def board(home: Path, light: str):
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "boards.yaml").write_text(f"helpdesk: {{title: Helpdesk, light: {light}}}\n", "utf-8")
    return load(home, env={}).boards["helpdesk"]


def test_without_rules_the_usual_ones_hold(tmp_path):
    assert load(tmp_path, env={}).boards["helpdesk"].light == DEFAULT_LIGHT


def test_the_example_in_the_shipped_file_is_what_holds_without_it(tmp_path):
    text = (CLONE / "config" / "boards.yaml").read_text("utf-8")
    found = re.search(r"^  # light:.*\n((?:  #   - .*\n)+)", text, re.MULTILINE)
    rules = yaml.safe_load(re.sub(r"^  #   ", "", found[1], flags=re.MULTILINE))
    assert board(tmp_path, str(rules)).light == DEFAULT_LIGHT


@pytest.mark.parametrize("colour", ["red", '"#ff0000"', '"#FF0000"', "[255, 0, 0]"])
def test_a_colour_has_a_name_or_its_parts(tmp_path, colour):
    rules = board(tmp_path, f"[{{when: urgent, colour: {colour}, mode: blink}}]").light
    assert rules == (LightRule("urgent", Colour(255, 0, 0), "blink"),)


@pytest.mark.parametrize(
    ("light", "words"),
    [
        ("[{when: urgent, colour: rad}]", 'Did you mean "red"'),
        ("[{when: urgent, colour: [255, 0]}]", "expected a colour by name"),
        ("[{when: urgent, colour: [256, 0, 0]}]", "from 0 to 255"),
        ("[{when: urgnt, colour: red}]", "urgent"),
        ("[{when: urgent, colour: red, mode: disco}]", "strobe"),
        ("[]", "light"),
    ],
)
def test_a_slip_is_told_with_its_place(tmp_path, light, words):
    with pytest.raises(Exception, match=r"config/boards.yaml:1:") as told:
        board(tmp_path, light)
    assert words in str(told.value)
