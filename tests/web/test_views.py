"""Every reader of a board gets the view that was asked for: right, whole, and printed when it changed."""

import gc
import random
import re
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.clock import monotonic
from deskwatch.core.privacy import Privacy
from deskwatch.core.sorting import SORTABLE
from deskwatch.core.ticket import Person, Phase, Priority, Status
from deskwatch.core.view import View
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.web import board_printer, views
from deskwatch.web.edition import PRINTINGS_KEPT
from deskwatch.web.query import wishes_of
from deskwatch.web.views import VIEWS_KEPT
from tests.web.desk import ANA, BEN, HOUR, MIA, MINUTE, NOT_MODIFIED, NOW, OK, ticket

BOARD, ROWS, PULSE = "/b/helpdesk", "/b/helpdesk/rows", "/b/helpdesk/pulse"
ROW = re.compile(r'<tr [^>]*data-k="?([^" >]+)"?[^>]*>(?:</tr>|.*)')
SECTION = re.compile(r'<section id="s-([^"]+)".*?</section>', re.DOTALL)


def rows_of(html):
    """Section to its rows in order, each with its key and its HTML."""
    return {
        found[1]: [(row[1], row[0]) for row in ROW.finditer(found[0])] for found in SECTION.finditer(html)
    }


def keys_of(html):
    return {section: [key for key, _ in rows] for section, rows in rows_of(html).items()}


def merged(old, delta):
    """What a browser shows after a delta: rows it has in the place of the empty ones."""
    have = {key: html for rows in rows_of(old).values() for key, html in rows}
    return {
        section: [(key, have[key] if html.endswith('"></tr>') else html) for key, html in rows]
        for section, rows in rows_of(delta).items()
    }


# What is wanted, written down once more in the plainest way.


def wanted(desk, view):
    """The keys of a view, section by section, from nothing but the tickets and where they stand."""
    index = desk.feed.boards["helpdesk"].index
    found = {}
    for section in index.board.sections:
        if view.sections and section.id not in view.sections:
            continue
        rows = [index.row(key) for key in desk.feed.mirror.tickets if index.row(key)]
        rows = sorted((r for r in rows if r.section == section.id), key=lambda r: r.sort_key)
        pairs = [(desk.feed.mirror.tickets[r.key], r) for r in rows]
        pairs = [(t, r) for t, r in pairs if is_wanted(t, r, view)]
        if view.sort:
            column, backwards = view.sort.removeprefix("-"), view.sort.startswith("-")
            last = [pair for pair in pairs if value(column, *pair) is None]
            first = [pair for pair in pairs if value(column, *pair) is not None]
            first.sort(key=lambda pair: value(column, *pair), reverse=backwards)
            pairs = first + last
        found[section.id] = [t.key for t, _ in pairs][: view.limit or 50]
    return found


def is_wanted(ticket, row, view):
    for role in ("agent", "group", "client"):
        asked, who = getattr(view, role), getattr(ticket, role)
        if asked == "none" and who is not None:
            return False
        if asked not in ("", "none") and (who is None or asked not in (who.id, who.name)):
            return False
    if view.priorities and row.priority not in view.priorities:
        return False
    names = [who.name for who in (ticket.requester, ticket.agent, ticket.group, ticket.client) if who]
    text = " ".join([ticket.number, ticket.subject, *names]).lower()
    return all(word in text for word in view.text.lower().split())


def value(column, ticket, row):
    if column == "sla":
        return row.sort_key
    if column == "number":
        return int(ticket.number.removeprefix("INC-"))
    if column == "priority":
        return None if row.priority is None else -list(Priority).index(row.priority)
    if column in ("created", "updated"):
        return getattr(ticket, f"{column}_at")
    if column == "subject":
        return ticket.subject.lower()
    if column == "status":
        return ticket.status.name.lower()
    who = getattr(ticket, column)
    return None if who is None else who.name.lower()


