"""Secrets: found in the promised order, reported when public or missing, and printed nowhere."""

import hashlib
import io
import logging
import os
import pprint
import stat
import traceback
from pathlib import Path

import pytest

from deskwatch.config import (
    LiveConfig,
    check,
    describe_problems,
    load,
    problems_as_github,
    problems_as_json,
)
from deskwatch.errors import ConfigError, UsageError
from deskwatch.settings import Secret
from tests.config.conftest import Problems, Write

CANARY = "canary7Qx0secret"
FRESHSERVICE = "acme: {kind: freshservice, subdomain: acme}\n"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX file modes")


def key_of(home: Path, **env: str) -> str:
    source = load(home, env=env).sources["acme"]
    key: Secret = source.api_key
    return key.reveal()


def private(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path


def test_the_places_of_a_secret_are_asked_in_the_promised_order(write: Write, tmp_path: Path) -> None:
    home = write(sources=FRESHSERVICE)
    name = "FRESHSERVICE_API_KEY"
    private(home / "token.txt", "from token.txt\n")
    assert key_of(home) == "from token.txt"
    private(home / "config" / "secrets" / name, "from config/secrets")
    assert key_of(home) == "from config/secrets"
    private(home / ".env", f"{name}='from .env'\n")
    assert key_of(home) == "from .env"
    assert key_of(home, **{name: "from the environment"}) == "from the environment"
    file = private(tmp_path / "elsewhere", "from a file\n")
    env = {name: "from the environment", f"{name}_FILE": str(file)}
    assert key_of(home, **env) == "from a file"
    private(tmp_path / "credentials" / name, "from systemd")
    assert key_of(home, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"), **env) == "from systemd"


def test_the_environment_of_the_process_is_never_changed(write: Write) -> None:
    home = write(sources=FRESHSERVICE)
    private(home / ".env", "FRESHSERVICE_API_KEY=abc\nDESKWATCH_CANARY=1\n")
    load(home)
    assert "DESKWATCH_CANARY" not in os.environ


def test_a_reference_may_name_a_variable_or_a_file(write: Write) -> None:
    home = write(sources="acme: {kind: freshservice, subdomain: acme, api_key: env:ACME_KEY}\n")
    assert key_of(home, ACME_KEY="k1") == "k1"
    private(home / "key", "k2\n")
    assert key_of(home, ACME_KEY_FILE="key") == "k2"
    write(sources="acme: {kind: freshservice, subdomain: acme, api_key: file:key}\n")
    assert key_of(home) == "k2"


def test_a_line_of_env_that_is_none_is_reported_by_its_number(write: Write, problems: Problems) -> None:
    private(write() / ".env", f"A=1\n{CANARY} is here\nexport B='2'\n")
    assert problems() == [".env:2:1: warning: is skipped, it is not NAME=value"]


def test_token_txt_works_and_the_admin_is_told_to_move_it(write: Write, problems: Problems) -> None:
    private(write(sources=FRESHSERVICE) / "token.txt", CANARY)
    assert problems() == [
        "token.txt: warning: used as FRESHSERVICE_API_KEY, for the last time in version 1; move it: "
        "mkdir -p config/secrets && mv token.txt config/secrets/FRESHSERVICE_API_KEY"
    ]


@posix
@pytest.mark.parametrize("place", [".env", "config/secrets/FRESHSERVICE_API_KEY"])
def test_a_secret_that_everybody_can_read_is_reported_with_the_mend(
    place: str, write: Write, problems: Problems
) -> None:
    home = write(sources=FRESHSERVICE)
    path = private(home / place, f"FRESHSERVICE_API_KEY={CANARY}")
    assert problems() == []
    path.chmod(0o644)
    assert problems() == [f"{place}: warning: everybody on this machine can read it; run: chmod 600 {path}"]
    path.chmod(0o640)
    assert problems() == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o640, "Deskwatch changes no modes"


def test_the_wall_starts_without_the_key_of_the_helpdesk_and_the_watcher_does_not(write: Write) -> None:
    home = write(sources=FRESHSERVICE)
    config = load(home, env={})
    words = (
        "config/sources.yaml:1:1: acme.api_key: no secret FRESHSERVICE_API_KEY: set it in the environment "
        "or in .env, or put it into the file config/secrets/FRESHSERVICE_API_KEY"
    )
    assert [str(problem) for problem in config.missing_secrets] == [words]
    with pytest.raises(UsageError, match="no secret FRESHSERVICE_API_KEY"):
        config.sources["acme"].api_key.reveal()
    with pytest.raises(ConfigError) as caught:
        load(home, env={}, needs=("deskwatch", "sources"))
    assert list(caught.value.problems) == [words]


def test_a_missing_wall_token_stops_the_wall(write: Write) -> None:
    home = write(deskwatch="access: {tokens: [{name: mia, token: env:MIA_WALL}]}")
    with pytest.raises(ConfigError, match="MIA_WALL is not set"):
        load(home, env={})


def test_a_wall_token_by_reference_becomes_its_hash(write: Write) -> None:
    home = write(deskwatch="access: {tokens: [{name: mia, token: env:MIA_WALL, boards: [helpdesk]}]}")
    (token,) = load(home, env={"MIA_WALL": CANARY}).access.tokens
    assert token.sha256 == hashlib.sha256(CANARY.encode()).hexdigest()


def test_a_short_wall_token_is_refused_with_how_to_make_one(write: Write) -> None:
    home = write(deskwatch="access: {tokens: [{name: mia, token: env:MIA_WALL}]}")
    with pytest.raises(ConfigError, match=r"needs at least 16; make one with: python -c") as caught:
        load(home, env={"MIA_WALL": "short7Qx0secret"})
    assert "short7Qx0" not in str(caught.value)


def test_the_hash_of_an_empty_token_is_refused(write: Write) -> None:
    empty = hashlib.sha256(b"").hexdigest()
    home = write(deskwatch=f"access: {{tokens: [{{name: mia, sha256: {empty.upper()}}}]}}")
    with pytest.raises(ConfigError, match="hash of an empty token"):
        load(home, env={})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(parents=True), "is not a file"),
        (lambda path: private(path, "  \n"), "is empty"),
        (lambda path: private(path, "x" * 70_000), "larger than a secret can be"),
        (lambda path: private(path, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")), None),
        (
            lambda path: path.parent.mkdir(parents=True) or path.write_bytes(b"\xff\xfe"),
            "is not text in UTF-8",
        ),
    ],
)
def test_a_secret_file_that_cannot_be_one_is_named(
    make: object, said: str | None, write: Write, problems: Problems
) -> None:
    home = write(sources=FRESHSERVICE)
    make(home / "config" / "secrets" / "FRESHSERVICE_API_KEY")  # type: ignore[operator]
    found = [line for line in problems() if "warning" not in line]
    assert found == [] if said is None else said in found[0]


def test_no_secret_is_printed_anywhere(
    write: Write, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A canary is put everywhere a secret can be, also where it must not be; then everything is printed."""
    caplog.set_level(logging.DEBUG)
    home = write(
        sources="a: {kind: freshservice, subdomain: acme}\n"
        "b: {kind: freshdesk, subdomain: acme, api_key: file:k}\n",
        deskwatch="access: {tokens: [{name: mia, token: env:WALL}]}\n",
    )
    private(home / "k", CANARY)
    private(home / ".env", f"FRESHSERVICE_API_KEY={CANARY}\nthis is not a line {CANARY}\n")
    live = LiveConfig(home, env={"WALL": CANARY})
    config = live.current
    out = io.StringIO()
    pprint.pprint(vars(config), stream=out)
    print(config, repr(config.sources), config.access, file=out)
    for source in config.sources.values():
        print(source.model_dump(), source.model_dump_json(), vars(source), file=out)
    assert [secret.reveal() for secret in config.secrets] == [CANARY] * 3
    for bad in (
        f"a: {{kind: freshservice, subdomain: acme, api_key: {CANARY}}}\n",
        f"a: {{kind: freshservice, subdomain: acme, api_key: [{CANARY}]}}\n",
        f"a: {{kind: freshservice, subdomain: acme, api_key: 'env:{CANARY} '}}\n",
        f"a: {{kind: freshservice, api_key: 'https://{CANARY}'}}\n",
        f"a: {{kind: freshservice, subdomain: acme, base_url: 'https://{CANARY}@x', api_key: WALL_KEY}}\n",
    ):
        write(sources=bad)
        live.refresh(now_please=True)
        problems = check(home, env={"WALL": CANARY}).problems
        assert problems, bad
        print(live.problems, describe_problems(problems), problems, file=out)
        print(problems_as_json(problems), problems_as_github(problems), file=out)
        try:
            load(home, env={"WALL": CANARY})
        except ConfigError:
            traceback.print_exc(file=out)
    assert live.current is config
    printed = out.getvalue() + caplog.text + "".join(capsys.readouterr())
    assert len(printed) > 1000
    assert CANARY not in printed
