"""A fresh wall link: the address for the screen, and the lines that make it valid."""

import hashlib
import json
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from deskwatch.config import Config
from deskwatch.config.general import TLS_PORT
from deskwatch.errors import UsageError
from deskwatch.settings import is_loopback, nearest

TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class WallLink:
    """``url`` holds the token, ``yaml`` only its hash."""

    url: str
    yaml: str


def fresh_link(config: Config, name: str, boards: Sequence[str]) -> WallLink:
    """Make up a token nobody has.

    Raises:
        UsageError: a board that does not exist, a name that is used already or shows nothing.
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
    return WallLink(f"{config.web.public_url or _usual_root(config)}w/{token}", "\n".join(lines) + "\n")


def _usual_root(config: Config) -> str:
    """Where other machines reach this one when nobody says."""
    web = config.web
    host = socket.gethostname() if web.host in ("0.0.0.0", "::") or is_loopback(web.host) else web.host
    scheme, usual = ("https", TLS_PORT) if web.certificate else ("http", 80)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}/" if web.listen_port == usual else f"{scheme}://{host}:{web.listen_port}/"
