"""Several helpdesks on one board: told apart in letters and words, and nobody is taken for somebody else."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.config.loading import check, load
from deskwatch.config.marks import marks_of
from deskwatch.config.people import names_for
from deskwatch.core.board import Match
from deskwatch.core.desk import Desk as Pagers
from deskwatch.core.people import Contact
from deskwatch.core.sla_clock import SlaState
from deskwatch.core.targets import find
from deskwatch.core.ticket import Person, Phase, format_instant
from deskwatch.sources.settings import SourceSettings
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.web.cells import ticket_link
from tests.web.desk import NOW, Desk, ticket

SOURCES = """
desk: {kind: freshservice, base_url: "https://desk.example.com", title: Acme IT}
msp: {kind: atera}
own: {kind: local, title: "<b>Own & few</b>"}
"""
ENV = {"FRESHSERVICE_API_KEY": "k" * 20, "ATERA_API_KEY": "k" * 20}
ANA = Person(id="12", name="Ana")
BEN = Person(id="12", name="Ben")


def of(source: str, number: int, **changes):
    url = None if source == "own" else f"https://desk.example.com/a/tickets/{number}"
    usual = {"key": f"{source}-{number}", "source": source, "url": url}
    return ticket(number, **{**usual, **changes})


@pytest.fixture
def desk(tmp_path):
    return filled(Desk(tmp_path))


def filled(desk, boards=None):
    desk.configure("sources", SOURCES)
    if boards:
        desk.configure("boards", boards)
    desk.write(of("desk", 1, agent=ANA), of("msp", 1, agent=BEN), of("own", 1, agent=None))
    desk.beat()
    desk.step()
    return desk


# Marks


def settings(**marks):
    return {name: SourceSettings(**said) for name, said in marks.items()}


def test_no_two_sources_share_letters_or_colours_unless_an_admin_wants_it():
    found = marks_of(
        settings(
            freshservice={},
            freshdesk={},
            fresh={"title": "Fresh Air"},
            other={"mark": "fr"},
            more={"colour": "teal"},
        )
    )
    letters = [mark.letters.casefold() for mark in found.values()]
    assert found["other"].letters == "fr"
    assert found["fresh"].letters == "FA"
    assert len(set(letters)) == len({mark.colour for mark in found.values()}) == 5
    alike = marks_of(settings(demo={}, desk={}, msp={}))
    assert [mark.letters for mark in alike.values()] == ["Dm", "Ds", "Ms"]
    more = marks_of(settings(desk={}, desktop={}, dest={}))
    assert [mark.letters for mark in more.values()] == ["De", "Dt", "Des"]
    many = marks_of({f"source{n}": SourceSettings() for n in range(40)})
    assert len({mark.letters for mark in many.values()}) == 40
    assert all(len(mark.letters) <= 4 for mark in many.values())


def test_the_same_mark_twice_is_doubted_at_its_line(tmp_path: Path):
    (tmp_path / "config" / "sources.d").mkdir(parents=True)
    text = SOURCES.replace("kind: atera", "kind: atera, mark: AC").replace("title: Acme IT", "mark: ac")
    (tmp_path / "config" / "sources.yaml").write_text(text)
    words = [str(problem) for problem in check(tmp_path, env=ENV).problems]
    assert [w for w in words if "is the mark of desk too" in w and "sources.yaml:3:" in w]


def test_each_row_of_a_board_with_several_helpdesks_says_which_it_is_of(desk):
    page = desk.get("/b/helpdesk").text
    assert page.count('class="mk ') == 3 + 3  # rows, and the line that tells how each source is
    assert '<b class="mk blue" role=img title="Acme IT">AI</b>' in page
    assert 'title="&lt;b&gt;Own &amp; few&lt;/b&gt;"' in page
    assert ">Atera" not in page
    assert "title=msp>Ms</b>" in page
    ticket_page = desk.get("/b/helpdesk/t/desk-1").text
    assert '<b class="mk blue" aria-hidden="true">AI</b> <bdi>Acme IT</bdi>' in ticket_page
    assert "Acme IT" in desk.get("/b/helpdesk/t/desk-1/tip").text
    titles = {t["key"]: t["source_title"] for t in desk.get("/api/v1/tickets").json["tickets"]}
    assert titles == {"desk-1": "Acme IT", "msp-1": "msp", "own-1": "<b>Own & few</b>"}
    assert ",Acme IT\r\n" in desk.get("/b/helpdesk/csv").text


def test_a_wall_of_two_hundred_tickets_of_three_helpdesks_fits_into_150_kb(desk):
    in_each_section = [
        {},
        {"phase": Phase.CUSTOMER_REPLIED},
        {"agent": None},
        {"phase": Phase.ON_HOLD, "status_since": NOW},
    ]
    long = "The projector in the large meeting room shows only purple"
    sources = ("desk", "msp", "own")
    desk.write(*(of(sources[n % 3], n, subject=long, **in_each_section[n % 4]) for n in range(200)))
    desk.step()
    page = desk.get("/b/helpdesk").body
    assert page.count(b"<tr class=") == page.count(b'<b class="mk ', page.index(b"<tbody")) == 200
    assert len(page) < 150_000


def test_a_board_with_one_helpdesk_has_no_marks_and_no_filter_by_it(tmp_path):
    desk = filled(
        Desk(tmp_path),
        "it: {title: IT, match: [{sources: [desk]}]}\nnot: {title: Two, not_match: [{sources: [own]}]}",
    )
    page = desk.get("/b/it").text
    assert 'class="mk' not in page
    assert 'name="source"' not in page
    assert 'id="sources"' not in page
    assert desk.get("/b/not").text.count(" role=img") == 2


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_letters_of_a_mark_can_be_read_on_each_colour():
    sheet = (Path(__file__).parents[1] / "static" / "css" / "wall.css").read_text()
    grounds = re.findall(
        r"^\.(?:mk|blue|teal|violet|orange|pink) \{.*?background: (#[0-9a-f]{6})", sheet, re.M
    )
    assert len(set(grounds)) == 6
    assert min(1.05 / (luminance(ground) + 0.05) for ground in grounds) >= 4.5


# Filter


def test_one_helpdesk_of_several_can_be_asked_for_and_taken_off_again(desk):
    page = desk.get("/b/helpdesk?source=msp").text
    assert 'data-k="msp-1"' in page
    assert 'data-k="desk-1"' not in page
    assert '<option value="msp" selected>msp (1)</option>' in page
    assert "<b>Helpdesk</b> <bdi>msp</bdi>" in page
    german = desk.get("/b/helpdesk?source=desk&lang=de").text
    assert "Alle Helpdesks" in german
    assert "<bdi>Acme IT</bdi>" in german
    assert [
        t["key"]
        for s in desk.get("/api/v1/boards/helpdesk?source=own").json["sections"]
        for t in s["tickets"]
    ] == ["own-1"]


def test_filters_by_helpdesk_are_offered_where_no_names_are(desk):
    assert 'name="source"' in desk.get("/b/helpdesk?privacy=none").text


# Ids


def keys(desk, query):
    sections = desk.get(f"/api/v1/boards/helpdesk?{query}").json["sections"]
    return sorted(t["key"] for section in sections for t in section["tickets"])


def test_an_agent_of_one_helpdesk_is_not_the_one_with_the_same_number_elsewhere(desk):
    page = desk.get("/b/helpdesk").text
    assert '<option value="desk:12">Ana (1)</option>' in page
    assert '<option value="msp:12">Ben (1)</option>' in page
    assert keys(desk, "agent=msp:12") == ["msp-1"]
    assert keys(desk, "agent=12") == ["desk-1", "msp-1"]  # links of yesterday keep their meaning
    assert keys(desk, "agent=ana") == ["desk-1"]


def test_whoever_has_one_name_and_one_number_everywhere_is_one_choice(desk):
    desk.write(of("msp", 1, agent=ANA))
    desk.step()
    assert '<option value="12">Ana (2)</option>' in desk.get("/b/helpdesk").text


def test_namesakes_with_other_numbers_are_told_apart_by_their_helpdesk(desk):
    desk.write(of("msp", 1, agent=Person(id="77", name="Ana")))
    desk.step()
    page = desk.get("/b/helpdesk").text
    assert '<option value="desk:12">Ana, Acme IT (1)</option>' in page
    assert '<option value="msp:77">Ana, msp (1)</option>' in page


def holds(match: Match, found) -> bool:
    return match.holds(found, SlaState.NONE, SlaState.NONE)


def test_conditions_name_an_id_of_one_source():
    there, here = of("msp", 1, agent=BEN), of("desk", 1, agent=ANA)
    assert holds(Match(agents=("MSP:12",)), there)
    assert not holds(Match(agents=("msp:12",)), here)
    assert holds(Match(agents=("12",)), there)
    assert holds(Match(agents=("12",)), here)
    assert holds(Match(statuses=("msp:2",)), there)
    assert not holds(Match(statuses=("msp:2",)), here)


def people(**agents: str) -> dict[str, Contact]:
    return {
        name: Contact(
            id=name, name=name.title(), agents=frozenset([known]), addresses={"email": f"{name}@example.com"}
        )
        for name, known in agents.items()
    }


def assignee(pagers: Pagers, found) -> tuple[str, ...]:
    return find("assignee", desk=pagers, ticket=found, now=NOW).people


def test_the_pager_knows_the_12_of_one_helpdesk_from_the_12_of_another():
    pagers = Pagers(people=people(ana="desk:12", ben="msp:12"), several_sources=True)
    assert assignee(pagers, of("desk", 1, agent=ANA)) == ("ana",)
    assert assignee(pagers, of("msp", 1, agent=BEN)) == ("ben",)
    assert assignee(pagers, of("own", 1, agent=Person(id="12", name="Mia"))) == ()
    bare = Pagers(people=people(ana="12", ben="somebody"), several_sources=True)
    named = Person(id="12", name="Whoever", email="ben@example.com")
    assert assignee(bare, of("msp", 1, agent=named)) == ("ben",)
    assert assignee(replace(bare, several_sources=False), of("msp", 1, agent=named)) == ("ana",)


def test_a_group_of_one_helpdesk_is_not_the_one_with_the_same_number_elsewhere():
    pagers = Pagers(people=people(ana="a", ben="b"), groups={"desk:3": ("ana",), "3": ("ben",)})
    group = Person(id="3", name="Network")
    assert find("group", desk=pagers, ticket=of("desk", 1, group=group), now=NOW).people == ("ana",)
    assert find("group", desk=pagers, ticket=of("msp", 1, group=group), now=NOW).people == ("ben",)


def test_names_files_name_a_person_of_one_source():
    names = {"12": "Anybody", "msp:12": "Ben", "557058:f5": "Jira's own way", "desk:13": "Mia"}
    assert names_for("msp", names, ("msp", "desk")) == {"12": "Ben", "557058:f5": "Jira's own way"}
    assert names_for("desk", names, ("msp", "desk")) == {
        "12": "Anybody",
        "557058:f5": "Jira's own way",
        "13": "Mia",
    }


def test_bare_numbers_beside_several_helpdesks_are_doubted(tmp_path: Path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text(SOURCES)
    (tmp_path / "config" / "agents.yaml").write_text('"12": Ana\n"msp:13": Ben\n')
    (tmp_path / "config" / "people.yaml").write_text("people: {ana: {agents: ['12', ana@example.com]}}\n")
    words = "\n".join(str(problem) for problem in check(tmp_path, env=ENV).problems)
    assert "agents.yaml:1:1: warning: 12: names this number in every helpdesk" in words
    assert "write desk:12 or msp:12" in words
    assert "agent 12 may be somebody else in another helpdesk" in words
    (tmp_path / "config" / "sources.yaml").write_text("desk: {kind: freshservice, subdomain: acme}\n")
    assert "helpdesk" not in "\n".join(str(problem) for problem in check(tmp_path, env=ENV).problems)


# Links


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://bugs.example.com/ticket/1", True),
        ("https://mirror.example.org/t/1", True),
        ("http://mirror.example.org/t/1", False),
        ("https://mirror.example.org.evil.example/t/1", False),
        ("https://elsewhere.example/t/1", False),
    ],
)
def test_links_of_a_described_helpdesk_lead_to_its_hosts_only(tmp_path: Path, url: str, leads: bool):
    (tmp_path / "config" / "sources.d").mkdir(parents=True)
    described = {
        "kind": "rest",
        "base_url": "https://bugs.example.com/api/v2",
        "link_hosts": ["mirror.example.org"],
        "tickets": {"path": "/tickets", "items": "tickets"},
        "fields": {"id": "id", "subject": "subject", "status": "status"},
    }
    (tmp_path / "config" / "sources.d" / "bugs.yaml").write_text(json.dumps(described))
    roots = load(tmp_path, env=ENV).sources["bugs"].link_roots
    assert ticket_link(url, roots) == (url if leads else None)


# Health


def beat(it, **sources):
    usual = {"state": "ok", "last_good_at": format_instant(NOW - timedelta(seconds=12))}
    said = {name: {**usual, **sources.get(name, {})} for name in ("desk", "msp", "own")}
    beat = {"schema": 1, "beat_at": format_instant(NOW), "sources": said}
    write_heartbeat(it.home.state / "watcher.json", beat)
    it.step()


REFUSED = {
    "state": "failing",
    "last_good_at": format_instant(NOW - timedelta(minutes=30)),
    "error": {
        "kind": "auth",
        "status": 401,
        "words": "the API key is refused",
        "since": format_instant(NOW - timedelta(minutes=29)),
    },
}


def test_the_wall_says_of_each_helpdesk_how_old_its_data_is_and_what_is_wrong(desk):
    beat(desk, msp=REFUSED)
    page = desk.get("/b/helpdesk").text
    assert re.search(r'<li id="src-msp" class="late">.*?msp: <span>key refused since 13:31</span>', page)
    assert '<li id="src-desk"><b' in page
    assert "msp refuses the API key (HTTP 401)" in page
    pulse = desk.get("/b/helpdesk/pulse").json
    assert [(s["title"], s["words"]) for s in pulse["data"]][:2] == [
        ("Acme IT", ""),
        ("msp", "key refused since 13:31"),
    ]


def test_one_old_helpdesk_of_several_takes_no_trust_from_the_others(desk):
    beat(desk, msp=REFUSED)
    assert desk.feed.published.freshness.level(NOW).value == "warn"
    assert desk.get("/readyz").json["reasons"] == ["the data of msp is old"]
    beat(desk, **dict.fromkeys(("desk", "msp", "own"), REFUSED))
    assert desk.feed.published.freshness.level(NOW).value == "stop"


def test_what_is_missing_is_mended_in_the_file_of_that_source(tmp_path):
    desk = Desk(tmp_path)
    (desk.home.config / "sources.d").mkdir()
    (desk.home.config / "sources.d" / "bugs.yaml").write_text(
        json.dumps(
            {
                "kind": "rest",
                "base_url": "https://bugs.example.com",
                "tickets": {"path": "/tickets", "items": "tickets"},
                "fields": {"id": "id", "subject": "subject", "status": "status"},
            }
        )
    )
    said = {"bugs": {"state": "ok", "last_good_at": format_instant(NOW), "unmapped": ["status 'Waiting'"]}}
    write_heartbeat(
        desk.home.state / "watcher.json", {"schema": 1, "beat_at": format_instant(NOW), "sources": said}
    )
    desk.step()
    assert "config/sources.d/bugs.yaml" in desk.get("/boards").text


def test_a_helpdesk_that_takes_no_writes_is_named_on_the_wall(desk):
    beat(desk, desk={"writes": {"waiting": 1, "problem": "The agent may read tickets and not edit them"}})
    assert "Nothing is written into Acme IT" in desk.get("/b/helpdesk").text
    assert "may read tickets and not edit them." in desk.get("/boards").text
