"""Unhappy answers in words: one file for each shape of error body, and every form of Retry-After."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskwatch.sources.credits import Credits
from deskwatch.sources.freshservice_api import Api
from deskwatch.sources.freshservice_settings import FreshserviceSettings
from deskwatch.sources.http_client import HttpClient, Timeouts
from deskwatch.sources.http_words import clean_line, date_of, pause_of
from deskwatch.sources.source import SourceError
from tests.sources.wire import answer, wire

THREE = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
ERRORS = sorted((Path(__file__).parent / "freshservice" / "errors").glob("*.json"))


@pytest.mark.parametrize("path", ERRORS, ids=lambda p: p.stem)
def test_every_shape_of_error_is_told_apart_in_words(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    given, means = case["answer"], case["means"]
    body = given["body"]
    data = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {name.replace("-", "_"): value for name, value in given["headers"].items()}
    with wire(answer(data, status=f"{given['status']} Whatever", **headers)) as server:
        client = HttpClient(("canary", "X"), timeouts=Timeouts(1, 1, 2))
        api = Api(FreshserviceSettings(base_url=server.url), client, Credits())
        api.at(THREE)
        with pytest.raises(SourceError) as caught:
            api.page("tickets", "tickets", {}, operation="list", doing="listing the changes")
        client.close()
    error = caught.value
    assert error.kind == means["kind"]
    assert error.status == given["status"]
    assert means["words"] in error.words
    assert error.retry_after == means["retry_after"]
    assert error.words.startswith("while listing the changes: ")
    assert error.words.isprintable()
    assert len(error.words) < 600
    assert "canary" not in error.words


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("37", 37),
        (" 37 ", 37),
        ("37.5", 37.5),
        ("0", 1),
        ("-5", 1),
        ("901", 900),
        ("99999999999999999999", 900),
        ("9" * 400, 60),
        ("Tue, 10 Mar 2026 15:02:00 GMT", 120),
        ("Tue, 10 Mar 2026 14:00:00 GMT", 1),
        ("Tue, 10 Mar 2099 14:00:00 GMT", 900),
        ("2026-03-10T15:00:45Z", 45),
        ("2026-03-10T16:00:45+01:00", 45),
        ("soon", 60),
        ("", 60),
        (None, 60),
        ("NaN", 60),
        ("1e9", 60),
        ("Tue, 99 Mar 2026 15:02:00 GMT", 60),
    ],
)
def test_retry_after_in_every_form_is_clamped(header: str | None, seconds: float) -> None:
    assert pause_of(header, now=THREE) == seconds


def test_a_pause_that_ends_at_an_instant_is_measured_on_the_clock_of_the_helpdesk() -> None:
    late = answer(
        b"{}",
        status="429 Slow",
        retry_after="Tue, 10 Mar 2026 15:02:00 GMT",
        date="Tue, 10 Mar 2026 15:01:00 GMT",
    )
    with wire(late) as server:
        client = HttpClient(("k", "X"), timeouts=Timeouts(1, 1, 2))
        api = Api(FreshserviceSettings(base_url=server.url), client, Credits())
        api.at(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
        with pytest.raises(SourceError) as caught:
            api.page("tickets", "tickets", {}, operation="list", doing="listing")
        client.close()
    assert caught.value.retry_after == 60
    assert api.skew == pytest.approx(-6 * 3600 - 60, abs=2)


@pytest.mark.parametrize("text", ["", "half past nine", "Tue, 99 Mar 2026 15:00:00 GMT", "0", "\x00"])
def test_a_date_header_of_junk_is_no_date(text: str) -> None:
    assert date_of({"date": text}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\tc", "a b c"),
        ("a\x00\x1b[31mb\x9f", "a [31mb"),
        ("half \ud83d", "half"),
        (None, ""),
        (7, "7"),
        ("x" * 20, "x" * 9 + "…"),
        ("שלום עולם", "שלום עולם"),
    ],
)
def test_text_from_outside_becomes_one_harmless_line(text: object, expected: str) -> None:
    assert clean_line(text, longest=10) == expected
