"""Helpdesks described in files of their own: found, checked with their place, and kept apart by name."""

from pathlib import Path

import pytest

from deskwatch.config import Home, check, load

GOOD = """\
base_url: https://desk.example.com
secrets: {token: env:DESK_TOKEN}
auth: {kind: header, headers: {Authorization: "Token {token}"}}
tickets: {path: /api/tickets, items: results}
fields: {id: id, subject: title, status: state}
statuses: {new: open, done: {phase: closed, name: Done}}
"""
ENV = {"DESK_TOKEN": "a token of the desk"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "config/sources.d").mkdir(parents=True)
    return Home(tmp_path)


def describe(home: Home, name: str, text: str) -> None:
    (home.config / "sources.d" / name).write_text(text, "utf-8")


def problems(home: Home) -> list[str]:
    return [str(problem) for problem in check(home, env=ENV).problems]


def test_a_file_is_a_source_named_like_it(home: Home) -> None:
    describe(home, "rt.yaml", GOOD)
    sources = load(home, env=ENV, needs=("sources",)).sources
    assert list(sources) == ["rt"]
    assert sources["rt"].kind == "rest"


@pytest.mark.parametrize("listed", [None, "", "# nothing yet\n", "{}\n"])
def test_the_demo_is_there_only_where_it_is_written_once_there_is_a_file(
    home: Home, listed: str | None
) -> None:
    describe(home, "rt.yaml", GOOD)
    if listed is not None:
        (home.config / "sources.yaml").write_text(listed, "utf-8")
    assert list(load(home, env=ENV).sources) == ["rt"]
    (home.config / "sources.yaml").write_text("demo: {kind: demo}\n", "utf-8")
    assert list(load(home, env=ENV).sources) == ["demo", "rt"]


def test_the_demo_may_go_once_there_is_a_file(home: Home) -> None:
    (home.config / "sources.yaml").write_text("{}\n", "utf-8")
    describe(home, "rt.yaml", GOOD)
    assert list(load(home, env=ENV).sources) == ["rt"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("items: results", "items: 'results['"),
            "config/sources.d/rt.yaml:4:31: tickets.items: is no JMESPath",
        ),
        (("subject: title", "subjekt: title"), "config/sources.d/rt.yaml:5:18: fields.subjekt: "),
        (
            ("done: {phase: closed", "done: {phase: over"),
            "config/sources.d/rt.yaml:6:30: statuses.done.phase",
        ),
        (("new: open", "new: open, new: closed"), "config/sources.d/rt.yaml:6:"),
        (
            ("path: /api/tickets", "path: '/api/{tickets'"),
            "config/sources.d/rt.yaml:4:11: tickets.path: a brace",
        ),
        (
            ("env:DESK_TOKEN", "s3cret-itself"),
            "config/sources.d/rt.yaml:2:11: secrets.token: a secret is not",
        ),
    ],
)
def test_a_mistake_is_named_with_line_and_column(home: Home, change: tuple[str, str], words: str) -> None:
    describe(home, "rt.yaml", GOOD.replace(*change))
    assert [p for p in problems(home) if p.startswith(words)], problems(home)
    assert "s3cret-itself" not in "".join(problems(home))


def test_names_that_could_give_two_tickets_one_key_are_refused(home: Home) -> None:
    (home.config / "sources.yaml").write_text("rt: {kind: demo}\nrt-eu: {kind: demo}\n", "utf-8")
    describe(home, "rt.yaml", GOOD)
    assert [p.partition(": ")[0] for p in problems(home)] == [
        "config/sources.d/rt.yaml",
        "config/sources.yaml:1:1",
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Big Desk.yaml", GOOD, "config/sources.d/Big Desk.yaml: cannot be a source"),
        ("rt.yml", GOOD, "config/sources.d/rt.yml: warning: is not read: rename it"),
        ("rt.yaml", "", "config/sources.d/rt.yaml: is empty"),
    ],
)
def test_a_file_that_cannot_be_a_source_is_told(home: Home, name: str, text: str, words: str) -> None:
    describe(home, name, text)
    assert [p for p in problems(home) if p.startswith(words)], problems(home)
