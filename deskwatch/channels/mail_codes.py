"""What a mail server's answers mean: try again, give this address up, or call for a person."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterable
from typing import Literal

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.words import hide, one_line
from deskwatch.core.delivery import Failure, FailureKind

Stage = Literal["connect", "login", "sender", "recipient", "content"]
"""Which command the server was answering."""

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_CONFUSED_OR_LOCKED = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
"""Codes that are about the conversation or the log-in, whatever was asked."""
_ABOUT_US = re.compile(
    r"\brelay(?:ing)?(?: access)?(?: is)? (?:denied|not|prohibited)\b|\b(?:to|not) relay\b"
    r"|\b5\.7\.(?:3|8|9|11|14|2[0-9]|30|57|60|64|139)\b",
    re.IGNORECASE,
)
"""What turns away the sender, its server or its log-in, and so every mail: RFC 7372, RFC 5248 and
https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online"""
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_DOING: dict[Stage, str] = {
    "connect": "does not talk to us",
    "login": "refuses the log-in; check user and password (or the application password)",
    "sender": "does not accept the sender; check from_email",
    "recipient": "does not accept the recipient",
    "content": "does not accept the mail",
}


_ENDINGS = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""A line that ends while TLS begins: the server restarts, or has too many connections."""


def refusal(stage: Stage, code: int, said: bytes | str, secrets: Iterable[str] = ()) -> DeliveryError:
    """The error an unhappy reply stands for (RFC 5321 4.2, RFC 3463); it may echo ``secrets``."""
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    told = one_line(hide(told, secrets), 200)
    words = f"the mail server {_DOING[stage]} ({code}{told and ' '}{told})"
    kind, lasting = _meaning(stage, code, told)
    return DeliveryError(kind, words, code=str(code), lasting=lasting)


def _meaning(stage: Stage, code: int, told: str) -> tuple[FailureKind, bool]:
    """What to do, and whether the recipient's address is dead: a full mailbox, a policy or a text that is
    taken for spam say nothing about the next mail."""
    if not 500 <= code <= 599:  # 4xx; and junk, which is no acceptance either
        return "transient", False
    if stage in ("connect", "login", "sender") or code in _CONFUSED_OR_LOCKED or _ABOUT_US.search(told):
        return "broken", False
    enhanced = _ENHANCED.search(told)
    is_gone = enhanced[0].startswith("5.1.") if enhanced else code in _NO_SUCH_MAILBOX
    return "permanent", stage == "recipient" and is_gone


def is_policy(failure: Failure) -> bool:
    """Whether somebody is turned away by a rule that may be about the recipient, the text or us (5.7.x)."""
    enhanced = _ENHANCED.search(failure.words)
    return failure.kind == "permanent" and enhanced is not None and enhanced[0].startswith("5.7.")


def trouble(problem: Exception, stage: Stage, secrets: Iterable[str] = ()) -> DeliveryError:
    """The error for a conversation that ended before the mail's last byte was sent: nothing was accepted."""
    if isinstance(problem, smtplib.SMTPResponseException):
        return refusal(stage, problem.smtp_code, problem.smtp_error, secrets)
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        words = "the mail server offers no STARTTLS, so nothing was sent; try another port, or tls: implicit"
        return DeliveryError("broken", words)
    if isinstance(problem, ssl.SSLCertVerificationError):
        words = "the mail server's certificate is not accepted"
        return DeliveryError(
            "broken", f"{words} ({one_line(problem.verify_message, 100)}); see host and ca_file"
        )
    if isinstance(problem, ssl.SSLError) and not isinstance(problem, _ENDINGS):
        return DeliveryError("broken", "the mail server does not speak TLS there; check tls and port")
    if isinstance(problem, ValueError):
        what = "user or password" if stage == "login" else "host"
        return DeliveryError("broken", f"the mail server cannot be asked with this {what}; check the letters")
    return DeliveryError("transient", f"{_reason(problem)}; nothing was sent")


def _reason(problem: Exception) -> str:
    if isinstance(problem, socket.gaierror):
        return "the name of the mail server is not known; check host and DNS"
    if isinstance(problem, ConnectionRefusedError):
        return "the mail server refuses the connection; check host and port"
    if isinstance(problem, TimeoutError) or "timed out" in str(problem):  # smtplib wraps it
        return "the mail server does not answer in time"
    return "the connection to the mail server broke"
