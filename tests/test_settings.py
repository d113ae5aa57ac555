"""The types every settings model shares: what they accept, what they say, and what they never print."""

import copy
import json
import logging
import pickle
import pprint
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from deskwatch.errors import UsageError
from deskwatch.settings import (
    Duration,
    HomePath,
    HourMinute,
    Secret,
    SecretRef,
    Strict,
    Zone,
    at_least,
    format_duration,
    is_loopback,
    parse_duration,
)

CANARY = "canary-5f1e"


class Desk(Strict):
    every: Annotated[Duration, at_least("0.2s")] = timedelta(seconds=30)
    zone: Zone = ZoneInfo("UTC")
    opens: HourMinute = time(8)
    port: int = 5001
    share: float = 0.5
    loud: bool = False
    title: str = ""
    key: Secret | None = None


class Machine:
    """Surroundings with one variable and one secret."""

    def variable(self, name: str) -> str | None:
        return {"TITLE": "Front desk", "PORT": "8080"}.get(name)

    def place(self, path: str) -> Path:
        return Path("/desk") / path

    def secret(self, reference: SecretRef) -> Secret:
        if str(reference) == "env:KEY":
            return Secret(CANARY)
        raise LookupError(f"nothing at {reference}")


def words_of(**settings: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Desk.model_validate(settings, context=Machine())
    assert CANARY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20m", 1200),
        ("8h", 28800),
        ("1h30m", 5400),
        ("0.2s", 0.2),
        ("2d", 172800),
        ("1h 30m", 5400),
        ("0s", 0),
    ],
)
def test_a_duration_prints_as_something_that_reads_the_same(text: str, seconds: float) -> None:
    duration = parse_duration(text)
    assert duration == timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("text", ["20", "m", "", "-5m", "1m1h", "five", "1e3s", "٣m", "9" * 30 + "s"])
def test_a_duration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_a_duration_prints_as_an_admin_would_write_it() -> None:
    assert [format_duration(timedelta(seconds=s)) for s in (0.2, 90, 5400, 86400, 93784, 0)] == [
        "0.2s",
        "1m30s",
        "1h30m",
        "1d",
        "1d2h3m4s",
        "0s",
    ]


def test_a_number_without_unit_is_answered_with_the_units() -> None:
    assert "a duration needs a unit: 20s, 20m, 20h or 20d" in words_of(every="20")


def test_a_duration_below_its_floor_names_the_floor() -> None:
    assert "must be at least 0.2s, got 0.1s" in words_of(every="0.1s")


def test_a_misspelt_zone_is_answered_with_the_nearest_one() -> None:
    assert 'Did you mean "Europe/Berlin"?' in words_of(zone="Europe/Berln")
    assert 'Did you mean "Europe/Berlin"?' in words_of(zone="europe/berlin ")


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "x" * 5000])
def test_a_zone_that_is_a_path_or_rubbish_is_refused(zone: str) -> None:
    assert "is not a time zone" in words_of(zone=zone)


@pytest.mark.parametrize("text", ["0755", "1_000", "+5", "1.0", "0x10", "５"])
def test_a_whole_number_is_plain_decimal_or_an_error(text: str) -> None:
    assert "expected a whole number" in words_of(port=text)


def test_text_of_yaml_becomes_what_the_field_says() -> None:
    desk = Desk.model_validate(
        {"port": "5002", "share": "0.25", "loud": "yes", "title": "1.10", "opens": "9:05"}
    )
    assert (desk.port, desk.share, desk.loud, desk.title, desk.opens) == (
        5002,
        0.25,
        True,
        "1.10",
        time(9, 5),
    )


def test_a_setting_may_come_from_the_environment() -> None:
    desk = Desk.model_validate({"title": "env:TITLE", "port": "env:PORT"}, context=Machine())
    assert (desk.title, desk.port) == ("Front desk", 8080)
    assert "the environment variable NOWHERE is not set" in words_of(title="env:NOWHERE")


def test_a_secret_is_found_by_its_reference() -> None:
    desk = Desk.model_validate({"key": "env:KEY"}, context=Machine())
    assert desk.key is not None
    assert desk.key.reveal() == CANARY


@pytest.mark.parametrize(
    "literal", [CANARY, f"env:{CANARY}", "ABCDEF123", "12345", f"https://x/{CANARY}", ""]
)
def test_a_literal_secret_is_an_error_that_says_how_to_refer_to_one_and_does_not_repeat_it(
    literal: str,
) -> None:
    words = words_of(key=literal)
    assert "env:" in words
    assert not literal or literal not in words


def test_a_secret_that_is_not_there_says_so_when_it_is_needed() -> None:
    with pytest.raises(UsageError, match="nothing at env:GONE"):
        Secret.missing("nothing at env:GONE").reveal()


def test_a_secret_cannot_be_printed_by_accident(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    desk = Desk(key=secret)
    caplog.set_level(logging.INFO)
    logging.getLogger("desk").info("%s %r %s", secret, desk, [secret])
    printed = [
        caplog.text,
        str(secret),
        repr(secret),
        f"{secret} {secret!r} {secret:>20}",
        "%s" % secret,  # noqa: UP031
        pprint.pformat(desk),
        str(desk.model_dump()),
        desk.model_dump_json(),
        json.dumps({"secret": secret}, default=str),
        str(copy.deepcopy(desk)),
        repr(secret.__class__.__dict__),
    ]
    assert CANARY not in "".join(printed)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_secrets_are_compared_by_value_so_that_a_reload_notices_a_new_key() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


class Place(Strict):
    """A path and nothing else."""

    file: HomePath = Path("x")


def test_a_relative_path_starts_in_the_home() -> None:
    assert Place.model_validate({"file": "state/x"}, context=Machine()).file == Path("/desk/state/x")


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected a path"):
        Place.model_validate({"file": ""}, context=Machine())


def test_loopback_is_known():
    assert is_loopback("127.0.0.1")
    assert is_loopback("127.9.9.9")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("10.0.0.1")
