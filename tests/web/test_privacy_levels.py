"""What a veiled ticket still says, and what it cannot say any more."""

from dataclasses import fields

import pytest

from deskwatch.core.board import Board
from deskwatch.core.privacy import Privacy
from deskwatch.core.ticket import Person, Ticket
from deskwatch.web.access import Grant
from deskwatch.web.duty import Duty, OnCall, Taken
from deskwatch.web.privacy import (
    HIDDEN,
    Sight,
    initials,
    sight_of_board,
    sight_of_duty,
    sight_of_ticket,
    veil,
    veil_duty,
)
from tests.web.desk import NOW, ticket

ANA = Person(id="71", name="Ana Park", email="ana.park@example.com", phone="+49 170 5550101")
BEN = Person(id="72", name="Ben van der Miller", email="ben@example.com", phone="5550102")
MIA = Person(id="73", name="Mia Stone")


def full(**changes):
    usual = {
        "subject": "Ana Park's printer",
        "requester": ANA,
        "agent": BEN,
        "previous_agent": MIA,
        "group": Person(id="5", name="Printers", email="printers@example.com"),
        "client": Person(id="6", name="Acme", phone="5550103"),
        "tags": ("vip", "ben-van-der-miller"),
        "category": "Hardware of Ana Park",
        "extra": {"contact": "Mia Stone"},
    }
    return ticket(1, **{**usual, **changes})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ben van der Miller", "B. M."),
        ("Miller, Ben", "M. B."),
        ("ana", "A."),
        ("Émile Zola", "É. Z."),
        ("e\u0301mile", "É."),
        ("Ørjan Åsen", "Ø. Å."),
        ("Иван Петров", "И. П."),
        ("बेन", "ब."),
        ("ßeta", "ß."),
        ("李小龙", "○."),
        ("김 철수", "○. ○."),
        ("Li 李", "L. ○."),
        ("ana.park@example.com", "A. P."),
        ("Ben <ben@example.com>", "B. B."),
        ("@mia", "M."),
        ("+49 170 5550101", "?"),
        ("", "?"),
        ("\u200b\u202e", "?"),
        ("🙂", "?"),
        ("7" * 40, "?"),
        ("a" * 9000, "A."),
    ],
)
def test_initials_are_two_letters_at_most(name, expected):
    assert initials(name) == expected


def everything(veiled):
    return "\n".join(str(getattr(veiled, f.name)) for f in fields(Ticket))


def test_full_shows_names_but_no_addresses_or_numbers_and_no_unknown_fields():
    veiled = veil(full(), Privacy.FULL)
    assert (veiled.requester, veiled.agent) == (
        Person(id="71", name="Ana Park"),
        Person(id="72", name=BEN.name),
    )
    assert veiled.description == "It does so since this morning."
    for hidden in ("example.com/", "@example.com", "555010", "contact"):
        assert hidden not in everything(veiled).replace("https://desk.example.com/", "")


def test_a_public_board_shows_no_description():
    assert veil(full(), Privacy.FULL, public=True).description == ""


def test_initials_stand_for_people_wherever_the_ticket_names_them():
    veiled = veil(full(), Privacy.INITIALS)
    assert veiled.requester == Person(id="", name="A. P.")
    assert veiled.agent == Person(id="", name="B. M.")
    assert veiled.previous_agent == Person(id="", name="M. S.")
    assert (veiled.group.name, veiled.client.name) == ("Printers", "Acme")
    assert veiled.subject == "A. P.'s printer"
    assert veiled.category == "Hardware of A. P."
    for hidden in ("Park", "Miller", "Stone", "@example.com", "5550", "since this morning"):
        assert hidden not in everything(veiled)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("ANA needs a screen", "A. needs a screen"),
        ("Anas Drucker", "A.s Drucker"),
        ("Anagram, parking, Benelux", "Anagram, parking, Benelux"),
        ("the road van der Weg", "the road van der Weg"),
        ("Mail to ana.park@example.com fails", "Mail to … fails"),
        ("Call +49 (170) 555 0101 back", "Call … back"),
        ("Call 0170/5550101", "Call …"),
        ("Call 5550102 back", "Call … back"),
        ("Backup of 01.02.2026 08:00 on 10.0.0.12 failed: 0x80070005", None),
        ("Order 4711-0815-42", None),
        ("x" * 5000, "x" * 2000),
    ],
)
def test_a_subject_keeps_what_names_nobody(subject, expected):
    assert veil(full(subject=subject), Privacy.INITIALS).subject == (expected or subject)


