"""Who is asking: a token of a login, of the command line, or of ``users.yaml``."""

import hmac
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from deskwatch.config import Config
from deskwatch.config.general import in_zone
from deskwatch.config.users import Role, UserSettings
from deskwatch.core.legible import legible
from deskwatch.door import passwords
from deskwatch.door.answers import Refused, too_many
from deskwatch.door.pace import OncePerMinute, Pace, Penance
from deskwatch.door.roles import Right, called, may
from deskwatch.door.tokens import TokenShelf, digest, trace_of

log = logging.getLogger(__name__)

CHALLENGE = {"WWW_Authenticate": 'Token realm="deskwatch"'}
LONGEST_TOKEN = 200
MOST_LOGINS_AT_ONCE = 3
"""Checking a password is slow on purpose: webhooks must find a thread all the same."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token is good.

    Attributes:
        agent: who that is among the agents of tickets.
        names: everything this person is called by, in small letters.
    """

    name: str
    role: Role
    agent: str
    names: frozenset[str]

    def needs(self, right: Right) -> None:
        """Go on only with this right.

        Raises:
            Refused: 403 with words.
        """
        if not may(self.role, right):
            raise Refused(HTTPStatus.FORBIDDEN, f"{self.name} is {called(self.role)} and may not {right}.")

    def is_(self, agent: str) -> bool:
        """Whether an agent, by name, id or mail address, is this caller."""
        return agent.strip().casefold() in self.names


class Callers:
    """Knows who is asking by ``Authorization``, and lets people log in."""

    def __init__(
        self, config: Callable[[], Config], shelf: TokenShelf, *, pace: Pace, penance: Penance
    ) -> None:
        self._config, self._shelf = config, shelf
        self._pace, self._penance, self._say = pace, penance, OncePerMinute()
        self._places = threading.BoundedSemaphore(MOST_LOGINS_AT_ONCE)

    def recognize(self, header: str, *, address: str, now: datetime) -> Caller:
        """Who sends this ``Authorization`` header.

        Raises:
            Refused: 401; the words do not tell a wrong token from one that ended.
        """
        scheme, _, token = header.strip().partition(" ")
        token = token.strip()
        if not token or scheme.lower() not in ("token", "bearer") or len(token) > LONGEST_TOKEN:
            raise _unknown("Send the header Authorization: Token …, with a token from /api-token-auth/.")
        caller = self._of_program(token, now) or self._of_user(token, now)
        if caller is None:
            if self._say("token", address):
                log.warning("A token that is not valid was sent from %s", legible(address, 60))
            raise _unknown("This token is not valid, or it has ended.")
        return caller

    def login(self, name: str, password: str, *, address: str, now: datetime) -> tuple[str, datetime]:
        """A fresh token for the right password, and when it ends.

        Raises:
            Refused: 400 for a wrong name or password, 429 after too many tries.
            StoreError: the token could not be kept.
        """
        config, asked = self._config(), name.casefold()[:64]
        most = config.watcher.listener.pace.logins_per_minute if config.watcher.listener else 5
        wait = max(self._pace.take("login", address, most=most), self._penance.wait(asked))
        if wait:
            raise too_many(wait, "Too many tries to log in.")
        user = config.users.users.get(name)
        known = user.password if user is not None and user.active else None
        if not self._is_right(known, password) or user is None:
            self._penance.failed(asked)
            if self._say("login", address, asked):
                log.warning("A login as %s from %s failed", legible(name, 64), legible(address, 60))
            raise Refused(HTTPStatus.BAD_REQUEST, "Unable to log in with this name and password.")
        self._penance.succeeded(asked)
        token, issued = self._shelf.issue(
            name, life=config.users.token_life, now=now, made_by="login", password=trace_of(user.password)
        )
        log.info("%s logged in from %s (token %s)", name, legible(address, 60), issued.id)
        return token, issued.expires_at

    def _is_right(self, known: str | None, password: str) -> bool:
        if not self._places.acquire(blocking=False):
            raise too_many(1, "Others are logging in right now.")
        try:
            return passwords.is_right(known, password)
        finally:
            self._places.release()

    def _of_program(self, token: str, now: datetime) -> Caller | None:
        config, presented, found = self._config(), digest(token), None
        for name, known in config.users.tokens.items():
            if hmac.compare_digest(known.sha256, presented):
                found = name, known
        if found is None:
            return None
        name, known = found
        expires = in_zone(known.expires, config.zone)
        if expires is not None and now >= expires:
            return None
        return _caller(name, known.role, known.agent, config)

    def _of_user(self, token: str, now: datetime) -> Caller | None:
        issued = self._shelf.find(token, now=now)
        user: UserSettings | None = self._config().users.users.get(issued.user) if issued else None
        if issued is None or user is None or not user.active:
            return None
        if issued.made_by == "login" and issued.password != trace_of(user.password):
            return None
        return _caller(issued.user, user.role, user.agent, self._config())


def _caller(name: str, role: Role, agent: str | None, config: Config) -> Caller:
    """With the names of the same person in ``people.yaml`` and ``agents.yaml``."""
    agent = agent or name
    names = {agent.casefold()} | ({name.casefold()} if agent == name else set())
    for person in config.people.values():
        known = {person.id, person.name, *person.agents, *person.addresses.values()}
        folded = {text.casefold() for text in known}
        if names & folded:
            names |= folded
            break
    for id_, called_ in config.agents.items():
        if names & {id_.casefold(), called_.casefold()}:
            names |= {id_.casefold(), called_.casefold()}
    return Caller(name, role, agent, frozenset(names))


def _unknown(words: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, words, headers=CHALLENGE)
