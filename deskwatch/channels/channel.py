"""What every channel offers to the notifier, and how it says that it could not deliver."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from deskwatch.core.delivery import Failure, FailureKind, Notification, Receipt, Reply
from deskwatch.errors import UnreachableError


class DeliveryError(UnreachableError):
    """A notification that was not, or perhaps was, accepted. ``failure`` says which, and what to do."""

    def __init__(
        self,
        kind: FailureKind,
        words: str,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        lasting: bool = True,
    ) -> None:
        super().__init__(words)
        self.failure = Failure(kind=kind, words=words, code=code, retry_after=retry_after, lasting=lasting)


class Channel(Protocol):
    """A way to reach people. Safe to use from several threads; every call has a time limit.

    Attributes:
        name: its name in ``alerts.yaml``.
        kind: ``sms``, ``email``, ``slack`` …
        medium: which texts it takes: ``short`` (one SMS segment), ``speech``, ``chat``, ``mail`` or ``data``.
        timeout: the longest a ``send`` can take, in seconds.
    """

    name: str
    kind: str
    medium: str
    timeout: float

    def send(self, notification: Notification) -> Receipt:
        """Hand it to the provider.

        Raises:
            DeliveryError: it was not surely accepted; nothing else is raised for what a provider does.
        """

    def check(self) -> str:
        """Ask the provider whether the credentials work, without telling anybody; one sentence.

        Raises:
            DeliveryError: they do not, or nobody answers.
        """

    def close(self) -> None:
        """Let connections go."""


@runtime_checkable
class Traceable(Protocol):
    """A channel whose provider can be asked what became of a notification."""

    def find(self, notification: Notification, *, now: datetime) -> Receipt | None:
        """Look for the notification's code at the provider; ``None``: it surely has not been accepted.

        Raises:
            DeliveryError: the provider cannot be asked right now.
        """

    def status(self, provider_id: str) -> Receipt:
        """How an accepted notification stands.

        Raises:
            DeliveryError: the provider cannot be asked right now.
        """


@runtime_checkable
class Answerable(Protocol):
    """A channel on which recipients can answer."""

    def replies(self, *, since: datetime) -> list[Reply]:
        """What came in since that instant, oldest first; the same reply may be told again.

        Raises:
            DeliveryError: the provider cannot be asked right now.
        """
