"""What a mail looks like: nothing a ticket says can break its headers, and threads stay together."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from deskwatch.channels.mail import Mail
from deskwatch.channels.mail_message import Sender, compose
from deskwatch.core.people import Urgency
from tests.channels.mail_account import settings_for
from tests.channels.notifications import NOW, notification
from tests.channels.smtp_server import mail_server

SENDER = Sender("desk@example.com", "Help desk, front", "help@example.com")

HEADERS = [
    "Subject", "From", "To", "Importance", "Date", "Message-ID", "In-Reply-To", "References",
    "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
]  # fmt: skip
"""All a mail has, in this order."""

INJECTIONS = [
    "x\r\nBcc: mia@example.com",
    "x\nBcc: mia@example.com",
    "x\rBcc: mia@example.com",
    "x\r\n Bcc: mia@example.com",
    "x\r\n\tBcc: mia@example.com",
    "x\r\n\r\nbody of an attacker",
    "x\n\nbody of an attacker",
    "\r\nBcc: mia@example.com",
    "x\r\n",
    "x\x00Bcc: mia@example.com",
    "x\x0bBcc: mia@example.com",
    "x\x0cBcc: mia@example.com",
    "x\x1c\x1d\x1eBcc: mia@example.com",
    "x\x85Bcc: mia@example.com",
    "x\u2028Bcc: mia@example.com",
    "x\u2029Bcc: mia@example.com",
    "x\u560d\u560aBcc: mia@example.com",
    "x%0d%0aBcc: mia@example.com",
    "x\\r\\nBcc: mia@example.com",
    "=?utf-8?q?x=0D=0ABcc:_mia@example.com?=",
    "=?utf-8?b?eA0KQmNjOiBtaWFAZXhhbXBsZS5jb20=?=",
    "x\ud83dBcc: mia@example.com",
    "x\x1b[31m\x07",
    "." * 300,
    "x" * 3000,
    "ä" * 500,
    "🔥 " * 200,
    "\ufeff\u202e\u200bx",
    "",
    "   \r\n  ",
]


def composed(**changes: Any) -> EmailMessage:
    data = compose(notification(**changes), SENDER, "ana@example.com", now=NOW).as_bytes()
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def texts(mail: EmailMessage) -> Iterator[str]:
    for part in mail.walk():
        if not part.is_multipart():
            yield part.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("subject", INJECTIONS)
def test_no_subject_keeps_a_mail_from_arriving_or_adds_a_header(subject: str) -> None:
    with mail_server() as server:
        channel = Mail("mail", settings_for(server.port), clock=lambda: NOW)
        channel.send(notification(subject=subject, html=f"<p>{subject}</p>", text=subject or "x"))
        channel.close()
        (mail,) = server.mails
        (data,) = server.raw
    head = data.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert names == HEADERS
    assert server.recipients == ["ana@example.com"]
    decoded = str(mail["Subject"])
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", decoded)
    assert 0 < len(decoded) <= 200


def test_the_headers_tell_programs_what_it_is() -> None:
    mail = composed()
    assert mail["From"] == '"Help desk, front" <desk@example.com>'
    assert mail["To"] == "ana@example.com"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Subject"] == "[demo-12] Mail is down"
    assert mail["Date"] == "Tue, 10 Mar 2026 13:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Importance"] == "high"
    assert composed(urgency=Urgency.NORMAL)["Importance"] is None


def test_text_comes_first_then_html_and_both_survive() -> None:
    text = "Grüße\n.\n..dots\nFrom here\n" + "long " * 60
    mail = composed(text=text, html="<p>Grüße</p>")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [each.rstrip("\n") for each in texts(mail)] == [text.rstrip("\n"), "<p>Grüße</p>"]


def test_what_goes_over_the_wire_is_plain_ascii_in_short_lines() -> None:
    changes = {"subject": "Drücker " * 30, "text": "Grüße 🔥 " * 300, "html": "<p>" + "ö" * 3000}
    data = compose(notification(**changes), SENDER, "ana@example.com", now=NOW).as_bytes()
    assert data.isascii()
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_a_text_with_dots_arrives_as_it_was_written() -> None:
    text = ".\n..\n.hidden\nlast\n.\n"
    with mail_server() as server:
        channel = Mail("mail", settings_for(server.port))
        channel.send(notification(text=text))
        channel.close()
        assert list(texts(server.mails[0])) == [text]


def test_mails_of_one_thread_belong_together_and_others_do_not() -> None:
    first, second, other = (composed(id=id_, thread=t) for id_, t in (("1", "a"), ("2", "a"), ("3", "b")))
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert other["References"] != first["References"]
    assert composed(thread=None)["References"] is None
    assert re.fullmatch(r"<[^@\s<>]+@example\.com>", str(first["References"]))


@pytest.mark.parametrize(
    "change", [{"id": "n-2"}, {"person": "ben"}, {"step": 1}, {"alerts": ("other|x|y",)}]
)
def test_each_notification_has_its_own_id(change: dict[str, Any]) -> None:
    assert composed(**change)["Message-ID"] != composed()["Message-ID"]


def test_the_same_notification_keeps_its_id_however_often_it_is_tried() -> None:
    again = composed(attempts=3, repeat=True, tried_at=NOW, text="may have arrived before")
    assert again["Message-ID"] == composed()["Message-ID"]