def some_ticket(chance, number):
    people = [ANA, BEN, MIA, None]
    status = chance.choice(["Open", "Waiting", "zzz", "Open"])
    return ticket(
        number,
        subject=chance.choice(["Mail is down", "printer", "Printer stripes", "VPN ä"]) + f" {number % 7}",
        agent=chance.choice(people),
        group=chance.choice(people),
        client=chance.choice(people),
        requester=chance.choice(people),
        priority=chance.choice([*Priority, None]),
        status=Status(id=status, name=status),
        phase=chance.choice([Phase.OPEN, Phase.CUSTOMER_REPLIED, Phase.ON_HOLD, Phase.CLOSED]),
        created_at=chance.choice([None, NOW - chance.randrange(90) * HOUR]),
        updated_at=NOW - chance.randrange(90) * MINUTE,
        first_seen_at=chance.choice([None, NOW - chance.randrange(90) * MINUTE]),
        first_response_due_at=NOW + timedelta(minutes=chance.randrange(-90, 300)),
    )


def some_view(chance):
    return View(
        agent=chance.choice(["", "", "Ana", "2", "none", "Nobody else"]),
        group=chance.choice(["", "", "", "Mia", "none"]),
        client=chance.choice(["", "", "", "Ben"]),
        priorities=tuple(p for p in Priority if chance.random() < 0.2),
        text=chance.choice(["", "", "printer", "ana 3", "INC-1"]),
        sections=tuple(s for s in ("open", "other") if chance.random() < 0.2),
        sort=chance.choice(["", "", *SORTABLE[1:], *(f"-{column}" for column in SORTABLE)]),
        limit=chance.choice([None, None, 1, 7, 1000]),
    )


@pytest.mark.parametrize("seed", range(6))
def test_in_any_history_every_view_shows_what_a_plain_look_at_all_tickets_finds(desk, seed):
    chance = random.Random(seed)
    views = [some_view(chance) for _ in range(8)]
    shown = {}
    for _ in range(12):
        for number in chance.sample(range(120), chance.choice([0, 1, 3, 60])):
            if chance.random() < 0.15:
                (desk.home.tickets / f"desk-{number}.json").unlink(missing_ok=True)
            else:
                desk.write(some_ticket(chance, number))
        desk.now += timedelta(minutes=chance.choice([0, 0, 1, 30]))
        desk.step()
        for view in views:
            query = wishes_of(view)
            page = desk.get(f"{ROWS}?{query}").text
            assert keys_of(page) == wanted(desk, view), query
            pulse = desk.get(f"{PULSE}?{query}").json
            whole = wanted(desk, view.with_(limit=10_000))
            assert pulse["counts"]["total"] == sum(len(keys) for keys in whole.values())
            assert {k: v for k, v in pulse["counts"]["sections"].items() if k in whole} == {
                section: len(keys) for section, keys in whole.items()
            }
            assert sum(pulse["counts"]["states"].values()) == pulse["counts"]["total"]
            version, before = shown.get(view, ("", ""))
            delta = desk.get(f"{ROWS}?{query}&have={version}").text
            assert merged(before, delta) == rows_of(page)
            assert f'data-v="{pulse["version"]}"' in delta
            if chance.random() < 0.7:  # some walls sleep through a change
                shown[view] = (pulse["version"], page)


def test_a_wall_gets_only_the_rows_it_does_not_have(desk):
    desk.write(*(ticket(n) for n in range(30)))
    desk.step()
    first = desk.get(ROWS)
    version = first.headers["etag"].strip('"')
    desk.write(ticket(7, subject="Printer 7 burns"))
    desk.step()
    delta = desk.get(f"{ROWS}?have={version}")
    assert delta.text.count('"></tr>') == 29
    assert "Printer 7 burns" in delta.text
    assert "Printer 8" not in delta.text
    assert len(delta.body) < len(first.body) / 4
    assert merged(first.text, delta.text) == rows_of(desk.get(ROWS).text)
    again = desk.get(f"{ROWS}?have={version}", if_none_match=delta.headers["etag"])
    assert again.status == NOT_MODIFIED


@pytest.mark.parametrize("have", ["", "unknown", "0" * 24, "%00", "a" * 3000])
def test_a_wall_with_an_unknown_version_gets_everything(desk, have):
    desk.write(ticket(1))
    desk.step()
    assert desk.get(f"{ROWS}?have={have}").body == desk.get(ROWS).body


