"""gui.py token: a link for a screen, and the lines that allow it."""

import hashlib
import re
from datetime import datetime

import pytest
from click.testing import CliRunner

from deskwatch.config import Home, LiveConfig
from deskwatch.core.privacy import Privacy
from gui import main

BOARDS = "lobby: {title: Lobby}\nhelpdesk: {title: Helpdesk}\n"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "boards.yaml").write_text(BOARDS)
    return tmp_path


def run(home, *arguments):
    return CliRunner().invoke(main, ["--home", str(home), "token", *arguments])


def token_of(output):
    return re.search(r"/w/([\w-]+)$", output, re.MULTILINE)[1]


def test_the_pasted_lines_allow_the_printed_link(home):
    said = run(home, "lobby", "--board", "lobby", "--privacy", "initials", "--expires", "2027-01-31").output
    lines = "".join(f"{line}\n" for line in said.splitlines() if line.startswith(("    - ", "      ")))
    (home / "config" / "deskwatch.yaml").write_text(f"access:\n  tokens:\n{lines}")
    (token,) = LiveConfig(Home(home)).current.access.tokens
    assert token.sha256 == hashlib.sha256(token_of(said).encode()).hexdigest()
    assert (token.boards, token.privacy, token.expires) == (
        ["lobby"],
        Privacy.INITIALS,
        datetime.fromisoformat("2027-01-31"),
    )
    assert token_of(said) not in lines
    again = run(home, "lobby")
    assert again.exception is not None
    assert "already" in str(again.exception)


def test_every_link_is_another_one(home):
    assert token_of(run(home, "a").output) != token_of(run(home, "a").output)


def test_nothing_is_written(home):
    run(home, "lobby")
    assert [path.name for path in (home / "config").iterdir()] == ["boards.yaml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lobby", "--board", "loby"], 'Did you mean "lobby"?'),
        (["lobby", "--board", "zzz"], "Boards are: helpdesk, lobby."),
        ([" "], "says whose wall it is"),
        (["a\nb"], "says whose wall it is"),
        (["lobby", "--expires", "tomorrow"], "expected a date such as 2027-01-31"),
        (["lobby", "--expires", "1870-01-31"], "expected a date such as 2027-01-31"),
        (["lobby", "--expires", "2024-01-31"], "--expires: 2024-01-31 00:00 has passed"),
    ],
)
def test_a_mistake_is_told_before_anything_is_pasted(home, arguments, words):
    assert words in str(run(home, *arguments).exception)


def test_the_link_has_the_address_screens_use(home):
    assert "Only this machine reaches the wall" in run(home, "lobby").output
    (home / "config" / "deskwatch.yaml").write_text("web: {public_url: 'https://wall.example.com/desk'}\n")
    said = run(home, "lobby").output
    assert "https://wall.example.com/desk/w/" in said
    assert "Only this machine" not in said
