"""The API for own tickets: it reads ticket files and drops commands, which the watcher alone applies."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response

from deskwatch.config import Config
from deskwatch.core.own_tickets import applied_to, is_deleted
from deskwatch.core.ticket import Ticket
from deskwatch.door.answers import Refused, answer
from deskwatch.door.callers import Caller
from deskwatch.door.fields import ME, change_of, note_of, right_to_assign, wanted_fields
from deskwatch.door.handing_in import HandingIn
from deskwatch.door.roles import Right
from deskwatch.door.shelf import Shelf, Wanted, shown
from deskwatch.local.commands import CommandError, command_key, fingerprint_of, read_command
from deskwatch.local.inbox import SUFFIX, Outcome, is_command_name
from deskwatch.sources.local_settings import LocalSettings

ROOT = "/api/tickets/"
OUTCOMES = "/api/outcomes/"
PAGE_SIZE, LARGEST_PAGE = 50, 200
LONGEST_KEY = 200

_REFUSALS = {
    "invalid": HTTPStatus.BAD_REQUEST,
    "not_found": HTTPStatus.NOT_FOUND,
    "foreign": HTTPStatus.CONFLICT,
    "conflict": HTTPStatus.CONFLICT,
    "forbidden": HTTPStatus.FORBIDDEN,
    "key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
}
_FIELD = re.compile(r"(?:^|; )(?:fields\.)?(\w+)(?:\.\w+)*: (.+?)(?=; (?:fields\.)?\w+(?:\.\w+)*: |$)")
"""One field in the words of a rejection, and what is wrong with it."""
_REUSED = "Idempotency-Key: was used for another request before; give each request a key of its own."
_FILTERS = ("status", "priority", "agent", "q", "source", "page", "page_size")


@dataclass(frozen=True, slots=True)
class Asked:
    """What every request to write has: who, what, and a key that makes repeating it harmless.

    Attributes:
        what: method and kind of the address.
    """

    caller: Caller
    what: str
    body: Mapping[str, Any]
    key: str | None


class OwnApi:
    """``/api/tickets/``. Methods answer, or raise Refused; StoreError means that nothing was kept."""

    def __init__(self, config: Callable[[], Config], shelf: Shelf, handing_in: HandingIn) -> None:
        self._config, self._shelf, self._handing_in = config, shelf, handing_in

    # Reading

    def list(self, caller: Caller, query: Mapping[str, str]) -> Response:
        """``GET /api/tickets/``: own tickets, or with ``source`` those of others, a page at a time."""
        caller.needs(Right.READ)
        strange = sorted(query.keys() - set(_FILTERS))
        if strange:
            words = f"unknown; there are {', '.join(_FILTERS)}"
            raise Refused(
                HTTPStatus.BAD_REQUEST, f"{strange[0][:40]}: {words}", fields={strange[0][:40]: [words]}
            )
        agent = query.get("agent", "").casefold()
        wanted = Wanted(
            self._sources(query.get("source", "")),
            query.get("status", ""),
            query.get("priority", ""),
            caller.names if agent == ME else (agent,) if agent else (),
            query.get("q", "")[:200],
        )
        size, page = (
            _number(query, "page_size", PAGE_SIZE, LARGEST_PAGE),
            _number(query, "page", 1, 1_000_000),
        )
        found = self._shelf.wanted(wanted)
        rest = {name: value for name, value in query.items() if name != "page"}
        following = page + 1 if len(found) > page * size else None
        data = {
            "count": len(found),
            "next": following and f"{ROOT}?{urlencode({**rest, 'page': following})}",
            "previous": f"{ROOT}?{urlencode({**rest, 'page': page - 1})}" if page > 1 else None,
            "results": [shown(t, root=ROOT) for t in found[(page - 1) * size : page * size]],
        }
        return answer(data)

    def read(self, caller: Caller, called: str) -> Response:
        """``GET /api/tickets/ID/``."""
        caller.needs(Right.READ)
        return answer(shown(self._find(called), root=ROOT))

    def notes(self, caller: Caller, called: str) -> Response:
        """``GET /api/tickets/ID/notes/``."""
        caller.needs(Right.READ)
        notes = self._find(called).extra.get("notes")
        return answer({"results": notes if isinstance(notes, list) else []})

    def outcome(self, caller: Caller, name: str) -> Response:
        """``GET /api/outcomes/NAME/``: what became of a write that was answered with 202."""
        caller.needs(Right.READ)
        file = name + SUFFIX
        if is_command_name(file):
            outcome = self._handing_in.outcome(file)
            if outcome is not None and outcome.ok:
                return answer(
                    {"state": "done", "ticket": self._told(outcome.ticket), "words": outcome.reason}
                )
            if outcome is not None:
                return answer({"state": "refused", "code": outcome.code, "words": outcome.reason})
            if self._handing_in.is_waiting(file):
                return answer({"state": "waiting"}, Retry_After="1")
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such write, or it is too long ago.")

    # Writing

    def create(self, asked: Asked) -> Response:
        """``POST /api/tickets/``."""
        asked.caller.needs(Right.CREATE)
        fields = wanted_fields(asked.body, asked.caller)
        command: dict[str, Any] = {"op": "create", "fields": fields}
        if asked.body.get("source") is not None:
            command["source"] = str(asked.body["source"])[:100]
        if asked.body.get("note") is not None:
            command["text"] = note_of({"text": asked.body["note"]}, name="note")
        if fields.get("agent") is not None:
            asked.caller.needs(right_to_assign(fields["agent"], None, asked.caller))
        return self._give(asked, command, HTTPStatus.CREATED)

    def change(self, asked: Asked, called: str, *, whole: bool) -> Response:
        """``PATCH`` and (``whole``) ``PUT /api/tickets/ID/``."""
        ticket = self._own(called)
        if whole and not asked.body.get("subject"):
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                "PUT needs all that a new ticket needs.",
                fields={"subject": ["missing"]},
            )
        if _was_applied(asked, ticket):
            return answer(shown(ticket, root=ROOT))
        change = change_of(asked.body, ticket, asked.caller)
        if change is None:
            return answer(shown(ticket, root=ROOT))
        for right in change.rights:
            asked.caller.needs(right)
        return self._give(asked, {**change.command, "id": ticket.key, "source": ticket.source}, HTTPStatus.OK)

    def note(self, asked: Asked, called: str) -> Response:
        """``POST /api/tickets/ID/notes/``. A note for a ticket of another helpdesk may be handed on to it."""
        asked.caller.needs(Right.NOTE)
        ticket = self._find(called)
        command = {"op": "note", "id": ticket.key, "source": ticket.source, "text": note_of(asked.body)}
        return self._give(asked, command, HTTPStatus.CREATED)

    def ack(self, asked: Asked, called: str) -> Response:
        """``POST /api/tickets/ID/ack/``: somebody has it in hand, so that nobody else is alerted."""
        ticket = self._find(called)
        agent, caller = ticket.agent, asked.caller
        is_free = agent is None or caller.is_(agent.name) or caller.is_(agent.id)
        caller.needs(Right.ACK if is_free else Right.ACK_ANY)
        command: dict[str, Any] = {"op": "ack", "id": ticket.key, "source": ticket.source}
        if asked.body.get("text") is not None:
            command["text"] = note_of(asked.body)
        return self._give(asked, command, HTTPStatus.OK)

    def delete(self, asked: Asked, called: str) -> Response:
        """``DELETE /api/tickets/ID/``."""
        asked.caller.needs(Right.DELETE)
        ticket = self._found(called)
        if ticket is not None and _was_applied(asked, ticket):
            return Response(b"", HTTPStatus.NO_CONTENT.value)
        ticket = self._own(called)
        return self._give(
            asked, {"op": "delete", "id": ticket.key, "source": ticket.source}, HTTPStatus.NO_CONTENT
        )

    def _give(self, asked: Asked, command: dict[str, Any], good: HTTPStatus) -> Response:
        if not self._local:  # nobody would ever take the command
            words = "Nothing can be written here: config/sources.yaml has no source of kind local."
            raise Refused(HTTPStatus.NOT_FOUND, words)
        caller = asked.caller
        command |= {"by": caller.name, "role": caller.role}
        if asked.key is not None:
            command["idempotency_key"] = _identity(asked, command.get("id", ""))
            command["fingerprint"] = fingerprint_of(asked.body)
        _refuse_nonsense(command)
        listener = self._config().watcher.listener
        wait = listener.wait.total_seconds() if listener else 3.0
        name, outcome = self._handing_in.give(command, wait=wait)
        if outcome is None:
            place = OUTCOMES + quote(name.removesuffix(SUFFIX), safe="") + "/"
            words = "Kept, and not applied yet. Ask there what became of it."
            return answer(
                {"state": "waiting", "outcome": place, "words": words},
                HTTPStatus.ACCEPTED,
                Location=place,
                Retry_After="1",
            )
        if not outcome.ok:
            reused = outcome.code == "key_reused"
            raise _refusal(replace(outcome, reason=_REUSED) if reused else outcome)
        if good is HTTPStatus.NO_CONTENT:
            return Response(b"", good.value)
        told = self._told(outcome.ticket)
        if told is None:
            return answer({"key": outcome.ticket}, good)
        headers = {"Location": told["href"]} if command["op"] == "create" else {}
        notice = {"notice": outcome.reason} if outcome.reason else {}
        return answer({**told, **notice}, good, **headers)

    # Who is who

    @property
    def _local(self) -> dict[str, str]:
        """The sources of own tickets, and what their numbers begin with."""
        sources = self._config().sources.items()
        return {name: s.id_prefix for name, s in sources if isinstance(s, LocalSettings)}

    def _sources(self, asked: str) -> tuple[str, ...]:
        known = tuple(self._config().sources)
        if asked in ("", "all"):
            return known if asked else tuple(self._local)
        if asked not in known:
            words = f"there is no such source; there are all, {', '.join(known)}"
            raise Refused(HTTPStatus.BAD_REQUEST, f"source: {words}", fields={"source": [words]})
        return (asked,)

    def _find(self, called: str) -> Ticket:
        ticket = self._found(called)
        if ticket is None or is_deleted(ticket):
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such ticket.")
        return ticket

    def _found(self, called: str) -> Ticket | None:
        return self._shelf.find(called[:LONGEST_KEY], local=self._local)

    def _own(self, called: str) -> Ticket:
        ticket = self._find(called)
        if ticket.source not in self._local:
            raise Refused(
                HTTPStatus.CONFLICT,
                f"{ticket.key} lives in {ticket.source}; change it there.",
                link=ticket.url,
            )
        return ticket

    def _told(self, key: str | None) -> dict[str, Any] | None:
        ticket = self._found(key) if key else None
        return None if ticket is None or is_deleted(ticket) else shown(ticket, root=ROOT)


def _identity(asked: Asked, ticket: str) -> str:
    """What makes two requests one: not their body, which means less when a part of it is done already."""
    scope = "\n".join((asked.caller.name, asked.what, ticket, asked.key or ""))
    return f"api-{hashlib.sha256(scope.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _was_applied(asked: Asked, ticket: Ticket) -> bool:
    """Whether this is a request again whose answer may have been lost: then nothing is asked or done anew.

    Raises:
        Refused: 422 when it is another request under the same key.
    """
    if asked.key is None:
        return False
    known = applied_to(ticket).get(command_key(_identity(asked, ticket.key)))
    if known and known != fingerprint_of(asked.body):
        raise _refusal(Outcome(False, ticket.key, _REUSED, "key_reused"))
    return known is not None


def _refuse_nonsense(command: Mapping[str, Any]) -> None:
    """What no watcher would apply is not kept in the first place."""
    try:
        read_command(command, name="", digest="")
    except CommandError as problem:
        raise _refusal(Outcome(False, None, str(problem), "invalid")) from None


def _refusal(outcome: Outcome) -> Refused:
    fields = dict[str, list[str]]()
    if outcome.code == "invalid":
        for name, words in _FIELD.findall(outcome.reason):
            fields.setdefault(name, []).append(words)
    more: dict[str, Any] = {"link": outcome.link} if outcome.link else {}
    return Refused(_REFUSALS.get(outcome.code, HTTPStatus.CONFLICT), outcome.reason, fields=fields, **more)


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        words = f"expected a number from 1 to {most}"
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name}: {words}", fields={name: [words]})
    return int(text)
