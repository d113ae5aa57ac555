"""What a board hides is at no address of the dashboard, and no question finds it out.

Two desks differ only in what must be hidden. Whatever one asks, both must answer byte for byte alike: neither
names nor an order, a count or an echo tells them apart.
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from deskwatch.core.ticket import Person, Priority, format_instant
from deskwatch.store.heartbeat import write_heartbeat
from tests.web.desk import HOUR, NOW, ticket

OUTSIDE = "192.0.2.7"
TOKEN = "a-wall-link-of-the-lobby"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
PLACES = {"board_id": "lobby", "key": "desk-1", "asked": "INC-1"}
"""What the parts of an address are called; a new route has to find its parts here."""


@dataclass(frozen=True)
class Cast:
    """Everything about people that a desk knows; the initials are the same in both."""

    requester: Person
    agent: Person
    other: Person
    group: Person
    client: Person
    words: str

    @property
    def people(self):
        return (self.requester, self.agent, self.other)

    def hidden_by_initials(self):
        words = [word for person in self.people for word in person.name.split()]
        reach = [each for person in self.people for each in (person.email, person.phone, person.id)]
        return [*words, *reach, f"DESCRIPTION{self.words}", f"EXTRA{self.words}"]

    def hidden_by_none(self):
        of_groups = [self.group.name, self.client.name, self.group.id, self.client.id]
        return [*self.hidden_by_initials(), *of_groups, f"tag{self.words}", f"category{self.words}", "print"]


def person(id_, name, host, phone):
    return Person(id=id_, name=name, email=f"{name.split()[0].lower()}@{host}", phone=phone)


ONE = Cast(
    requester=person("910001", "Rexandra Zuckwitz", "one.example", "+49 170 7770001"),
    agent=person("910002", "Roland Voxmere", "one.example", "7770002"),
    other=person("910003", "Prevost Yarlington", "one.example", "0170/7770003"),
    group=Person(id="820001", name="Groupovia", email="group@one.example"),
    client=Person(id="830001", name="Clientura", phone="7770004"),
    words="ONE",
)
TWO = Cast(
    requester=person("510009", "Roswitha Zander", "two.example", "+1 212 5550101"),
    agent=person("510008", "Rasmus Vinzent", "two.example", "5550102"),
    other=person("510007", "Paulina Ysop", "two.example", "0212/5550103"),
    group=Person(id="420009", name="Zetetics", email="group@two.example"),
    client=Person(id="430009", name="Anagram", phone="5550104"),
    words="TWO",
)
SAME_GROUPS = {"group": ONE.group, "client": ONE.client, "words": ONE.words}


def tickets_of(cast):
    """Four tickets in which the people play every part, named in subject, tags, category and extra fields."""
    a, b, c = cast.people
    common = {
        "group": cast.group,
        "client": cast.client,
        "description": f"DESCRIPTION{cast.words} of {a.name}, {a.email}",
        "tags": (f"tag{cast.words}", a.name),
        "category": f"category{cast.words} {a.name}",
        "first_seen_at": NOW - HOUR,
    }
    plots = [
        (a, b, c, Priority.URGENT),
        (b, c, a, Priority.HIGH),
        (c, a, b, Priority.LOW),
        (a, None, None, Priority.URGENT),
    ]
    for number, (requester, agent, previous, priority) in enumerate(plots, 1):
        yield ticket(
            number,
            subject=f"{requester.name} cannot print, call {requester.phone} or {requester.email} {number}",
            requester=requester,
            agent=agent,
            previous_agent=previous,
            priority=priority,
            extra={"contact": f"EXTRA{cast.words} {requester.name}"},
            **common,
        )


BOARDS = "lobby: {{title: Lobby, privacy: {}, match: [{{sources: [desk]}}]}}\n"


@pytest.fixture
def open_desk(make_desk):
    """A desk with this cast whose board ``lobby`` has this privacy."""

    def open_desk(cast, privacy, *, boards="", deskwatch=""):
        desk = make_desk(boards=BOARDS.format(privacy) + boards, deskwatch=deskwatch)
        people = "".join(f"  p{n}: {{name: {p.name}}}\n" for n, p in enumerate(cast.people))
        desk.configure("people", f"people:\n{people}")
        desk.configure(
            "oncall",
            "layers: {primary: {rotations: [{people: [p0, p1], start: 2026-03-02, handoff: 09:00}]}}",
        )
        turn = {"layer": "primary", "name": cast.agent.name, "person": "p1"}
        write_heartbeat(
            desk.home.state / "oncall.json",
            {
                "schema": 1,
                "on_call": [{**turn, "until": format_instant(NOW + HOUR)}],
                "next": [{**turn, "name": cast.other.name, "from": format_instant(NOW + HOUR)}],
                "tickets": {
                    "desk-1": {
                        "acknowledged_by": cast.requester.name,
                        "acknowledged_at": format_instant(NOW - HOUR),
                    }
                },
            },
        )
        desk.beat()
        desk.write(*tickets_of(cast))
        desk.feed.live.refresh(now_please=True)
        desk.step()
        return desk

    return open_desk


def addresses(desk):
    """Every address that shows tickets, people or their counts, from the routes themselves."""
    board = "/b/lobby"
    fixed = ["/", "/boards", board, f"{board}/rows", f"{board}/pulse", f"{board}/csv"]
    version = desk.get(f"{board}/pulse").json["version"]
    desk.get("/readyz")  # the routes behind the front exist once somebody asked for one
    routed = []
    for rule in desk.front._behind.url_map.iter_rules():
        unknown = rule.arguments - PLACES.keys()
        assert not unknown, f"{rule}: say in PLACES what {unknown} is"
        routed.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda part: PLACES[part[1]], str(rule)))
    keys = [f"/b/lobby/t/desk-{n}" for n in (2, 3, 4)] + ["/t/INC-4", "/t/desk-3", "/api/v1/tickets/desk-4"]
    return [*fixed, f"{board}/rows?have={version}", f"{board}/rows?have=none", *routed, *keys]


def with_query(address, query):
    return f"{address}{'&' if '?' in address else '?'}{query}"


def questions(cast):
    """What somebody curious would try, the same for both desks: names of the first of them."""
    people = [*cast.people, cast.group, cast.client]
    told = {"agent", "group", "client", "agent_id", "q", "person", "requester"}
    for name in sorted(told):
        for each in people:
            yield f"{name}={quote(each.name)}"
            yield f"{name}={quote(each.id)}"
    for person in cast.people:
        yield f"q={quote(person.email)}"
        yield f"q={quote(person.name.split()[0])}&sort=agent"
    for column in ("agent", "requester", "group", "client", "subject", "number"):
        yield f"sort={column}"
        yield f"sort=-{column}"
    yield from ("privacy=full", "privacy=initials", "privacy=none", "limit=1000", "lang=de", "kiosk=1")
    yield from (f"q={quote('DESCRIPTION' + cast.words)}", f"q=tag{cast.words}", f"q=category{cast.words}")
    yield "person=p0"


def answers(desk, cast, ask):
    yield from ((address, ask(desk, address)) for address in addresses(desk))
    for query in questions(cast):
        for address in ("/b/lobby", "/b/lobby/rows", "/b/lobby/pulse", "/b/lobby/csv", "/b/lobby/t/desk-1"):
            yield with_query(address, query), ask(desk, with_query(address, query))
        for address in ("/api/v1/boards/lobby", "/api/v1/tickets", "/api/tickets/lobby", "/api/v1/on-call"):
            yield with_query(address, query), ask(desk, with_query(address, query))


def plainly(desk, address):
    return desk.get(address)


def by_link(desk, address):
    return desk.get(address, client=OUTSIDE, cookie=f"deskwatch_wall={TOKEN}")


def said(reply):
    headers = {name: value for name, value in reply.headers.items() if name != "date"}
    return reply.status, headers, reply.body


def varied(cast, privacy):
    """The second cast, as far as this level hides: initials leave groups and what is written elsewhere."""
    if privacy == "none":
        return TWO
    return Cast(TWO.requester, TWO.agent, TWO.other, **SAME_GROUPS)


LINK = f"access: {{tokens: [{{name: lobby, sha256: {HASH}, boards: [lobby]}}]}}"
STRICT_LINK = "access: {{tokens: [{{name: lobby, sha256: {}, boards: [lobby], privacy: {}}}]}}"
OPEN_BOARD = "all: {title: All}\n"


@pytest.mark.parametrize("privacy", ["initials", "none"])
@pytest.mark.parametrize(
    ("ask", "board_says", "link_says", "more_boards"),
    [
        (plainly, True, "", ""),
        (by_link, True, LINK, OPEN_BOARD),
        (by_link, False, STRICT_LINK, OPEN_BOARD),
    ],
    ids=["a strict board", "a link to a strict board", "a strict link to an open board"],
)
def test_desks_that_differ_in_what_is_hidden_answer_alike(
    open_desk, privacy, ask, board_says, link_says, more_boards
):
    board_privacy = privacy if board_says else "full"
    rules = link_says.format(HASH, privacy) if not board_says else link_says
    first, second = (
        open_desk(cast, board_privacy, boards=more_boards, deskwatch=rules)
        for cast in (ONE, varied(ONE, privacy))
    )
    hidden = ONE.hidden_by_none() if privacy == "none" else ONE.hidden_by_initials()
    telling = []
    pairs = zip(answers(first, ONE, ask), answers(second, ONE, ask), strict=True)
    seen = 0
    for (address, one), (_, two) in pairs:
        seen += one.status == 200
        if said(one) != said(two):
            telling.append(f"{address}: {one.status} {one.body[:200]!r} / {two.status} {two.body[:200]!r}")
        elif "?" not in address:
            telling += [f"{address} says {word}" for word in hidden if word.lower() in one.text.lower()]
    assert telling == [], "\n".join(telling)
    assert seen > 100


def test_the_desks_do_differ_where_everything_is_shown(open_desk):
    first, second = open_desk(ONE, "full"), open_desk(TWO, "full")
    same = [
        address
        for address in addresses(first)
        if first.get(address).body == second.get(address).body and "t/" not in address
    ]
    assert set(same) <= {"/", "/boards", "/openapi.json", "/readyz", "/lobby", "/api/v1/boards"} | {
        "/api/v1/boards/lobby/light",
        "/metrics",
    }
    page = first.get("/b/lobby").text
    assert "Rexandra Zuckwitz" in page
    for address in addresses(first):
        assert "7770004" not in first.get(address).text, address
        assert "group@one.example" not in first.get(address).text, address


def test_initials_and_kinds_take_the_place_of_what_is_hidden(open_desk):
    desk = open_desk(ONE, "initials")
    rows = desk.get("/b/lobby/rows").text
    assert "R. Z. cannot print, call … or … 1" in rows
    assert "R. V." in rows
    assert "Unassigned" in rows
    desk = open_desk(ONE, "none")
    rows = desk.get("/b/lobby/rows").text
    assert rows.count("Incident") == 4
    assert rows.count("Unassigned") == 1
    assert "INC-1" in rows
    assert desk.get("/b/lobby/pulse").json["news"]["urgent"]["subject"] == "Incident"
    found = desk.get("/api/v1/boards/lobby").json["sections"][0]["tickets"][0]
    assert found["agent"] in ({"id": None, "name": None}, None)
    assert found["url"] is None


def test_the_address_can_only_make_a_board_stricter(open_desk):
    desk = open_desk(ONE, "initials")
    assert "Rexandra" not in desk.get("/b/lobby?privacy=full").text
    assert "R. Z." not in desk.get("/b/lobby?privacy=none").text
    desk = open_desk(ONE, "full")
    assert "Rexandra" not in desk.get("/b/lobby?privacy=initials").text
    assert "Rexandra" in desk.get("/b/lobby").text
