"""E-mail settings: from alerts.yaml, or from the environment names of older programs."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deskwatch.channels.mail_settings import MailSettings
from deskwatch.config.home import Home
from deskwatch.config.machine import Machine

GMAIL = {"host": "smtp.gmail.com", "user": "desk@example.com"}


def read(given: dict[str, Any], folder: Path, **env: str) -> MailSettings:
    return MailSettings.model_validate({"kind": "email", **given}, context=Machine(Home(folder), env))


def problem(given: dict[str, Any], folder: Path, **env: str) -> str:
    with pytest.raises(ValidationError) as caught:
        read(given, folder, **env)
    return str(caught.value)


def test_the_password_has_a_usual_place_and_the_sender_is_the_user(tmp_path: Path) -> None:
    settings = read(GMAIL, tmp_path, SMTP_PASSWORD="canary")
    assert settings.password is not None
    assert settings.password.reveal() == "canary"
    assert (settings.smtp_port, settings.tls, settings.sender) == (587, "starttls", "desk@example.com")
    assert settings.from_name == "Deskwatch"


def test_a_missing_password_says_where_to_put_it(tmp_path: Path) -> None:
    assert "SMTP_PASSWORD" in problem(GMAIL, tmp_path)


@pytest.mark.parametrize(
    "env",
    [
        {
            "SMTP_HOST": "mail.example.com", "SMTP_PORT": "2525", "SMTP_USER": "desk@example.com",
            "SMTP_PASSWORD": "canary", "FROM_EMAIL": "it@example.com", "FROM_NAME": "IT desk",
        },
        {
            "EMAIL_HOST": "mail.example.com", "EMAIL_PORT": "2525", "EMAIL_HOST_USER": "desk@example.com",
            "EMAIL_HOST_PASSWORD": "canary", "DEFAULT_FROM_EMAIL": "IT desk <it@example.com>",
            "EMAIL_USE_TLS": "True",
        },
    ],
)  # fmt: skip
def test_without_a_host_everything_comes_from_the_environment(tmp_path: Path, env: dict[str, str]) -> None:
    settings = read({}, tmp_path, **env)
    assert (settings.host, settings.smtp_port) == ("mail.example.com", 2525)
    assert (settings.user, settings.sender, settings.from_name) == (
        "desk@example.com",
        "it@example.com",
        "IT desk",
    )
    assert settings.password is not None
    assert settings.password.reveal() == "canary"
    assert settings.tls == "starttls"


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    env = {"SMTP_HOST": "mail.example.com", "SMTP_PORT": "2525", "FROM_EMAIL": "a@example.com"}
    settings = read({"port": 465, "tls": "implicit", "from_email": "b@example.com"}, tmp_path, **env)
    assert (settings.smtp_port, settings.tls, settings.sender) == (465, "implicit", "b@example.com")


def test_with_a_host_the_environment_is_not_asked(tmp_path: Path) -> None:
    env = {"SMTP_HOST": "other.example.com", "SMTP_USER": "x@example.com", "FROM_NAME": "Other"}
    settings = read({"host": "mail.example.com", "from_email": "desk@example.com"}, tmp_path, **env)
    assert (settings.host, settings.user, settings.from_name) == ("mail.example.com", "", "Deskwatch")


@pytest.mark.parametrize(
    ("env", "tls", "port"),
    [
        ({"EMAIL_USE_SSL": "True"}, "implicit", 465),
        ({"EMAIL_USE_TLS": "1"}, "starttls", 587),
        ({}, "starttls", 587),
        ({"EMAIL_USE_TLS": "False"}, "none", 25),
    ],
)
def test_how_to_encrypt_comes_from_the_environment_too(
    tmp_path: Path, env: dict[str, str], tls: str, port: int
) -> None:
    settings = read({"from_email": "desk@example.com"}, tmp_path, EMAIL_HOST="localhost", **env)
    assert (settings.tls, settings.smtp_port) == (tls, port)


def test_env_of_a_variable_switches_the_channel(tmp_path: Path) -> None:
    given = {**GMAIL, "enabled": "env:ENABLE_EMAIL"}
    assert not read(given, tmp_path, SMTP_PASSWORD="x", ENABLE_EMAIL="false").enabled
    assert read(given, tmp_path, SMTP_PASSWORD="x", ENABLE_EMAIL="True").enabled


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "set host"),
        ({"host": "mail.example.com"}, "set from_email"),
        ({**GMAIL, "tls": "none", "password": "SMTP_PASSWORD"}, "tls: none is for a relay on this machine"),
        ({**GMAIL, "tls": "ssl"}, "'starttls', 'implicit' or 'none'"),
        ({**GMAIL, "port": "70000"}, "65535"),
        ({**GMAIL, "from_email": "not an address"}, "set from_email to an address"),
        ({**GMAIL, "reply_to": "a@x.com\r\nBcc: b@x.com"}, "set reply_to to an address"),
        ({**GMAIL, "password": "hunter2"}, "a secret is not written into YAML"),
        ({**GMAIL, "ca_file": ""}, "expected a path"),
        ({**GMAIL, "pasword": "env:X"}, "pasword"),
        (
            {**GMAIL, "oauth": {"token_url": "http://login.example.com/t", "client_id": "x"}},
            "must start with https://",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, given: dict[str, Any], words: str) -> None:
    told = problem(given, tmp_path, SMTP_PASSWORD="canary", SMTP_CLIENT_SECRET="canary")
    assert words in told
    assert "canary" not in told
    assert "hunter2" not in told


def test_the_password_is_not_printed(tmp_path: Path) -> None:
    settings = read(GMAIL, tmp_path, SMTP_PASSWORD="canary")
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
