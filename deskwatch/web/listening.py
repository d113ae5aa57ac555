"""Where the dashboard listens, and why it refuses to: decided before the first socket is opened."""

import logging
import socket
from dataclasses import dataclass
from datetime import datetime

from deskwatch.clock import Clock, utc_now
from deskwatch.config import Config, Home, load
from deskwatch.config.general import PLAIN_PORT, TLS_PORT
from deskwatch.errors import DeskwatchError, UsageError
from deskwatch.settings import is_loopback
from deskwatch.web.reading import gate_of
from deskwatch.web.tls import Certificate, check_certificate

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """A checked place to serve at."""

    host: str
    port: int
    certificate: Certificate | None = None

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        scheme, usual = ("https", 443) if self.certificate else ("http", 80)
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host
        host = f"[{host}]" if ":" in host else host
        return f"{scheme}://{host}/" if self.port == usual else f"{scheme}://{host}:{self.port}/"

    def announce(self, log: logging.Logger) -> None:
        """Say where the wall is, and loudly that it is not encrypted when it is not."""
        log.info("The wall is at %s", self.url)
        if self.certificate is None:
            who = "only this machine" if is_loopback(self.host) else "everybody on the way"
            log.warning(
                "PLAIN HTTP: %s can read the tickets. For HTTPS on port 443 run "
                "`gui.py certificate HOSTNAME` and start again.",
                who,
            )
        elif self.certificate.warning:
            log.warning("%s", self.certificate.warning)


def prepare(
    config: Config, *, host: str | None = None, port: int | None = None, now: datetime, claim: bool = True
) -> Listening:
    """Where to listen, from the configuration and the command line (which wins).

    ``claim`` also makes sure that the port can be had, which it cannot while a wall is running there.

    Raises:
        UsageError: the certificate cannot be used, the port cannot be had, or other machines could reach the
            address although no access rule says who may look.
    """
    host = host or config.web.host
    certificate = certificate_of(config, now=now)
    if not is_loopback(host) and not gate_of(config).has_rules:
        raise UsageError(
            f"web.host: {host} can be reached from other machines, and no rule says who may look. "
            "Set access.allow_networks or access.tokens in config/deskwatch.yaml, "
            "or access.insecure_open: true to show the tickets to everybody."
        )
    if port is None:
        port = config.web.port or (TLS_PORT if certificate else PLAIN_PORT)
    return Listening(host, claim_port(host, port) if claim else port, certificate)


def still_fit(home: Home, *, clock: Clock = utc_now) -> bool:
    """Whether a new worker could start now; a mistake is logged, and the old worker had better stay."""
    try:
        certificate_of(load(home, needs=("deskwatch",)), now=clock())
    except DeskwatchError as mistake:
        log.error("Nothing was reloaded. %s", mistake)
        return False
    return True


def certificate_of(config: Config, *, now: datetime) -> Certificate | None:
    """The configured certificate, checked; ``None`` when none is configured.

    Raises:
        UsageError: it cannot be used. There is no fall-back to HTTP.
    """
    certificate, key = config.web.certificate, config.web.key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "web.certificate" if certificate is None else "web.key"
        raise UsageError(f"{missing} is missing: HTTPS needs certificate and key, plain HTTP neither.")
    return check_certificate(certificate, key, now=now)


def claim_port(host: str, port: int) -> int:
    """Make sure that nobody else listens there; answer the port, a free one for 0.

    granian shares ports (SO_REUSEPORT), so a second dashboard would silently take half of the requests.

    Raises:
        UsageError: in use, not allowed, or not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if hasattr(socket, "SO_REUSEPORT"):  # elsewhere SO_REUSEADDR would let two programs share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise UsageError(
                f"Port {port} is reserved for root. Choose a port above 1023 with web.port or --port, "
                "or see docs/wall.md for how to serve 443 without root."
            ) from None
        except OSError as problem:
            raise UsageError(
                f"Cannot listen on {host} port {port}: {problem.strerror}. "
                "Choose another with --host and --port."
            ) from None
        bound: int = probe.getsockname()[1]
        return bound
