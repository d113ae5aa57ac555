"""``notifier.py test``: one real message by one channel, before anything goes live."""

import json
from pathlib import Path

import pytest

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.errors import UsageError
from deskwatch.store.database import open_database
from deskwatch.store.outbox import BrokenAddress, Outbox
from notifier import main
from tests.channels.certificates import certificate
from tests.channels.smtp_server import PASSWORD, USER, mail_server


def home(folder: Path, channels: str, **env: str) -> Path:
    (folder / "config").mkdir()
    people = "people: {ana: {name: Ana, email: ana@example.com, urgent: [email, trail]}, ben: {}}"
    (folder / "config" / "people.yaml").write_text(people, "utf-8")
    (folder / "config" / "alerts.yaml").write_text(f"channels:\n{channels}", "utf-8")
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()), "utf-8")
    (folder / ".env").chmod(0o600)
    return folder


def test_a_mail_account_of_an_older_program_works_with_two_lines_of_yaml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server() as server:
        where = home(
            tmp_path,
            f"  email: {{kind: email, ca_file: {certificate().chain}}}\n  trail: {{kind: file}}\n",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=str(server.port),
            EMAIL_HOST_USER=USER,
            EMAIL_HOST_PASSWORD=PASSWORD,
        )
        assert cli.exit_code(main, ["--home", str(where), "check", "--live"]) == cli.OK
        assert server.mails == []
        assert (
            cli.exit_code(main, ["--home", str(where), "test", "--to", "ana", "--channel", "email"]) == cli.OK
        )
        (mail,) = server.mails
    said = capsys.readouterr()
    assert mail["To"] == "ana@example.com"
    assert "accepts the log-in" in said.out
    assert "ok  email to Ana (a…@example.com): accepted" in said.out
    assert PASSWORD not in said.out + said.err


def test_a_place_needs_no_address(tmp_path: Path) -> None:
    where = home(
        tmp_path, "  email: {kind: email, host: localhost, from_email: a@b.c}\n  trail: {kind: file}\n"
    )
    assert cli.exit_code(main, ["--home", str(where), "test", "--to", "ana", "--channel", "trail"]) == cli.OK
    (line,) = (where / "state" / "notifications.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["person"] == "ana"


def test_whoever_has_no_address_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = home(
        tmp_path, "  email: {kind: email, host: localhost, from_email: a@b.c}\n  trail: {kind: file}\n"
    )
    assert (
        cli.exit_code(main, ["--home", str(where), "test", "--to", "ben", "--channel", "email"])
        == UsageError.exit_code
    )
    assert "ben has no address for email" in capsys.readouterr().err


def test_an_address_that_works_again_is_no_longer_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = home(
        tmp_path, "  email: {kind: email, host: localhost, from_email: a@b.c}\n  trail: {kind: file}\n"
    )
    outbox = Outbox(open_database(where / "state" / "deskwatch.db"))
    for name in ("email", "trail"):
        outbox.mark_broken(BrokenAddress("ana", name, "", "no such mailbox", utc_now()))
    for words in (["is used again"], []):
        test = ["--home", str(where), "test", "--to", "ana", "--channel", "trail"]
        assert cli.exit_code(main, test) == cli.OK
        said = capsys.readouterr().out
        assert [each for each in ("is used again",) if each in said] == words
    assert [each.channel for each in outbox.broken()] == ["email"]
