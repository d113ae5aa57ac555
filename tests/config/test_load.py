"""Loading: missing files are defaults, every mistake of every file comes at once with its place."""

from pathlib import Path

import pytest

from deskwatch.config import Home, load
from deskwatch.errors import ConfigError


def write(home: Path, **files: str) -> Path:
    (home / "config").mkdir(exist_ok=True)
    for name, text in files.items():
        (home / "config" / f"{name}.yaml").write_text(text, "utf-8")
    return home


def problems_of(home: Path, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(home, env=env or {})
    return list(caught.value.problems)


def test_an_empty_home_shows_the_demo(tmp_path: Path) -> None:
    config = load(Home(tmp_path), env={})
    assert config.demo
    assert list(config.sources) == ["demo"]
    assert list(config.boards) == ["helpdesk"]
    assert config.web.port == 5001
    assert config.sla.calendar == config.calendars["desk"]


def test_a_misspelt_weekday_is_answered_with_its_place_and_the_nearest_one(tmp_path: Path) -> None:
    write(tmp_path, hours="calendars:\n  desk:\n    week:\n      mun: 08:00-17:00\n")
    assert problems_of(tmp_path) == [
        "config/hours.yaml:4:7: calendars.desk.week.mun: not a weekday "
        '(use mon, tue, wed, thu, fri, sat, sun). Did you mean "mon"?'
    ]
