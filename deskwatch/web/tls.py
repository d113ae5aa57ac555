"""The certificate, checked before anything listens: a quiet fall back to HTTP would betray the users."""

import os
import re
import ssl
import stat
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from shutil import which

from deskwatch.errors import UsageError

EXPIRES_SOON = timedelta(days=21)
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9*_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
SELF_SIGNED_DAYS = 825
"""The longest life that browsers accept for a certificate installed by hand."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key that fit each other. ``warning`` is set when it will not last."""

    certificate: Path
    key: Path
    expires_at: datetime
    warning: str | None = None


def check_certificate(certificate: Path, key: Path, *, now: datetime) -> Certificate:
    """Make sure that the pair can serve.

    Raises:
        UsageError: missing, unreadable, broken, not a pair, expired, or the key is open to other users.
    """
    for setting, path in (("web.certificate", certificate), ("web.key", key)):
        if not path.is_file():
            raise UsageError(f"{setting}: there is no file {path}. {_MEND}")
        if not os.access(path, os.R_OK):
            raise UsageError(f"{setting}: {path} cannot be read by this user. {_MEND}")
    _refuse_open_key(key)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as problem:
        raise UsageError(f"web.certificate: {_in_words(problem, certificate, key)} {_MEND}") from None
    not_after = _expiry(certificate)
    if not_after <= now:
        raise UsageError(f"web.certificate: {certificate} expired on {not_after:%Y-%m-%d}. {_MEND}")
    warning = None
    if not_after - now < EXPIRES_SOON:
        warning = f"The certificate {certificate} expires on {not_after:%Y-%m-%d}."
    return Certificate(certificate, key, not_after, warning)


_MEND = (
    "Correct it in config/deskwatch.yaml, make a self-signed pair with `gui.py certificate`, "
    "or remove both settings to serve plain HTTP."
)


def _refuse_open_key(key: Path) -> None:
    mode = key.stat().st_mode
    if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        raise UsageError(f"web.key: {key} can be read by every user of this machine. Run: chmod 600 {key}")


def _in_words(problem: ssl.SSLError, certificate: Path, key: Path) -> str:
    reason = (problem.reason or "").lower()
    if "key_values_mismatch" in reason:
        return f"{key} is not the key of {certificate}."
    if "password" in reason or "bad_decrypt" in reason:
        return f"{key} is protected by a passphrase, which a service cannot type. Store it without one."
    words = reason.replace("_", " ") or str(problem)
    return f"{certificate} and {key} cannot be used: {words}. Both must be PEM files."


def _expiry(certificate: Path) -> datetime:
    # The standard library parses a certificate from a file only here; it has no public way.
    details = ssl._ssl._test_decode_cert(str(certificate))  # type: ignore[attr-defined]
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(details["notAfter"]), UTC)


def make_self_signed(certificate: Path, key: Path, *, hosts: list[str]) -> None:
    """Write a self-signed pair (ECDSA P-256) for these host names and addresses.

    Raises:
        UsageError: a file exists already, a host is none, or openssl is not installed or fails.
    """
    for path in (certificate, key):
        if path.exists():
            raise UsageError(f"{path} exists already and is not overwritten. Move it away first.")
    openssl = which("openssl")
    if openssl is None:
        raise UsageError("openssl is not on the PATH. Install it, or bring a certificate of your own.")
    names = ",".join(_alternative_name(host) for host in hosts)
    old_mask = os.umask(0o077)
    try:
        done = subprocess.run(
            [
                *(openssl, "req", "-x509", "-nodes", "-sha256", "-days", str(SELF_SIGNED_DAYS)),
                *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                *("-subj", f"/CN={hosts[0][:64]}", "-addext", f"subjectAltName={names}"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        os.umask(old_mask)
    if done.returncode:
        raise UsageError(f"openssl could not make the certificate: {done.stderr.strip()[-200:]}")


def _alternative_name(host: str) -> str:
    try:
        return f"IP:{ip_address(host)}"
    except ValueError:
        if not _HOST_NAME.fullmatch(host):
            raise UsageError(f"expected a host name or an address, got {host!r}") from None
        return f"DNS:{host}"
