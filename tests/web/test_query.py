"""The wishes in an address: read whatever anybody writes there, and written back the same."""

import random

import pytest

from deskwatch.core.board import Board
from deskwatch.core.privacy import Privacy
from deskwatch.core.sorting import SORTABLE
from deskwatch.core.ticket import Priority
from deskwatch.core.view import View
from deskwatch.web.leading import first_board, is_kiosk, without_version
from deskwatch.web.query import LONGEST_VALUE, MOST_PARAMETERS, read_wishes, wishes_of
from deskwatch.web.wording import ENGLISH, wording

BOARD = Board(id="helpdesk", title="Helpdesk")


def view(query, board=BOARD, privacy=Privacy.FULL):
    return read_wishes(query, board, privacy).view


def notices(query, board=BOARD):
    return [notice.said(ENGLISH) for notice in read_wishes(query, board).notices]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", View()),
        ("agent=Ana", View(agent="Ana")),
        ("agent=Ana+B%C3%A4r", View(agent="Ana Bär")),
        ("agent_id=17", View(agent="17")),
        ("agent_id=17&agent=Ana", View(agent="Ana")),
        ("agent=Ana&agent_id=17", View(agent="Ana")),
        ("agent=None", View(agent="none")),
        ("group=Network&client=none", View(group="Network", client="none")),
        ("priority=urgent", View(priorities=(Priority.URGENT,))),
        ("priority=high,+Urgent", View(priorities=(Priority.HIGH, Priority.URGENT))),
        ("priority=urgent&priority=high", View(priorities=(Priority.HIGH, Priority.URGENT))),
        ("section=other,open", View(sections=("other", "open"))),
        ("sections=open&section=other", View(sections=("open", "other"))),
        ("q=%20printer%20%20stripes", View(text="printer stripes")),
        ("sort=-updated", View(sort="-updated")),
        ("sort=sla", View()),
        ("sort=-sla", View(sort="-sla")),
        ("limit=1000", View(limit=1000)),
        ("privacy=initials", View(privacy=Privacy.INITIALS)),
        ("lang=de-AT", View(language="de")),
        ("tz=Europe/Vienna", View(zone="Europe/Vienna")),
        ("agent=Ana&agent=Ben", View(agent="Ben")),
        ("agent=&priority=&q=&limit=&sort=", View()),
        ("kiosk=1&rotate=a:30,b:30&theme=auto&nonsense=7&&=&=x", View()),
    ],
)
def test_an_address_says_what_is_wanted(query, wanted):
    assert read_wishes(query, BOARD).view == wanted
    assert notices(query) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", "“limit=0” is not understood: expected a number from 1–1000."),
        ("limit=1e3", "“limit=1e3” is not understood: expected a number from 1–1000."),
        ("limit=٣", "“limit=?” is not understood: expected a number from 1–1000."),
        ("limit=000000001999", "“limit=000000001999” is not understood: expected a number from 1–1000."),
        (
            "priority=urgent,soon",
            "“priority=urgent,soon” is not understood: expected urgent, high, medium, low.",
        ),
        (
            "section=nope",
            "“section=nope” is not understood: expected open, customer-replied, needs-agent, other.",
        ),
        ("sort=magic", f"“sort=magic” is not understood: expected {', '.join(SORTABLE)}."),
        ("sort=--sla", f"“sort=--sla” is not understood: expected {', '.join(SORTABLE)}."),
        ("privacy=some", "“privacy=some” is not understood: expected full, initials, none."),
        ("lang=tlh", "“lang=tlh” is not understood: expected en, de."),
        ("tz=Mars/Base", "“tz=Mars/Base” is not understood: expected a time zone such as Europe/Vienna."),
        (
            "tz=../../etc/passwd",
            "“tz=../../etc/passwd” is not understood: expected a time zone such as Europe/Vienna.",
        ),
        ("tz=/etc/passwd", "“tz=/etc/passwd” is not understood: expected a time zone such as Europe/Vienna."),
        ("tz=Europe", "“tz=Europe” is not understood: expected a time zone such as Europe/Vienna."),
        ("tz=%00", None),
    ],
)
def test_what_makes_no_sense_is_left_out_and_told(query, words):
    assert notices(query) == ([words] if words else [])
    assert view(query).selects_all or view(query).priorities == (Priority.URGENT,)


def test_a_notice_speaks_the_language_of_the_reader():
    notice = read_wishes("limit=x", BOARD).notices[0]
    assert notice.said(wording("de")).startswith("„limit=x“ ist nicht ")


def test_addresses_of_any_length_are_read_in_bounds():
    assert len(view("agent=" + "a" * 3000).agent) == LONGEST_VALUE
    many = "&".join(f"agent=a{n}" for n in range(1000))
    assert "too long" in notices(many)[0]
    many = "&".join(["x"] * 1000)
    assert "too many parameters" in notices(many)[0]
    assert view("&".join(["x"] * MOST_PARAMETERS + ["agent=late"])).agent == ""
    assert view("priority=" + ",".join(["urgent"] * 300)).priorities == (Priority.URGENT,)


