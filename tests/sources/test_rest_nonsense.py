"""Whatever a helpdesk answers, the engine says SourceError or reads on: thousands of odd answers."""

import json
from contextlib import nullcontext, suppress
from random import Random
from typing import Any

from deskwatch.core.sync import Snapshot
from deskwatch.sources.http_client import Answer
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.source import SourceError
from tests.sources.contract import Folder
from tests.sources.rest_desk import AUTHS, KEY, PAGINGS, SECRET, Desk, settings_of
from tests.sources.test_contract_rest import RestBench

ROUNDS = 400
STATES = [*[200] * 9, 201, 204, 206, 301, 400, 401, 403, 404, 410, 429, 500, 503]
ODD: list[Any] = [None, True, 0, 1, -5, 10**30, 1.5, "", "x", "1", "2026-03-10T15:00:00Z",
       "1970-01-01T00:00:00Z", "http://a/b", "\x00\ud800", "../..", {}, [], "a" * 3000, "{id}"]  # fmt: skip
NAMES = [
    "items",
    "id",
    "total",
    "next",
    "token",
    "subject",
    "status",
    "agent",
    "updated",
    "ticket",
    "user",
    "",
]
NO_JSON = ["", "<html>", "{", "[NaN]", "[" * 5000, "null", "\x00"]
HEADERS = {
    "date": ["Tue, 10 Mar 2026 15:00:00 GMT", "junk", "Tue, 10 Mar 9999 23:59:59 -2359"],
    "link": ['<http://x/>; rel=next', '</tickets?page=3>; rel="next"', "<>", "<" * 100],
    "retry-after": ["1", "-1", "x", "9" * 40],
    "content-range": ["0-9/100", "*/*", "x"],
}  # fmt: skip


class Nonsense:
    """A connection to a helpdesk that says anything."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def deadline(self) -> Any:
        return nullcontext()

    def close(self) -> None:
        pass

    def send(self, *asked: Any, **more: Any) -> Answer:
        choose = self.random.choice
        headers = {name: choose(texts) for name, texts in HEADERS.items() if self.random.random() < 0.25}
        kind = self.random.randrange(12)
        if kind < 7:
            items = [self.item() for _ in range(self.random.randrange(6))]
            told: Any = {"items": items, "total": choose([0, 3, 100, self.value()]), "user": {"id": 1}}
            told |= {"next": choose([None, "/x", "http://e/x", self.value()]), "token": self.value()}
            told |= {"access_token": self.value(), "session_token": self.value(), "ticket": self.item()}
        else:
            told = self.value()
        body = json.dumps(told) if kind < 10 else choose(NO_JSON)
        return Answer(choose(STATES), headers, body.encode())

    def item(self) -> dict[str, Any]:
        """Nearly a ticket."""
        choose = self.random.choice
        told: dict[str, Any] = {"id": choose([1, 2, 3, "4", self.value()])}
        told["status"] = choose(["open", "solved", self.value()])
        odd = {name: self.value() for name in ("subject", "priority", "agent", "created")}
        return told | odd | {"updated": choose(["2026-03-10T14:00:00Z", self.value()])}

    def value(self, depth: int = 0) -> Any:
        """Anything."""
        kind = self.random.randrange(12) if depth < 4 else 9
        if kind < 2:
            return {self.random.choice(NAMES): self.value(depth + 1) for _ in range(self.random.randrange(5))}
        if kind < 4:
            return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
        return self.random.choice(ODD)


def test_nonsense_never_stops_the_engine() -> None:
    random = Random(5)
    told = 0
    for _ in range(ROUNDS):
        desk = Desk(auth=random.choice(list(AUTHS)), paging=random.choice(list(PAGINGS)))
        desk.url = "http://127.0.0.1:1"
        changes: dict[str, Any] = {"max_pages": "20"}
        changes |= {part: None for part in ("one", "changes", "probe") if random.random() < 0.3}
        if random.random() < 0.3:
            changes["details"] = {"more": {"path": "/tickets/{id}", "item": "text"}}
        settings = settings_of(desk, **changes)
        source = RestSource("desk", settings, clock=desk.clock.monotonic, client=Nonsense(random))
        told += played(source, Folder(source, RestBench(desk)), desk, random)
    assert told > ROUNDS


def played(source: RestSource, folder: Folder, desk: Desk, random: Random) -> int:
    """A few calls in any order; how often the source said that something is wrong."""
    errors = 0
    for _ in range(8):
        now = desk.clock.now
        asks: list[Any] = [
            lambda now=now: source.fetch(folder.cursor, known=folder.stored, now=now),
            lambda now=now: source.list_open(known=folder.stored, now=now),
            lambda now=now: source.look(["1", "9"], now=now),
            lambda now=now: source.check(now=now),
            lambda now=now: source.sample(3, now=now),
            lambda now=now: source.people(now=now),
            lambda now=now: source.raw("1", now=now),
        ]
        words = ""
        try:
            answer = random.choice(asks)()
        except SourceError as error:
            errors += 1
            answer, words = error.progress, error.words
        assert not any(bad in words for bad in ("\n", KEY, SECRET))
        if isinstance(answer, Snapshot):
            folder.file(answer)
        json.dumps([source.memory(), source.report().notes])
        desk.clock.pass_(seconds=random.choice([1, 60, 600]))
    with suppress(SourceError):
        source.close()
    return errors
