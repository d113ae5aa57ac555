"""Mail reaches a real server, encrypted and logged in, and every refusal is understood."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.mail import Mail
from deskwatch.channels.mail_message import message_id
from deskwatch.core.delivery import Failure
from deskwatch.settings import Secret
from tests.channels.mail_account import settings_for
from tests.channels.notifications import NOW, notification
from tests.channels.smtp_server import PASSWORD, TOKEN, Mailbox, mail_server


@contextmanager
def channel(server: Mailbox, **changes: Any) -> Iterator[Mail]:
    mail = Mail("mail", settings_for(server.port, **changes), clock=lambda: NOW)
    try:
        yield mail
    finally:
        mail.close()


def failure_of(mail: Mail, **changes: Any) -> Failure:
    with pytest.raises(DeliveryError) as caught:
        mail.send(notification(**changes))
    assert PASSWORD not in str(caught.value)
    assert TOKEN not in str(caught.value)
    return caught.value.failure


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
def test_a_mail_arrives_over(tls: str) -> None:
    with mail_server(tls=tls) as server, channel(server, tls=tls) as mail:
        receipt = mail.send(notification())
        (arrived,) = server.mails
    assert receipt.state == "sent"
    assert receipt.provider_id == arrived["Message-ID"]
    assert arrived["To"] == "ana@example.com"
    assert server.logins == ["PLAIN"]


def test_without_starttls_nothing_is_sent() -> None:
    with mail_server(tls="none", login=False) as server, channel(server) as mail:
        failure = failure_of(mail)
        assert server.mails == []
    assert failure.kind == "broken"
    assert "STARTTLS" in failure.words


def test_an_untrusted_certificate_is_not_accepted() -> None:
    with mail_server() as server, channel(server, ca_file=None) as mail:
        failure = failure_of(mail)
        assert server.logins == []
    assert failure.kind == "broken"
    assert "ca_file" in failure.words


@pytest.mark.parametrize(
    ("command", "answer", "kind", "code"),
    [
        ("RCPT", "550 5.1.1 no such user", "permanent", "550"),
        ("RCPT", "552 5.2.2 mailbox full", "permanent", "552"),
        ("RCPT", "501 5.1.3 bad address", "permanent", "501"),
        ("RCPT", "550 5.7.1 policy forbids it", "permanent", "550"),
        ("RCPT", "554 5.7.1 <ana@example.com>: Relay access denied", "broken", "554"),
        ("RCPT", "554 relaying is not permitted", "broken", "554"),
        ("RCPT", "550 5.7.26 this sender is not authenticated", "broken", "550"),
        ("RCPT", "530 log in first", "broken", "530"),
        ("RCPT", "450 4.2.0 greylisted", "transient", "450"),
        ("RCPT", "421 4.7.0 too many mails", "transient", "421"),
        ("MAIL", "553 5.1.8 who are you", "broken", "553"),
        ("MAIL", "451 4.3.0 later", "transient", "451"),
        ("DATA", "452 4.3.1 disk full", "transient", "452"),
        ("DATA", "552 5.3.4 too large", "permanent", "552"),
        ("DATA", "554 5.7.1 looks like spam", "permanent", "554"),
        ("DATA", "550 5.7.60 no right to send as this sender", "broken", "550"),
        ("DATA", "take xyz", "unknown", None),
        ("DATA", "take 354 once more", "unknown", None),
        ("DATA", "cut", "unknown", None),
        ("DATA", "silence", "unknown", None),
    ],
)
def test_an_unhappy_answer_is_understood_and_harms_no_later_mail(
    command: str, answer: str, kind: str, code: str | None
) -> None:
    with mail_server(answers={command: [answer]}) as server, channel(server, timeout="1s") as mail:
        failure = failure_of(mail)
        assert (failure.kind, failure.code) == (kind, code)
        mail.send(notification(id="n-2"))
        assert server.mails[-1]["Message-ID"] == message_id(notification(id="n-2"), "example.com")


@pytest.mark.parametrize(
    ("command", "answer", "is_dead"),
    [
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "550 no such user", True),
        ("RCPT", "550 relay.example.com knows no such user", True),
        ("RCPT", "552 5.2.2 mailbox full", False),
        ("RCPT", "550 5.7.1 policy forbids it", False),
        ("DATA", "552 5.3.4 too large", False),
        ("DATA", "554 looks like spam", False),
        ("DATA", "550 looks like spam", False),
    ],
)
def test_only_a_mailbox_that_does_not_exist_is_a_dead_address(
    command: str, answer: str, is_dead: bool
) -> None:
    with mail_server(answers={command: [answer]}) as server, channel(server) as mail:
        failure = failure_of(mail)
    assert (failure.kind, failure.lasting) == ("permanent", is_dead)


def test_a_policy_against_one_person_breaks_nothing_and_one_against_two_is_about_us() -> None:
    no = "550 5.7.1 policy forbids it"
    with mail_server(answers={"RCPT": [no, no, "", no, no]}) as server, channel(server) as mail:
        ana, ben = "ana@example.com", "ben@example.com"
        assert failure_of(mail, address=ana).kind == "permanent"
        assert failure_of(mail, address=ana).kind == "permanent"
        mail.send(notification(address=ben))
        assert failure_of(mail, address=ben).kind == "permanent"
        assert failure_of(mail, address=ana).kind == "broken"


def test_a_resend_after_an_unknown_outcome_is_the_same_mail() -> None:
    with mail_server(answers={"DATA": ["cut"]}) as server, channel(server) as mail:
        assert failure_of(mail).kind == "unknown"
        mail.send(notification(repeat=True, attempts=2))
        first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_wrong_password_is_tried_once_and_then_not_for_five_minutes() -> None:
    with mail_server() as server:
        ticks = [0.0]
        mail = Mail(
            "mail", settings_for(server.port, password=Secret("canary-wrong")), ticks=lambda: ticks[0]
        )
        for _ in range(3):
            failure = failure_of(mail)
            assert (failure.kind, failure.code) == ("broken", "535")
        assert server.logins == ["PLAIN"]
        ticks[0] = 301.0
        failure_of(mail)
        assert server.logins == ["PLAIN", "PLAIN"]


@pytest.mark.parametrize(
    ("ways", "password", "kind"),
    [
        ("PLAIN LOGIN", "pässwörd-🔑", None),
        ("LOGIN", "plain-password", None),
        ("LOGIN", "pässwörd-🔑", "broken"),
    ],
)
def test_a_password_may_have_any_letters_that_the_log_in_can_carry(
    ways: str, password: str, kind: str | None
) -> None:
    with (
        mail_server(password=password, ways=ways) as server,
        channel(server, password=Secret(password)) as mail,
    ):
        if kind is None:
            mail.send(notification())
        else:
            failure = failure_of(mail)
            assert failure.kind == kind
            assert password not in failure.words
    assert server.logins == ([] if kind else [ways.partition(" ")[0]])


def test_a_check_asks_the_server_even_after_a_refused_log_in() -> None:
    with mail_server(answers={"AUTH": ["535 5.7.8 no"]}) as server, channel(server) as mail:
        failure_of(mail)
        assert mail.check() == f"127.0.0.1:{server.port} accepts the log-in"
        mail.send(notification())
        assert server.connections == 2


def test_a_check_that_works_ends_the_pause_after_a_refused_log_in() -> None:
    with mail_server(answers={"AUTH": ["535 5.7.8 no"]}) as server, channel(server) as mail:
        failure_of(mail)
        mail.check()
        server.hang_up()
        mail.send(notification())


def test_a_burst_uses_one_connection() -> None:
    with mail_server() as server, channel(server) as mail:
        for number in range(20):
            mail.send(notification(id=f"n-{number}"))
        assert server.connections == 1
        assert len(server.mails) == 20


def test_many_threads_share_the_connections_that_are_allowed() -> None:
    with mail_server() as server, channel(server, connections=2) as mail, ThreadPoolExecutor(10) as pool:
        each = [notification(id=f"n-{number}") for number in range(40)]
        assert len(list(pool.map(mail.send, each))) == 40
        assert len(server.mails) == 40
        assert server.connections <= 2


def test_a_mail_that_finds_all_connections_busy_is_tried_later() -> None:
    with (
        mail_server(answers={"DATA": ["slow"]}) as server,
        channel(server, connections=1, timeout="1s") as mail,
    ):
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(failure_of, mail)
            assert server.stuck.wait(5)
            assert failure_of(mail, id="n-2").kind == "transient"
            server.hang_up()
        assert first.result().kind == "unknown"


def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    with mail_server() as server, channel(server) as mail:
        mail.send(notification())
        server.hang_up()
        mail.send(notification(id="n-2"))
        assert len(server.mails) == 2


def test_a_connection_that_was_idle_for_long_is_not_trusted() -> None:
    with mail_server() as server:
        ticks = [0.0]
        mail = Mail("mail", settings_for(server.port), ticks=lambda: ticks[0])
        mail.send(notification())
        ticks[0] = 30.0
        mail.send(notification())
        mail.close()
        assert server.connections == 2


@pytest.mark.parametrize(
    "address", ["", "ana", "a b@example.com", "a@x.com\r\nRCPT TO:<b@x.com>", "<a@x.com>", "ä@x"]
)
def test_an_address_that_is_none_is_never_sent_to_the_server(address: str) -> None:
    with mail_server() as server, channel(server) as mail:
        failure = failure_of(mail, address=address)
        assert server.connections == 0
    assert failure.kind == "permanent"