def test_a_version_is_forgotten_after_a_number_of_printings(desk):
    desk.write(ticket(1), ticket(2))
    desk.step()
    version = desk.get(PULSE).json["version"]
    for n in range(PRINTINGS_KEPT - 1):
        desk.write(ticket(1, subject=f"Change {n}"))
        desk.step()
        assert '"></tr>' in desk.get(f"{ROWS}?have={version}").text
    desk.write(ticket(1, subject="The last change"))
    desk.step()
    assert desk.get(f"{ROWS}?have={version}").body == desk.get(ROWS).body


def test_a_row_that_changed_and_changed_back_is_right_for_every_wall(desk):
    usual, other = ticket(1), ticket(1, subject="For a while")
    pages = []
    for each in (usual, other, usual, other):
        desk.write(each, ticket(2))
        desk.step()
        pages.append((desk.get(PULSE).json["version"], desk.get(ROWS).text))
        for version, before in pages:
            delta = desk.get(f"{ROWS}?have={version}").text
            assert merged(before, delta) == rows_of(desk.get(ROWS).text)


def test_a_view_is_printed_once_for_all_who_ask_until_the_board_changes(desk):
    desk.write(*(ticket(n) for n in range(9)))
    desk.step()
    first = desk.feed.edition("helpdesk", "agent=Ana&theme=dark&kiosk=1")
    assert desk.feed.edition("helpdesk", "density=5&agent=Ana") is first
    desk.step()
    assert desk.feed.edition("helpdesk", "agent=Ana").rows is first.rows
    desk.write(ticket(5, subject="Printer 5 burns"))
    desk.step()
    assert desk.feed.edition("helpdesk", "agent=Ana").rows is not first.rows


def test_a_change_that_a_view_does_not_show_leaves_its_rows_alone(desk):
    desk.write(ticket(1), ticket(2, agent=BEN))
    desk.step()
    before = desk.get(f"{ROWS}?agent=Ben").headers["etag"]
    desk.write(ticket(1, subject="Printer 1 burns"))
    desk.step()
    assert desk.get(f"{ROWS}?agent=Ben", if_none_match=before).status == NOT_MODIFIED


def test_time_alone_turns_a_filtered_row_as_well(desk):
    desk.write(ticket(1))
    desk.step()
    assert desk.get(f"{PULSE}?agent=Ana").json["counts"]["states"] == {"critical": 1}
    desk.now = NOW + 2 * HOUR
    desk.step()
    pulse = desk.get(f"{PULSE}?agent=Ana").json
    assert pulse["counts"]["states"] == {"overdue": 1}
    assert pulse["news"]["breach"] == {"key": "desk-1", "number": "INC-1", "at": "2026-03-10T15:00:00Z"}
    assert "Overdue" in desk.get(f"{ROWS}?agent=Ana").text


def test_thousands_of_different_views_do_not_fill_the_memory(desk):
    desk.write(ticket(1))
    desk.step()
    for n in range(3 * VIEWS_KEPT):
        zone = ("Europe/Vienna", "UTC", "Asia/Tokyo")[n % 3]
        assert desk.get(f"{ROWS}?agent=nobody{n}&tz={zone}&lang={('en', 'de')[n % 2]}").status == OK
    live = desk.feed.boards["helpdesk"]
    assert len(live._readers) <= VIEWS_KEPT
    assert len(live._printers) <= 8
    assert desk.get(ROWS).text.count("<tr ") == 1
    usual = desk.feed.published.editions["helpdesk"]
    desk.step()
    assert desk.feed.published.editions["helpdesk"] is usual


def test_an_empty_filter_says_so_and_leads_back(desk):
    desk.write(ticket(1))
    desk.step()
    page = desk.get(f"{BOARD}?agent=Nobody&lang=de&limit=7").text
    assert "No ticket matches." in page or "Kein Ticket" in page
    assert 'href="?limit=7&amp;lang=de"' in page
    assert "No open tickets." not in page
    assert "No ticket matches" not in desk.get(BOARD).text


