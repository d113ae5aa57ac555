"""Mail reaches a real server, encrypted and logged in, and every refusal is understood."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.mail import Mail
from deskwatch.channels.mail_settings import MailSettings
from deskwatch.core.delivery import Failure
from deskwatch.settings import Secret
from tests.channels.certificates import certificate
from tests.channels.notifications import NOW, notification
from tests.channels.smtp_server import PASSWORD, TOKEN, USER, Mailbox, mail_server


def settings_for(port: int, **changes: Any) -> MailSettings:
    given = {
        "host": "127.0.0.1",
        "port": port,
        "user": USER,
        "password": Secret(PASSWORD),
        "ca_file": certificate().chain,
        "timeout": "2s",
    }
    return MailSettings.model_validate(given | changes)


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
    ("name", "kind", "code"),
    [
        ("nobody", "permanent", "550"),
        ("full", "permanent", "552"),
        ("busy", "transient", "450"),
        ("slowdown", "transient", "421"),
        ("forbidden", "broken", "550"),
    ],
)
def test_a_refused_recipient(name: str, kind: str, code: str) -> None:
    with mail_server() as server, channel(server) as mail:
        failure = failure_of(mail, address=f"{name}@example.com")
        assert (failure.kind, failure.code) == (kind, code)
        mail.send(notification())
        assert server.recipients == ["ana@example.com"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("452 4.3.1 disk full", "transient"),
        ("552 5.3.4 too large", "permanent"),
        ("554 5.7.1 looks like spam", "broken"),
        ("xyz", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_answer_after_the_mail(answer: str, kind: str) -> None:
    with mail_server(after_data=answer) as server, channel(server) as mail:
        assert failure_of(mail).kind == kind


def test_a_greylisted_mail_is_taken_the_second_time() -> None:
    with mail_server(times_refused={"busy": 1}) as server, channel(server) as mail:
        assert failure_of(mail, address="busy@example.com").kind == "transient"
        mail.send(notification(address="busy@example.com"))
        assert server.recipients == ["busy@example.com"]


def test_a_resend_after_an_unknown_outcome_is_the_same_mail() -> None:
    with mail_server(after_data="") as server, channel(server) as mail:
        assert failure_of(mail).kind == "unknown"
        server.after_data = "250 OK"
        mail.send(notification(repeat=True, attempts=2))
        first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
