"""One notification as one e-mail: RFC 5322, text first, nothing in its headers that a ticket could break."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from deskwatch.channels.words import one_line
from deskwatch.core.delivery import Notification
from deskwatch.core.people import Urgency

LONGEST_SUBJECT = 200
"""Characters. Longer ones are cut by some readers and refused by some filters."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail comes from."""

    address: str
    name: str = ""
    reply_to: str = ""

    @property
    def domain(self) -> str:
        """The right side of the address, where message ids live."""
        return self.address.rpartition("@")[2]


def compose(notification: Notification, sender: Sender, recipient: str, *, now: datetime) -> EmailMessage:
    """The mail. The same notification has the same Message-ID each time, so a repeat is recognisable.

    Mails of one thread refer to one id that no mail has: readers put them together all the same
    (RFC 5322 3.6.4), whichever of them arrives first.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _header_text(notification.subject, LONGEST_SUBJECT) or "Deskwatch"
    message["From"] = _mailbox(sender.address, sender.name)
    message["To"] = _mailbox(recipient)
    if sender.reply_to:
        message["Reply-To"] = _mailbox(sender.reply_to)
    if notification.urgency is Urgency.URGENT:
        message["Importance"] = "high"  # the red mark in Outlook
    message["Date"] = now
    message["Message-ID"] = message_id(notification, sender.domain)
    if notification.thread:
        root = f"<thread.{_digest(notification.thread)}@{sender.domain}>"
        message["In-Reply-To"] = root
        message["References"] = root
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes in answer
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    message.set_content(_whole(notification.text), cte="quoted-printable")
    if notification.html:
        message.add_alternative(_whole(notification.html), subtype="html", cte="quoted-printable")
    return message


def message_id(notification: Notification, domain: str) -> str:
    """Made from the notification alone: a resend after an unknown outcome is the same mail."""
    parts = (notification.id, notification.person, str(notification.step), *notification.alerts)
    return f"<{_digest(chr(0).join(parts))}@{domain}>"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _mailbox(address: str, name: str = "") -> Address:
    user, _, domain = address.rpartition("@")
    return Address(_header_text(name, 80), user, domain)


def _header_text(text: str, longest: int) -> str:
    """A text that is safe to hand to ``email``, which takes ``=?…?=`` for an encoded word, decodes it, and
    writes the line breaks hidden in it as new headers (at least up to Python 3.11.9)."""
    return one_line(text.replace("=?", "= ?"), longest)


def _whole(text: str) -> str:
    """Halves of characters cannot be encoded."""
    return text.encode("utf-8", "replace").decode("utf-8")