def test_wrong_wishes_are_told_on_the_wall_and_stay_when_rows_change(desk):
    desk.write(ticket(1))
    desk.step()
    for path in (BOARD, ROWS):
        words = "“limit=x” is not understood: expected a number from 1–1000."
        assert f'<p class="notice">{words}</p>' in desk.get(f"{path}?limit=x").text
    assert 'class="notice"' not in desk.get(BOARD).text


def heading(page, column):
    return re.search(rf'<th [^>]*class="{column}"[^>]*>(?:<a href="[^"]*">)?', page)[0]


def test_headings_sort_one_way_and_then_the_other(desk):
    desk.write(ticket(1))
    desk.step()
    page = desk.get(f"{BOARD}?agent=Ana").text
    assert 'aria-sort="descending"' in heading(page, "sla")  # the worst first
    assert 'href="?agent=Ana&amp;sort=number"' in heading(page, "number")
    assert "aria-sort" not in heading(page, "number")
    page = desk.get(f"{BOARD}?agent=Ana&sort=number").text
    assert 'aria-sort="ascending"' in heading(page, "number")
    assert 'href="?agent=Ana&amp;sort=-number"' in heading(page, "number")
    assert 'href="?agent=Ana"' in heading(page, "sla")
    page = desk.get(f"{BOARD}?agent=Ana&sort=-number").text
    assert 'aria-sort="descending"' in heading(page, "number")
    assert 'href="?agent=Ana&amp;sort=number"' in heading(page, "number")


def test_what_is_hidden_can_be_shown(make_desk):
    desk = make_desk(deskwatch="web: {rows_per_section: 10}")
    desk.beat()
    desk.write(*(ticket(n) for n in range(47)))
    desk.step()
    page = desk.get(f"{BOARD}?sort=number").text
    assert 'href="?sort=number&amp;limit=1000"' in page
    assert desk.get(f"{BOARD}?sort=number&limit=1000").text.count("<tr class=") == 47


def test_the_wall_speaks_another_language_and_tells_the_time_elsewhere(desk):
    desk.write(ticket(1))
    desk.step()
    assert '<html lang="de">' in desk.get(f"{BOARD}?lang=de").text
    assert "10 Mar 16:00" in desk.get(ROWS).text
    assert "11 Mar 00:00" in desk.get(f"{ROWS}?tz=Asia/Tokyo").text
    assert desk.get(f"{PULSE}?tz=Asia/Tokyo").json["utc_offset"] == 9 * 3600


def test_the_pulse_of_another_zone_turns_to_another_day_at_its_midnight(desk):
    desk.write(ticket(1))
    desk.now = NOW.replace(hour=14, minute=59)
    desk.step()
    assert desk.get(f"{PULSE}?tz=Asia/Tokyo").json["today"] == "10 Mar"
    desk.now = NOW.replace(hour=15)
    desk.step()
    assert desk.get(f"{PULSE}?tz=Asia/Tokyo").json["today"] == "11 Mar"


def test_kiosks_get_their_own_script(desk):
    desk.step()
    desktop, kiosk = desk.get(BOARD).text, desk.get(f"{BOARD}?kiosk=1&rotate=helpdesk:30").text
    assert "js/desk.js" in desktop
    assert "js/kiosk.js" not in desktop
    assert "js/kiosk.js" in kiosk
    assert "js/desk.js" not in kiosk


def test_the_pulse_tells_news(desk):
    desk.write(
        ticket(1, first_response_due_at=NOW - HOUR),
        ticket(2, first_response_due_at=NOW - MINUTE),
        ticket(3, priority=Priority.URGENT, first_seen_at=NOW - HOUR),
        ticket(4, priority=Priority.URGENT, first_seen_at=NOW - MINUTE, agent=None),
    )
    desk.step()
    pulse = desk.get(PULSE).json
    assert pulse["news"] == {
        "breach": {"key": "desk-2", "number": "INC-2", "at": "2026-03-10T12:59:00Z"},
        "urgent": {
            "key": "desk-4",
            "number": "INC-4",
            "at": "2026-03-10T12:59:00Z",
            "subject": "Printer 4 prints stripes",
        },
        "unowned": 1,
    }
    assert pulse["counts"]["priorities"] == {"urgent": 2, "high": 2}
    assert pulse["counts"]["statuses"] == [["Open", 4]]
    assert "Printer" not in desk.get(f"{PULSE}?privacy=none").text
    desk.write(ticket(4, phase=Phase.CLOSED), ticket(3, priority=Priority.LOW))
    desk.step()
    news = desk.get(PULSE).json["news"]
    assert (news["urgent"], news["unowned"]) == (None, 0)


