"""Any service that Apprise knows. It tells neither codes nor ids, so little can be told apart."""

import logging
from functools import cached_property
from threading import Lock
from typing import Any

import apprise

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.chat_settings import AppriseSettings
from deskwatch.channels.words import one_line, without_controls
from deskwatch.core.delivery import Notification, Receipt
from deskwatch.core.people import Urgency


class Apprise:
    """Sends through one service."""

    kind = "apprise"
    medium = "chat"

    def __init__(self, name: str, settings: AppriseSettings) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        logging.getLogger("apprise").propagate = False  # some of its services log their tokens
        self._url = settings.url
        settings.url.reveal()  # one that is missing is told now, not at night
        self._lock = Lock()

    def send(self, notification: Notification) -> Receipt:
        """Hand it over."""
        urgent = notification.urgency is Urgency.URGENT
        text = without_controls(notification.text or notification.subject)
        link = notification.url if notification.url and notification.url not in text else None
        outcome = self._services.notify(
            body=f"{text}\n{link}" if link else text,
            title=one_line(notification.subject, 200),
            notify_type=apprise.NotifyType.FAILURE if urgent else apprise.NotifyType.INFO,
            timeout=self.timeout,
        )
        if outcome:
            return Receipt(state="sent", status="handed over")
        if getattr(getattr(outcome, "status", None), "name", "") == "TIMEOUT":
            raise DeliveryError(
                "unknown", f"{self._who} did not answer in time; it may have taken the message"
            )
        raise DeliveryError("transient", f"{self._who} did not take the message; Apprise does not say why")

    def check(self) -> str:
        """Whether Apprise understands the address. More cannot be asked without telling somebody."""
        return f"Apprise knows {self._who}; whether it works is seen by a test message only"

    def close(self) -> None:
        """Nothing is kept open by us."""

    @property
    def _who(self) -> str:
        (service,) = self._services
        return one_line(str(service.service_name or "the service"), 60)

    @property
    def _services(self) -> Any:
        """Made at the first use: Apprise takes a second to load its plugins."""
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        services = apprise.Apprise()
        if not services.add(self._url.reveal()):
            raise DeliveryError("broken", "Apprise does not understand the address; see its list of services")
        return services
