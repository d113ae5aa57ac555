"""A fresh wall link: the address for the screen, and the lines that make it valid."""

import hashlib
import json
import secrets
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from deskwatch.config import Config
from deskwatch.config.fields import OUR_YEARS
from deskwatch.config.general import TLS_PORT, in_zone
from deskwatch.core.privacy import Privacy
from deskwatch.errors import UsageError
from deskwatch.settings import clip, is_loopback, nearest

TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class WallLink:
    """``url`` holds the token, ``yaml`` only its hash; ``notes`` say what else it takes."""

    url: str
    yaml: str
    notes: tuple[str, ...] = ()


def fresh_link(
    config: Config,
    name: str,
    boards: Sequence[str] = (),
    privacy: Privacy = Privacy.FULL,
    expires: str | None = None,
    *,
    now: datetime,
) -> WallLink:
    """Make up a token nobody has.

    Raises:
        UsageError: a board that does not exist, a name that is used already or shows nothing, no date or one
            that has passed.
    """
    if not name.strip() or not name.isprintable():
        raise UsageError("NAME says whose wall it is, in letters: lobby")
    if any(token.name == name for token in config.access.tokens):
        raise UsageError(
            f"access.tokens has a {name!r} already. Take another name, or delete that one first."
        )
    for board in boards:
        if board not in config.boards:
            known = nearest(board, config.boards) or f" Boards are: {', '.join(sorted(config.boards))}."
            raise UsageError(f"There is no board {board!r}.{known}")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    lines = [
        f"    - name: {json.dumps(name, ensure_ascii=False)}",
        f"      sha256: {hashlib.sha256(token.encode()).hexdigest()}",
    ]
    if boards:
        lines.append(f"      boards: [{', '.join(dict.fromkeys(boards))}]")
    if privacy is not Privacy.FULL:
        lines.append(f"      privacy: {privacy.value}")
    if expires:
        lines.append(f"      expires: {_moment(expires, config, now=now)}")
    url = f"{config.web.public_url or _usual_root(config)}w/{token}"
    return WallLink(url, "\n".join(lines) + "\n", tuple(_notes(config)))


def _moment(text: str, config: Config, *, now: datetime) -> str:
    try:
        at = in_zone(datetime.fromisoformat(text), config.zone)
    except ValueError:
        at = None
    if at is None or at.year not in OUR_YEARS:
        raise UsageError(f"--expires: expected a date such as 2027-01-31, got {clip(text)}")
    if at <= now:
        today = now.astimezone(config.zone)
        raise UsageError(
            f"--expires: {at:%Y-%m-%d %H:%M} has passed (it is {today:%Y-%m-%d %H:%M} in {config.zone}), "
            "so the link would never work. A day ends a link at its beginning; name a later one."
        )
    return text


def _notes(config: Config) -> Iterator[str]:
    if config.web.public_url:
        return
    if is_loopback(config.web.host):
        yield (
            f"Only this machine reaches the wall: web.host is {config.web.host}. Set it to 0.0.0.0, or put "
            "a proxy in front and name its address in web.public_url."
        )
    else:
        yield "Screens that know this machine by another name: set web.public_url, or change the link."


def _usual_root(config: Config) -> str:
    """Where other machines reach this one when nobody says."""
    web = config.web
    host = socket.gethostname() if web.host in ("0.0.0.0", "::") or is_loopback(web.host) else web.host
    scheme, usual = ("https", TLS_PORT) if web.certificate else ("http", 80)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}/" if web.listen_port == usual else f"{scheme}://{host}:{web.listen_port}/"