def test_the_pulse_tells_how_full_the_board_is_and_what_time_of_day(make_desk):
    boards = "helpdesk: {title: Helpdesk, thresholds: {pulse: 2, siren: 3}, quiet: '20:00-06:00'}"
    desk = make_desk(
        boards=boards, deskwatch="web: {day: '07:00-19:00', reload_at: '03:30', page_seconds: 9}"
    )
    desk.beat()
    levels = []
    for n in range(1, 4):
        desk.write(ticket(n, agent=ANA))
        desk.step()
        pulse = desk.get(f"{PULSE}?agent=Nobody").json
        levels.append(pulse["level"])
    assert levels == ["", "busy", "flooded"]
    assert 'class="tile total flooded"' in desk.get(ROWS).text
    assert (pulse["quiet"], pulse["day"], pulse["reload_at"], pulse["page_seconds"]) == (
        False,
        True,
        "03:30",
        9,
    )
    desk.now = NOW.replace(hour=19)
    desk.step()
    pulse = desk.get(PULSE).json
    assert (pulse["quiet"], pulse["day"]) == (True, False)


def test_walls_load_their_page_anew_when_more_than_rows_changed(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk}")
    desk.beat()
    desk.step()
    build = desk.get(PULSE).json["build"]
    assert f'data-build="{build}"' in desk.get(BOARD).text
    desk.write(ticket(1))
    desk.step()
    assert desk.get(PULSE).json["build"] == build
    desk.configure("boards", "helpdesk: {title: Service desk}")
    desk.step()
    assert desk.get(PULSE).json["build"] != build
    assert f'data-build="{desk.get(PULSE).json["build"]}"' in desk.get(BOARD).text


def test_an_answer_that_says_nothing_new_is_short(desk):
    desk.write(ticket(1))
    desk.step()
    for path in (ROWS, PULSE, BOARD):
        reply = desk.get(path, if_none_match=desk.get(path).headers["etag"])
        assert reply.status == NOT_MODIFIED
        assert reply.headers.keys() <= {"etag", "cache-control", "vary"}


def test_filters_offer_whose_tickets_there_are_and_nobody_where_names_are_hidden(desk):
    desk.write(
        ticket(1), ticket(2), ticket(3, agent=BEN, group=MIA), ticket(4, phase=Phase.CLOSED, agent=MIA)
    )
    desk.step()
    live = desk.feed.boards["helpdesk"]
    filters = live.filters(Privacy.FULL)
    assert filters["agents"] == [
        {"id": "1", "name": "Ana", "count": 2},
        {"id": "2", "name": "Ben", "count": 1},
    ]
    assert filters["groups"] == [{"id": "3", "name": "Mia", "count": 1}]
    for privacy in (Privacy.INITIALS, Privacy.NONE):
        assert not any(live.filters(privacy).values())
    assert "Ana" not in desk.get(f"{BOARD}?privacy=initials").text


def test_searching_reveals_nothing_that_is_not_shown(desk):
    desk.write(ticket(1, requester=MIA, subject="Mia Muster cannot print", agent=None))
    desk.step()

    def found(query):
        return desk.get(f"{PULSE}?{query}").json["counts"]["total"]

    assert found("q=mia") == 1
    assert found("q=mia&privacy=initials") == 0
    assert found("q=print&privacy=initials") == 1
    assert found("q=print&privacy=none") == 0