def test_controls_and_broken_encodings_become_text():
    assert view("agent=a%00b%0d%0aSet-Cookie:x").agent == "a b Set-Cookie:x"
    assert view("q=%E2%80%AEabc").text == "abc"
    assert view("q=%zz%2").text == "%zz%2"
    assert view("q=%ff%fe").text == "��"
    assert view("q=Zürich".encode().decode("latin-1")).text == "Zürich"


def test_any_view_is_found_again_under_its_own_address():
    chance = random.Random(7)
    for _ in range(500):
        some = View(
            agent=chance.choice(["", "Ana", "none", "a&b=c+d%", "Bär, Björn", "=", "用户 #7"]),
            group=chance.choice(["", "Network", "?/;"]),
            client=chance.choice(["", "none", "ACME + Söhne"]),
            priorities=tuple(p for p in Priority if chance.random() < 0.3),
            text=chance.choice(["", "printer stripes", "100% & more", "ü=1;2"]),
            sections=tuple(s.id for s in BOARD.sections if chance.random() < 0.2),
            sort=chance.choice(["", "-sla", "number", "-agent"]),
            limit=chance.choice([None, 1, 1000]),
            privacy=Privacy.FULL,
            language=chance.choice(["", "de", "en"]),
            zone=chance.choice(["", "America/Chicago", "Etc/GMT+5"]),
        )
        query = wishes_of(some)
        assert query.isascii()
        assert read_wishes(query, BOARD).view == some
        assert wishes_of(view(query)) == query
    assert wishes_of(View()) == ""


def test_thousands_of_random_queries_break_nothing():
    chance = random.Random(11)
    names = ["agent", "q", "limit", "priority", "sort", "tz", "lang", "section", "privacy", "have", "", "x"]
    for _ in range(3000):
        text = "&".join(
            chance.choice(names) + chance.choice(["=", "", "=="]) + "".join(chance.choices(_ODD, k=6))
            for _ in range(chance.randrange(9))
        )
        wishes = read_wishes(text, BOARD)
        assert all(notice.said(ENGLISH) for notice in wishes.notices)
        assert read_wishes(wishes_of(wishes.view), BOARD).view == wishes.view
        without_version(text)
        is_kiosk(text)
        lead = first_board(text, ["helpdesk", "ps"])
        assert lead.address.isascii()
        assert lead.address.isprintable()


_ODD = [
    "a",
    "%",
    "%0",
    "%00",
    "%C3",
    "%A4",
    ";",
    "+",
    ",",
    "-",
    "é",
    "\xff",
    "#",
    "?",
    "1",
    "9" * 30,
    "none",
    "%u00e4",
]


def test_an_address_asks_for_more_privacy_and_never_for_less():
    shy = Board(id="b", title="B", privacy=Privacy.INITIALS)
    assert view("privacy=full", shy).privacy is Privacy.INITIALS
    assert view("privacy=none", shy).privacy is Privacy.NONE
    assert view("privacy=full", BOARD, Privacy.NONE).privacy is Privacy.NONE


@pytest.mark.parametrize("query", ["agent=Ana", "sort=agent", "sort=-requester"])
def test_a_board_without_names_does_not_tell_whose_tickets_it_shows(query):
    shy = Board(id="b", title="B", privacy=Privacy.INITIALS)
    assert view(query, shy) == View(privacy=Privacy.INITIALS)
    assert "no names are shown here" in notices(query, shy)[0]
    assert view(f"{query}&privacy=initials") == View(privacy=Privacy.INITIALS)
    assert view("agent=none", shy).agent == "none"
    assert view("sort=number", shy).sort == "number"


@pytest.mark.parametrize(
    ("query", "kiosk"),
    [("", False), ("kiosk=1", True), ("kiosk", False), ("kiosk=0", False), ("rotate=a:30", True)],
)
def test_a_kiosk_says_so(query, kiosk):
    assert is_kiosk(query) is kiosk


def test_the_version_a_wall_has_is_no_wish():
    assert without_version("agent=1&have=abc") == ("agent=1", "abc")
    assert without_version("have=abc") == ("", "abc")
    assert without_version("q=have") == ("q=have", "")


@pytest.mark.parametrize(
    ("query", "known", "address"),
    [
        ("", ["a"], "b/a"),
        ("", ["a", "b"], ""),
        ("theme=dark", ["a"], "b/a?theme=dark"),
        ("kiosk=1&rotate=b:30,a:30&size=5m", ["a", "b"], "b/b?kiosk=1&rotate=b:30,a:30&size=5m"),
        ("rotate=gone:30,a:30", ["a", "b"], "b/a?rotate=gone:30,a:30"),
        ("board=b&theme=dark", ["a", "b"], "b/b?theme=dark"),
        ("board=a&q=%0d%0aSet-Cookie:x", ["a"], "b/a?q=%0d%0aSet-Cookie:x"),
        ("kiosk=1", ["a", "b"], ""),
    ],
)
def test_the_start_page_leads_to_the_board_that_is_meant(query, known, address):
    assert first_board(query, known).address == address


def test_a_board_that_is_asked_for_and_gone_is_named():
    assert first_board("board=gone", ["a"]).asked == "gone"
    assert first_board("rotate=x:1,y:2", ["a", "b"]).asked == "x"
