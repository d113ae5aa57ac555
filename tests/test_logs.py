import io
import json
import logging
from pathlib import Path

import pytest

from deskwatch import logs

HOSTILE = "line\nbreak \x1b[2J\x07 \x9b31m \u202egnp.exe\u2066 \u2028 \r \x00 \x7f \ud800"
UNPRINTABLE = set(map(chr, range(0x20))) | {"\x7f", "\x9b", "\u202e", "\u2066", "\u2028", "\ud800"}


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def failing_step() -> None:
    try:
        raise OSError("disk\nfull")
    except OSError as error:
        raise ValueError("the ticket could not be written") from error


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_hostile_subject_stays_one_line_without_escapes(style: str, out: io.StringIO) -> None:
    logs.set_up("watcher", style=style, stream=out)
    logging.getLogger("x").info("subject %s", HOSTILE)
    line = out.getvalue()
    assert line.count("\n") == 1
    assert not UNPRINTABLE & set(line.rstrip("\n"))


def test_a_text_line_names_time_level_and_process(out: io.StringIO) -> None:
    logs.set_up("watcher", stream=out)
    logging.getLogger("x").warning("no answer")
    time, level, process, *words = out.getvalue().split()
    assert (time[-1], level, process, words) == ("Z", "WARNING", "watcher:", ["no", "answer"])


def test_under_the_supervisor_the_name_is_not_said_twice(
    out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(logs.SUPERVISED, "1")
    logs.set_up("watcher", stream=out)
    logging.getLogger("x").warning("no answer")
    assert out.getvalue().split()[1:] == ["WARNING:", "no", "answer"]


def test_an_exception_is_told_on_one_line_with_its_cause_and_place(out: io.StringIO) -> None:
    logs.set_up("watcher", stream=out)
    try:
        failing_step()
    except ValueError:
        logging.getLogger("x").exception("One round failed")
    line = out.getvalue()
    assert line.count("\n") == 1
    assert "ValueError: the ticket could not be written, at test_logs.py:" in line
    assert "from OSError: disk\\nfull" in line


def test_json_lines_carry_the_whole_traceback(out: io.StringIO) -> None:
    logs.set_up("watcher", style="json", stream=out)
    try:
        failing_step()
    except ValueError:
        logging.getLogger("x").exception("One round failed")
    entry = json.loads(out.getvalue())
    assert (entry["level"], entry["process"], entry["logger"]) == ("ERROR", "watcher", "x")
    assert "Traceback (most recent call last)" in entry["traceback"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_registered_secret_reaches_a_line(style: str, out: io.StringIO) -> None:
    logs.set_up("watcher", style=style, stream=out, secrets=["canary/of+the desk"])
    try:
        raise RuntimeError("refused for canary/of+the desk")
    except RuntimeError:
        logging.getLogger("x").exception("GET /?key=%s", "canary%2Fof%2Bthe%20desk")
    assert "canary" not in out.getvalue()
    assert "***" in out.getvalue()


def test_a_secret_learned_later_is_hidden_from_then_on(out: io.StringIO) -> None:
    logs.set_up("watcher", stream=out)
    logs.SECRETS.register("a-key-after-reload")
    logging.getLogger("x").info("key a-key-after-reload")
    assert "a-key-after-reload" not in out.getvalue()


def test_a_secret_that_came_with_a_reload_is_hidden_from_its_first_use(out: io.StringIO) -> None:
    keys = ["the-first-key"]
    logs.SECRETS.follow(lambda: keys)
    try:
        logs.set_up("watcher", stream=out)
        logging.getLogger("x").info("key the-first-key")
        keys[:] = ["the-second-key"]
        logging.getLogger("x").info("key the-second-key, before the-first-key")
    finally:
        logs.SECRETS.follow(tuple)
    assert "-key" not in out.getvalue()


def test_short_words_are_not_blackened() -> None:
    secrets = logs.Secrets()
    secrets.register("demo", "")
    assert secrets.hide("the demo desk") == "the demo desk"


def test_the_same_error_is_written_once_in_five_minutes_with_a_count() -> None:
    seconds = [0.0]
    once = logs.OncePerWhile(monotonic=lambda: seconds[0])
    written: list[str] = []

    def record(words: str, level: int = logging.ERROR) -> None:
        entry = logging.LogRecord("x", level, __file__, 1, words, (), None)
        if once.filter(entry):
            written.append(entry.getMessage())

    for second in range(0, 360, 10):
        seconds[0] = float(second)
        record("no answer from the helpdesk")
    record("another error")
    record("a plain word", logging.INFO)
    record("a plain word", logging.INFO)
    assert written == [
        "no answer from the helpdesk",
        "no answer from the helpdesk (and 29 more times in between)",
        "another error",
        "a plain word",
        "a plain word",
    ]


def test_what_was_seen_is_forgotten_in_the_end_so_memory_stays_bounded() -> None:
    once = logs.OncePerWhile(monotonic=lambda: 0.0)
    for number in range(logs.OncePerWhile.KEPT * 2):
        once.filter(logging.LogRecord("x", logging.ERROR, __file__, 1, f"file {number}", (), None))
    assert len(once._seen) == logs.OncePerWhile.KEPT


def test_libraries_that_log_addresses_and_numbers_are_kept_quiet(out: io.StringIO) -> None:
    logs.set_up("notifier", level="debug", stream=out)
    logging.getLogger("twilio.http_client").info("Authorization: Basic abc")
    logging.getLogger("urllib3.connectionpool").debug("GET /api?key=abc")
    assert out.getvalue() == ""


def test_each_process_rotates_its_own_file(tmp_path: Path, out: io.StringIO) -> None:
    logs.set_up("watcher", file=tmp_path / "logs" / "deskwatch.log", stream=out)
    for number in range(4):
        logging.getLogger("x").info("%d %s", number, "x" * (logs.FILE_BYTES // 2))
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names[:2] == ["deskwatch-watcher.log", "deskwatch-watcher.log.1"]


def test_a_log_file_that_cannot_be_written_costs_a_warning_and_nothing_else(
    tmp_path: Path, out: io.StringIO
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    logs.set_up("watcher", file=tmp_path / "logs" / "deskwatch.log", stream=out)
    logging.getLogger("x").info("still here")
    assert "No log file" in out.getvalue()
    assert "still here" in out.getvalue()