def test_one_change_prints_one_row_however_many_views_show_it(desk, monkeypatch):
    printed = []
    real = board_printer.cells
    monkeypatch.setattr(
        board_printer, "cells", lambda it, *a, **k: printed.append(it.key) or real(it, *a, **k)
    )
    desk.write(*(ticket(n) for n in range(300)))
    desk.step()
    queries = ["limit=1000", "agent=Ana&limit=1000", "sort=-number&limit=1000", "q=printer"]
    for query in queries:
        desk.get(f"{ROWS}?{query}")
    assert sorted(printed) == sorted({f"desk-{n}" for n in range(300)})
    printed.clear()
    desk.write(ticket(77, subject="Printer 77 burns"))
    desk.step()
    for query in [*queries, *queries]:
        assert desk.get(f"{ROWS}?{query}").status == OK
    assert printed == ["desk-77"]


def test_readers_of_many_views_and_the_feed_do_not_get_into_each_others_way(desk):
    chance = random.Random(3)
    desk.write(*(some_ticket(chance, n) for n in range(80)))
    desk.step()
    queries = [wishes_of(some_view(chance)) for _ in range(10)]
    over, failures = threading.Event(), []

    def read(seed):
        own = random.Random(seed)
        try:
            while not over.is_set():
                query = own.choice(queries)
                version = desk.get(f"{PULSE}?{query}").json["version"]
                page = desk.get(f"{BOARD}?{query}").text
                assert page.count('<main id="wall"') == 1
                assert 'data-v="' in desk.get(f"{ROWS}?{query}&have={version}").text
        except Exception as failure:
            failures.append(failure)
            raise

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(12):
        desk.write(*(some_ticket(chance, n) for n in chance.sample(range(80), 10)))
        desk.step()
    over.set()
    for reader in readers:
        reader.join(20)
    assert failures == []
    for query in queries:
        assert keys_of(desk.get(f"{ROWS}?{query}").text) == wanted(
            desk, desk.feed.boards["helpdesk"].wishes(query).view
        )


def test_a_change_that_is_none_of_a_view_costs_it_no_look_at_all_tickets(desk, monkeypatch):
    looks = []
    real = views.choose
    monkeypatch.setattr(views, "choose", lambda index, view: looks.append(view.agent) or real(index, view))
    desk.write(*(ticket(n) for n in range(40)), ticket(90, agent=BEN))
    desk.step()

    def asked():
        looks.clear()
        keys = keys_of(desk.get(f"{ROWS}?agent=Ben").text)["open"]
        return keys, looks.count("Ben")

    assert asked() == (["desk-90"], 1)
    desk.write(ticket(7, subject="Printer 7 burns"))
    desk.step()
    assert asked() == (["desk-90"], 0)
    (desk.home.tickets / "desk-8.json").unlink()
    desk.step()
    assert asked() == (["desk-90"], 0)
    desk.write(ticket(7, agent=BEN))
    desk.step()
    assert asked() == (["desk-7", "desk-90"], 1)
    desk.write(ticket(7), ticket(9, subject="Printer 9 burns"))
    desk.step()
    assert asked() == (["desk-90"], 1)
    for n in range(views.CHANGES_KEPT + 1):
        desk.write(ticket(n % 40, subject=f"Change {n}"))
        desk.step(f"desk-{n % 40}.json")
    desk.write(ticket(5, agent=BEN))
    desk.step()
    assert asked() == (["desk-5", "desk-90"], 1)


def test_long_addresses_cost_no_memory(desk):
    desk.get(f"{ROWS}?{'x' * 60_000}")
    tracemalloc.start()
    for n in range(100):
        assert "too long" in desk.get(f"{ROWS}?x{n}={'y' * 60_000}").text
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


def test_a_ticket_due_before_1970_takes_no_view_down(desk):
    desk.write(ticket(1, first_response_due_at=datetime(1969, 12, 31, tzinfo=UTC)))
    desk.step()
    for path in (ROWS, f"{ROWS}?q=printer"):
        assert keys_of(desk.get(path).text)["open"] == ["desk-1"]
    assert desk.get(f"{PULSE}?q=printer").json["news"]["breach"]["key"] == "desk-1"


# What surrounds the rows of a view.


