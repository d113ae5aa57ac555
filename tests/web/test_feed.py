"""The feed takes in what happened and prints it, once for each change and never too often."""

from datetime import timedelta

from deskwatch.store.watch import Wake
from tests.web.desk import MINUTE, NOW, ticket

BOARD, ROWS, PULSE = "/b/helpdesk", "/b/helpdesk/rows", "/b/helpdesk/pulse"


def test_a_burst_is_printed_at_most_every_50_ms(desk):
    printed = []
    for number in range(200):
        desk.write(ticket(number))
        desk.feed._wake = Wake(frozenset({f"desk-{number}.json"}))
        wait = desk.feed.step(desk.now)
        if desk.feed.published not in printed:
            printed.append(desk.feed.published)
        assert 0 <= wait <= 1
    assert len(printed) < 100
    desk.step()
    assert desk.get(PULSE).json["counts"]["total"] == 200


def test_nothing_is_printed_again_when_nothing_changed(desk):
    desk.write(ticket(1))
    desk.step()
    edition = desk.feed.published.editions["helpdesk"]
    desk.step()
    desk.step("desk-1.json")
    assert desk.feed.published.editions["helpdesk"] is edition


def test_a_new_heartbeat_changes_the_pulse_and_not_the_rows(desk):
    desk.write(ticket(1))
    desk.step()
    rows, pulse = desk.get(ROWS).headers["etag"], desk.get(PULSE).headers["etag"]
    desk.now = NOW + timedelta(seconds=30)
    desk.beat()
    desk.step()
    assert desk.get(ROWS).headers["etag"] == rows
    assert desk.get(PULSE).headers["etag"] != pulse


def test_a_removed_file_leaves_the_wall(desk):
    desk.write(ticket(1), ticket(2))
    desk.step()
    (desk.home.tickets / "desk-1.json").unlink()
    desk.step("desk-1.json")
    assert desk.get(PULSE).json["counts"]["total"] == 1


def test_a_file_that_turned_bad_keeps_its_last_good_version_and_is_named(desk):
    desk.write(ticket(1), ticket(2))
    desk.step()
    (desk.home.tickets / "desk-1.json").write_text("{")
    desk.step()
    page = desk.get(BOARD).text
    assert "Printer 1 prints stripes" in page
    assert "1 ticket file unreadable" in page


def test_a_lost_ticket_folder_keeps_the_tickets_and_stops_trust(desk):
    desk.write(ticket(1))
    desk.step()
    desk.home.tickets.rename(desk.home.path / "elsewhere")
    desk.step()
    page = desk.get(BOARD).text
    assert "Printer 1 prints stripes" in page
    assert "Ticket folder cannot be read" in page
    assert desk.get("/readyz").status == 503


def test_the_feed_wakes_for_the_next_deadline(desk):
    desk.write(ticket(1, first_response_due_at=NOW + timedelta(seconds=0.4)))
    desk.step()
    assert desk.feed._patience(NOW) <= 0.4


def test_new_settings_are_in_force_at_once_and_bad_ones_are_shown(desk):
    desk.write(*(ticket(n) for n in range(9)))
    desk.configure("deskwatch", "zone: Europe/Vienna\nweb: {rows_per_section: 3}\n")
    desk.step()
    assert desk.get(BOARD).text.count("<tr class=") == 3
    desk.configure("deskwatch", "zone: Europe/Vienna\nweb: {rows_per_section: many}\n")
    desk.step()
    page = desk.get(BOARD).text
    assert page.count("<tr class=") == 3
    assert "Configuration has mistakes" in page
    assert "config/deskwatch.yaml:2:" in desk.get("/boards").text


def test_the_page_itself_says_that_data_is_old_for_browsers_without_javascript(desk):
    desk.step()
    assert '<body class="note"' in desk.get(BOARD).text
    desk.now = NOW + 14 * MINUTE
    desk.step()
    page = desk.get(BOARD).text
    assert '<body class="stop"' in page
    assert "Data is old" in page
    assert "Watcher silent" in page


def test_the_day_of_the_wall_is_that_of_its_zone(desk):
    desk.now = NOW.replace(hour=23, minute=30)
    desk.step()
    assert desk.get(PULSE).json["today"] == "11 Mar"
    desk.now = NOW + timedelta(days=30)
    desk.step()
    assert desk.get(PULSE).json["utc_offset"] == 7200
