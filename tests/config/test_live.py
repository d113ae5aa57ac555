"""A running process: good edits are live at once, bad and half-done ones change nothing and are told."""

import logging
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskwatch.config import LiveConfig
from deskwatch.errors import ConfigError
from tests.config.conftest import Write

MORNING = datetime(2026, 3, 10, 8, 12, tzinfo=UTC)


class Watch:
    """A stopwatch that a test moves on, and pauses that cost nothing."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def live_of(home: Path, watch: Watch, **env: str) -> LiveConfig:
    return LiveConfig(home, env=env, clock=lambda: MORNING, stopwatch=watch, pause=watch.pause)


def test_a_good_edit_is_live(write: Write, watch: Watch) -> None:
    live = live_of(write(deskwatch="web: {rows_per_section: 10}"), watch)
    assert (live.generation, live.refresh()) == (1, False)
    write(deskwatch="web: {rows_per_section: 20}")
    assert live.refresh()
    assert (live.generation, live.current.web.rows_per_section) == (2, 20)
    assert not live.refresh()


def test_a_bad_edit_changes_nothing_and_says_which_configuration_runs(
    write: Write, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    live = live_of(write(deskwatch="zone: Europe/Berlin"), watch)
    before = live.current
    write(deskwatch="zone: Europe/Berln\nweb: {prot: 1}", boards="a: [")
    caplog.set_level(logging.ERROR)
    assert not live.refresh()
    os.utime(live.home.config / "boards.yaml", (1, 1))
    assert not live.refresh()
    assert live.current is before
    assert live.generation == 1
    assert (
        live.problems[0]
        == "running on the configuration of 09:12; boards.yaml: 1 problem, deskwatch.yaml: 2 problems"
    )
    assert [line.partition(" ")[0] for line in live.problems[1:]] == [
        "config/boards.yaml:1:5:",
        "config/deskwatch.yaml:1:1:",
        "config/deskwatch.yaml:2:7:",
    ]
    assert caplog.text.count("running on the configuration") == 1, "the same problems are told once"


def test_taking_a_bad_edit_back_ends_the_problems(write: Write, watch: Watch) -> None:
    live = live_of(write(sla="calendar: desk"), watch)
    write(sla="calendar: dask")
    live.refresh()
    assert live.problems
    write(sla="calendar: desk # as before")
    assert not live.refresh(), "nothing that matters is new"
    assert (live.problems, live.generation) == ((), 1)


def test_a_new_file_is_noticed(write: Write, watch: Watch) -> None:
    live = live_of(write(), watch)
    write(agents="1: Ana")
    assert live.refresh()
    assert live.current.agents == {"1": "Ana"}


def test_an_editor_that_replaces_the_file_is_followed(write: Write, watch: Watch) -> None:
    home = write(agents="1: Ana")
    live = live_of(home, watch)
    path = home / "config" / "agents.yaml"
    for name in ("Ben", "Mia"):
        path.with_suffix(".tmp").write_text(f"1: {name}")
        os.replace(path.with_suffix(".tmp"), path)
        assert live.refresh()
        assert live.current.agents == {"1": name}


def test_a_file_that_is_still_being_written_is_left_alone(write: Write, watch: Watch) -> None:
    home = write(agents="1: Ana")
    path = home / "config" / "agents.yaml"
    rest = ["2: Ben\n", "3: Mia\n"]

    def write_on(seconds: float) -> None:
        if rest:
            with path.open("a") as file:
                file.write(rest.pop(0))

    live = LiveConfig(home, env={}, stopwatch=watch, pause=write_on)
    path.write_text("1: Ana\n")
    assert [live.refresh(), live.refresh()] == [False, False]
    assert live.current.agents == {"1": "Ana"}
    assert live.refresh()
    assert live.current.agents == {"1": "Ana", "2": "Ben", "3": "Mia"}


@pytest.mark.parametrize("how", [Path.unlink, lambda path: path.write_text("")])
def test_a_file_that_vanishes_for_a_moment_is_not_taken_for_its_defaults(
    how: object, write: Write, watch: Watch
) -> None:
    home = write(agents="1: Ana")
    live = live_of(home, watch)
    how(home / "config" / "agents.yaml")  # type: ignore[operator]
    assert not live.refresh()
    assert live.problems == ()
    write(agents="1: Ben")
    assert live.refresh()
    assert live.current.agents == {"1": "Ben"}


def test_a_lost_file_never_brings_the_demo_to_a_wall_that_runs(write: Write, watch: Watch) -> None:
    home = write(sources="acme: {kind: freshservice, subdomain: acme}")
    live = live_of(home, watch)
    shutil.rmtree(home / "config")
    assert not live.refresh()
    watch.seconds += 3
    assert not live.refresh()
    assert not live.current.demo
    assert "config/sources.yaml: is gone or empty; put it back, or restart" in live.problems[1]
    assert live.refresh(now_please=True), "unless somebody says so"
    assert live.current.demo


def test_nobody_who_ran_without_the_demo_gets_it_by_taking_sources_out(write: Write, watch: Watch) -> None:
    home = write(sources="acme: {kind: freshservice, subdomain: acme}")
    live = live_of(home, watch)
    write(sources="# acme: {kind: freshservice, subdomain: acme}")
    assert not live.refresh()
    assert "names no source" in live.problems[1]
    (home / "config" / "sources.yaml").unlink()
    described = home / "config" / "sources.d" / "bugs.yaml"
    described.parent.mkdir()
    described.write_text("base_url: https://bugs.example\ntickets: {path: /api}\nfields: {id: id}\n", "utf-8")
    live = live_of(home, watch)
    assert list(live.current.sources) == ["bugs"]
    described.unlink()
    for _ in range(2):
        assert not live.refresh()
        watch.seconds += 3
    assert list(live.current.sources) == ["bugs"]
    assert "names no source" in live.problems[1]


def test_a_changed_key_is_used_without_a_restart(write: Write, watch: Watch) -> None:
    home = write(sources="acme: {kind: freshservice, subdomain: acme}")
    secret = home / "config" / "secrets" / "FRESHSERVICE_API_KEY"
    live = live_of(home, watch)
    assert live.current.missing_secrets
    secret.parent.mkdir()
    for key in ("first", "second"):
        secret.write_text(key)
        secret.chmod(0o600)
        assert live.refresh()
        assert live.current.sources["acme"].api_key.reveal() == key
    (home / ".env").write_text("FRESHSERVICE_API_KEY=third")
    assert live.refresh()
    assert live.current.sources["acme"].api_key.reveal() == "third"


def test_nothing_that_happens_to_the_folder_raises(write: Write, watch: Watch) -> None:
    home = write(agents="1: Ana")
    live = live_of(home, watch)
    shutil.rmtree(home / "config")
    (home / "config").write_text("a file in place of the folder")
    watch.seconds += 10
    for _ in range(3):
        watch.seconds += 3
        assert not live.refresh()
    assert live.current.agents == {"1": "Ana"}
    assert live.problems


def test_a_bad_configuration_at_the_start_is_an_error(write: Write) -> None:
    with pytest.raises(ConfigError, match="zoen"):
        LiveConfig(write(deskwatch="zoen: UTC"), env={})


def test_touching_a_file_is_no_new_configuration(write: Write, watch: Watch) -> None:
    home = write(agents="1: Ana")
    live = live_of(home, watch)
    os.utime(home / "config" / "agents.yaml", (1, 1))
    assert not live.refresh()
    assert live.generation == 1


def test_what_needs_a_restart_is_named(write: Write, watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    live = live_of(write(deskwatch="web: {port: 5001}"), watch)
    write(deskwatch="web: {port: 5002, rows_per_section: 9}\nlog: {level: debug}")
    assert live.refresh()
    assert live.waits_for_restart == ("web.port", "log.level")
    assert "Takes effect at the next start: web.port, log.level" in caplog.text