def say_on_call(desk, name):
    said = {"on_call": [{"layer": "primary", "name": name, "until": None}], "next": [], "tickets": {}}
    write_heartbeat(desk.home.state / "oncall.json", {"schema": 1, **said})


def test_a_view_asked_for_between_a_handoff_and_its_publication_tells_it_soon_after(desk):
    desk.write(ticket(1))
    say_on_call(desk, "Ana")
    desk.step()
    assert "Ana" in desk.get(f"{ROWS}?q=printer").text
    desk.now += timedelta(seconds=1)
    desk.beat()
    desk.step()
    say_on_call(desk, "Zoe")
    desk.feed._glance_due, desk.feed._print_due = 0.0, monotonic() + HOUR.total_seconds()
    desk.feed.step(desk.now)  # noticed, and held back because the boards were printed a moment ago
    desk.get(f"{ROWS}?q=printer")
    desk.step()
    assert "Zoe" in desk.get(f"{ROWS}?q=printer").text


def test_an_empty_view_tells_a_handoff_after_new_settings_too(desk):
    desk.write(ticket(1))
    say_on_call(desk, "Ana")
    desk.step()
    desk.configure("boards", "helpdesk: {title: Another}")
    desk.feed.live.refresh(now_please=True)
    desk.feed._open_boards()
    desk.feed.boards["helpdesk"].index.apply(desk.feed.mirror.tickets.values(), now=desk.now)
    desk.step()
    assert "Ana" in desk.get(f"{ROWS}?q=nothing+like+it").text
    say_on_call(desk, "Zoe")
    desk.step()
    assert "Zoe" in desk.get(f"{ROWS}?q=nothing+like+it").text


def test_the_filters_of_a_view_offer_whoever_came_to_the_board_since(desk):
    desk.write(ticket(1))
    desk.step()
    page = desk.get(f"{BOARD}?priority=low").text
    assert "(1)" in page
    assert "Zoe" not in page
    desk.write(ticket(2, agent=Person(id="9", name="Zoe")))
    desk.step("desk-2.json")
    assert "Zoe (1)" in desk.get(f"{BOARD}?priority=low").text


def test_a_page_opened_when_time_made_the_data_old_says_so(desk):
    desk.write(ticket(1))
    desk.step()
    assert '<body class="note"' in desk.get(BOARD).text
    good = desk.now - timedelta(seconds=1)
    desk.now += timedelta(hours=1)
    desk.beat(last_good_at=good)
    desk.step()
    assert '<body class="stop"' in desk.get(BOARD).text


def test_a_chip_says_a_name_as_far_as_its_rows_do(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk, privacy: initials}")
    desk.beat()
    desk.write(ticket(1, client=Person(id="7", name="Acme ben@example.com")))
    desk.step()
    page = desk.get(f"{BOARD}?client=7").text
    assert "Acme" in page
    assert "ben@example.com" not in page


def test_the_order_of_subjects_does_not_tell_the_names_left_out_of_them(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk, privacy: initials}")
    desk.beat()
    desk.write(
        ticket(1, requester=Person(id="8", name="Zachary Park"), subject="Zachary cannot log in"),
        ticket(
            2,
            requester=Person(id="9", name="Zoe Park"),
            subject="Zoe cannot log in",
            first_response_due_at=NOW + MINUTE,
        ),
    )
    desk.step()
    page = desk.get(f"{ROWS}?sort=subject").text
    assert page.count("Z. cannot log in") == 2
    assert keys_of(page)["open"] == ["desk-2", "desk-1"], "equal as they are shown, so the worst is first"


def test_the_call_for_attention_is_about_the_whole_board_not_about_what_a_filter_leaves(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk, thresholds: {pulse: 2, siren: 3}}")
    desk.beat()
    desk.write(*(ticket(n) for n in range(3)))
    desk.step()
    assert "Active: too many" in desk.get("/b/helpdesk/rows").text
    assert "Active: too many" not in desk.get("/b/helpdesk/rows?agent=none").text
    assert desk.get("/b/helpdesk/pulse?agent=none").json["level"] == "flooded"