def test_a_customer_whose_name_is_an_address_is_not_printed():
    veiled = veil(full(client=Person(id="6", name="mia@example.com")), Privacy.INITIALS)
    assert veiled.client.name == "…"


def test_names_in_scripts_without_spaces_are_found():
    veiled = veil(full(requester=Person(id="1", name="李小龙"), subject="给李小龙的打印机"), Privacy.INITIALS)
    assert veiled.subject == "给○.的打印机"


def test_none_leaves_number_kind_and_deadline():
    ticket_ = full()
    veiled = veil(ticket_, Privacy.NONE)
    assert (veiled.number, veiled.subject, veiled.priority) == ("INC-1", "Incident", ticket_.priority)
    assert veiled.first_response_due_at == ticket_.first_response_due_at
    assert {veiled.requester, veiled.agent, veiled.group, veiled.client, veiled.previous_agent} == {HIDDEN}
    for hidden in ("Ana", "Ben", "Mia", "Park", "71", "72", "Acme", "Printers", "vip", "Hardware", "desk.ex"):
        assert hidden not in everything(veiled)


@pytest.mark.parametrize("privacy", Privacy)
def test_a_ticket_of_nobodys_stays_nobodys(privacy):
    veiled = veil(full(agent=None, requester=None, client=None), privacy)
    assert (veiled.agent, veiled.requester, veiled.client) == (None, None, None)


DUTY = Duty(
    on_call=(OnCall("first", "Ana Park", NOW),),
    following=(OnCall("first", "Ben van der Miller", NOW),),
    taken={"desk-1": Taken("Mia Stone", NOW)},
)


@pytest.mark.parametrize(
    ("privacy", "names"),
    [
        (Privacy.FULL, ("Ana Park", "Ben van der Miller", "Mia Stone")),
        (Privacy.INITIALS, ("A. P.", "B. M.", "M. S.")),
        (Privacy.NONE, ("Jemand",) * 3),
    ],
)
def test_who_is_on_call_and_who_has_a_ticket_is_veiled_alike(privacy, names):
    veiled = veil_duty(DUTY, privacy, somebody="Jemand")
    assert (veiled.on_call[0].name, veiled.following[0].name, veiled.taken["desk-1"].by) == names
    assert veiled.on_call[0].at == NOW


FULL, SHY, NOBODY = (Board(id=p.value, title=p.value, privacy=p) for p in Privacy)
LOBBY = Board(id="lobby", title="Lobby", public=True)


@pytest.mark.parametrize(
    ("boards", "holding", "limit", "privacy", "public"),
    [
        (None, (FULL,), Privacy.FULL, Privacy.FULL, False),
        (None, (NOBODY, SHY), Privacy.FULL, Privacy.INITIALS, False),
        (None, (NOBODY, FULL), Privacy.FULL, Privacy.FULL, False),
        (None, (NOBODY, FULL), Privacy.INITIALS, Privacy.INITIALS, False),
        (frozenset({"none"}), (NOBODY, FULL), Privacy.FULL, Privacy.NONE, False),
        (None, (LOBBY,), Privacy.FULL, Privacy.FULL, True),
        (None, (LOBBY, FULL), Privacy.FULL, Privacy.FULL, False),
        (None, (), Privacy.FULL, Privacy.NONE, True),
    ],
)
def test_a_ticket_asked_for_by_key_is_seen_as_on_the_laxest_board_that_shows_it(
    boards, holding, limit, privacy, public
):
    grant = Grant("test", boards, limit)
    assert sight_of_ticket(grant, holding, [FULL, SHY, NOBODY, LOBBY]) == Sight(privacy, public)


def test_a_ticket_on_no_board_is_shown_whole_where_no_board_is_strict():
    assert sight_of_ticket(Grant("test"), (), [FULL]) == Sight(Privacy.FULL)


def test_a_link_makes_a_board_stricter_and_never_laxer():
    assert sight_of_board(Grant("test", None, Privacy.NONE), SHY).privacy is Privacy.NONE
    assert sight_of_board(Grant("test", None, Privacy.FULL), SHY).privacy is Privacy.INITIALS


def test_who_is_on_call_is_seen_as_on_the_laxest_board():
    assert sight_of_duty(Grant("test"), [NOBODY, SHY]).privacy is Privacy.INITIALS
    assert sight_of_duty(Grant("test", frozenset({"none"})), [NOBODY, SHY]).privacy is Privacy.NONE
    assert sight_of_duty(Grant("test", frozenset({"gone"})), [FULL]).privacy is Privacy.NONE
