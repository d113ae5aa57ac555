"""What alerts.yaml may say about Twilio, and what it is told when it says something else."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from deskwatch.channels.build import build
from deskwatch.channels.phone import parse_phone, phone_warning
from deskwatch.config.channels import Channels
from deskwatch.config.home import Home
from deskwatch.config.machine import Machine
from deskwatch.errors import ConfigError, UsageError

SID, KEY, SERVICE, CONTENT = ("AC" + "0" * 32, "SK" + "0" * 32, "MG" + "0" * 32, "HX" + "0" * 32)
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-nobody-may-see"


def read(tmp_path: Path, *, env: dict[str, str] | None = None, **settings: Any) -> Any:
    """One channel as alerts.yaml would describe it: every value is text there."""
    machine = Machine(Home(tmp_path), env or {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_API_SECRET": TOKEN})
    channel = {"kind": "sms", "account_sid": SID, "sender": "+12025550143", **settings}
    channel = {name: value for name, value in channel.items() if value is not None}
    return TypeAdapter(Channels).validate_python({"pager": channel}, context=machine)["pager"]


def problems(tmp_path: Path, **settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        read(tmp_path, **settings)
    return "; ".join(f"{'.'.join(map(str, e['loc'][2:]))}: {e['msg']}" for e in caught.value.errors())


def test_little_is_needed(tmp_path: Path) -> None:
    sms = read(tmp_path)
    assert (sms.kind, sms.base_url, sms.segments) == ("sms", "https://api.twilio.com", 1)
    assert sms.validity_period.total_seconds() == 900
    assert sms.auth_token.reveal() == TOKEN
    assert TOKEN not in repr(sms)


def test_an_api_key_stands_in_for_the_token(tmp_path: Path) -> None:
    sms = read(tmp_path, api_key=KEY)
    assert (sms.auth_token, sms.api_secret.reveal()) == (None, TOKEN)
    assert "not both" in problems(tmp_path, api_key=KEY, auth_token="env:TWILIO_AUTH_TOKEN")
    assert "api_key (SK…), which is missing" in problems(tmp_path, api_secret="env:TWILIO_API_SECRET")


def test_a_token_is_not_written_into_yaml(tmp_path: Path) -> None:
    words = problems(tmp_path, auth_token="0123456789abcdef0123456789abcdef")
    assert "is not written into YAML" in words
    assert "0123" not in words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"account_sid": "AC1"}, "account_sid: Value error, expected the account SID: AC and 32"),
        ({"account_sid": KEY}, "expected the account SID"),
        ({"sender": None}, "set either sender or messaging_service_sid"),
        ({"messaging_service_sid": SERVICE}, "set either sender or messaging_service_sid"),
        ({"sender": None, "messaging_service_sid": SID}, "MG and 32"),
        ({"sender": "12025550143"}, "must begin with + and the country code"),
        ({"sender": "+1 (202) 555-0143"}, 'Did you mean "+12025550143"?'),
        ({"sender": "+49 (0) 170 1234567"}, 'Did you mean "+491701234567"?'),
        ({"sender": "+1202555014"}, "too few or too many digits"),
        ({"sender": "+999123456789"}, "no country code that exists"),
        ({"kind": "voice", "sender": "Deskwatch"}, "is not a phone number"),
        ({"kind": "voice", "sender": "12345"}, "is not a phone number"),
        ({"kind": "whatsapp", "sender": "whatsapp:+12025550143"}, "is not a phone number"),
        ({"base_url": "http://api.example.com"}, "must start with https://"),
        ({"base_url": "https://a:b@api.example.com"}, "without log-in"),
        ({"base_url": "api.twilio.com"}, "starts with https://"),
        ({"timeout": "0s"}, "at least 1s"),
        ({"validity_period": "11h"}, "at most 10h"),
        ({"segments": "5"}, "less than or equal to 4"),
        ({"body": "x"}, "body: Extra inputs"),
        ({"kind": "voice", "language": "english"}, "language: "),
        ({"kind": "voice", "voice": '"/><Dial>'}, "voice: "),
        ({"kind": "whatsapp", "template": {"content_sid": SID}}, "HX and 32"),
        (
            {"kind": "whatsapp", "template": {"content_sid": CONTENT, "variables": {"1": "number"}}},
            "must be filled with code or text",
        ),
    ],
)
def test_a_mistake_is_named_with_its_mend(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    assert words in problems(tmp_path, **settings)


@pytest.mark.parametrize("sender", ["+12025550143", "12345", "Desk watch", "+4915112345678"])
def test_texts_come_from_numbers_short_codes_or_names(tmp_path: Path, sender: str) -> None:
    assert read(tmp_path, sender=sender).sender == sender


def test_a_region_of_the_environment_and_another_address_exclude_each_other(tmp_path: Path) -> None:
    env = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_REGION": "ie1"}
    assert "TWILIO_REGION" in problems(tmp_path, env=env, base_url="http://127.0.0.1:1")
    assert read(tmp_path, env=env).base_url == "https://api.twilio.com"


@pytest.mark.parametrize("kind", ["sms", "whatsapp", "voice"])
def test_settings_become_a_channel(tmp_path: Path, kind: str) -> None:
    channel = build("pager", read(tmp_path, kind=kind))
    assert (channel.name, channel.kind) == ("pager", kind)
    channel.close()


def test_a_token_that_was_not_found_is_told_when_it_is_needed(tmp_path: Path) -> None:
    machine = Machine(Home(tmp_path), {})
    machine.lenient = True
    channel = {"kind": "sms", "account_sid": SID, "sender": "+12025550143"}
    settings = TypeAdapter(Channels).validate_python({"pager": channel}, context=machine)["pager"]
    with pytest.raises(UsageError, match="TWILIO_AUTH_TOKEN"):
        build("pager", settings)


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "needs_something.py").write_text("import something_nobody_has\n")
    monkeypatch.syspath_prepend(folder)
    with pytest.raises(ConfigError, match=r"channels\.pager.*pip install something_nobody_has"):
        build("pager", read(tmp_path), kinds={"sms": "needs_something:Sms"})


def test_twilio_is_not_imported_before_a_channel_uses_it() -> None:
    code = "import deskwatch.config, deskwatch.channels.build, sys; print('twilio' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_what_is_odd_about_a_number_is_a_warning() -> None:
    assert phone_warning(parse_phone("+4915112345678")) is None
    assert "landline" in (phone_warning(parse_phone("+493012345")) or "")
    assert "not in use" in (phone_warning(parse_phone("+15550100000")) or "")
