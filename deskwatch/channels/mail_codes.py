"""What a mail server's answers mean: try again, give this address up, or call for a person."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterable
from typing import Literal

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.words import hide, one_line
from deskwatch.core.delivery import FailureKind

Stage = Literal["connect", "login", "sender", "recipient", "content"]
"""Which command the server was answering."""

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_DOING: dict[Stage, str] = {
    "connect": "does not talk to us",
    "login": "refuses the log-in; check user and password (or the application password)",
    "sender": "does not accept the sender; check from_email",
    "recipient": "does not accept the recipient",
    "content": "does not accept the mail",
}


def refusal(stage: Stage, code: int, said: bytes | str, secrets: Iterable[str] = ()) -> DeliveryError:
    """The error an unhappy reply stands for (RFC 5321 4.2, RFC 3463); it may echo ``secrets``."""
    told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    told = one_line(hide(told, secrets), 200)
    words = f"the mail server {_DOING[stage]} ({code}{told and ' '}{told})"
    return DeliveryError(_kind(stage, code, told), words, code=str(code))


def _kind(stage: Stage, code: int, told: str) -> FailureKind:
    if not 500 <= code <= 599:  # 4xx; and junk, which is no acceptance either
        return "transient"
    policy = (match := _ENHANCED.search(told)) is not None and match[0].startswith("5.7.")
    if policy or stage in ("connect", "login", "sender") or code in (500, 502, 503, 504, 530, 534, 535, 538):
        return "broken"
    return "permanent"


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
    if isinstance(problem, ssl.SSLError):
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
