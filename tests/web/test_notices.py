"""The banner that people write appears on their walls, at its time, whatever it holds."""

import os

import pytest

from tests.web.desk import HOUR, MINUTE, NOW, ticket

BOARD, PULSE = "/b/helpdesk", "/b/helpdesk/pulse"


@pytest.fixture
def post(desk):
    """Writes the notice and lets the wall look."""

    def post(text):
        (desk.home.config / "notice.md").write_text(text, "utf-8")
        desk.step()

    return post


def test_a_notice_is_on_the_page_and_in_the_pulse(desk, post):
    post("The lift is broken.\nUse the stairs.")
    assert desk.get(PULSE).json["notice"] == [
        {"words": "The lift is broken.\nUse the stairs.", "level": "note"}
    ]
    assert "The lift is broken.\nUse the stairs." in desk.get(BOARD).text


def test_it_goes_with_its_file(desk, post):
    post("The lift is broken.")
    (desk.home.config / "notice.md").unlink()
    desk.step()
    assert desk.get(PULSE).json["notice"] == []
    assert "The lift" not in desk.get(BOARD).text


def test_a_text_of_the_same_length_and_time_is_noticed_too(desk, post):
    post("Lift A is broken.")
    seen = (desk.home.config / "notice.md").stat()
    (desk.home.config / "notice.md").write_text("Lift B is broken.")
    os.utime(desk.home.config / "notice.md", ns=(seen.st_atime_ns, seen.st_mtime_ns))
    desk.step()
    assert desk.get(PULSE).json["notice"][0]["words"] == "Lift B is broken."


def test_it_appears_and_goes_at_its_time_without_its_file_changing(desk, post):
    post("from: 2026-03-10 14:30\nuntil: 2026-03-10 15:00\n\nThe lift is broken.")  # Vienna is an hour ahead
    assert desk.get(PULSE).json["notice"] == []
    assert desk.feed._patience(NOW + 30 * MINUTE - MINUTE / 300) <= 0.2
    for now, shown in ((NOW + 30 * MINUTE, 1), (NOW + HOUR, 0)):
        desk.now = now
        desk.beat()
        desk.feed._print_due = 0.0
        desk.feed.step(desk.now)
        assert len(desk.get(PULSE).json["notice"]) == shown


def test_only_the_boards_it_names_show_it(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk}\nps: {title: PS}\n")
    (desk.home.config / "notice.md").write_text("boards: ps\nlevel: warn\n\nThe lift is broken.")
    desk.step()
    assert desk.get("/b/ps/pulse").json["notice"] == [{"words": "The lift is broken.", "level": "warn"}]
    assert desk.get(PULSE).json["notice"] == []


def test_a_slip_is_named_on_the_wall_and_in_readyz_and_the_notice_is_shown(desk, post):
    post("\nlevel: loud\n\nThe lift is broken.")
    assert desk.get(PULSE).json["notice"][0]["level"] == "note"
    trouble = next(t for t in desk.get(PULSE).json["trouble"] if t["kind"] == "config")
    assert trouble["title"] == "Configuration has mistakes"
    assert "config/notice.md:2:1" in desk.get("/boards").text
    assert any("notice.md:2" in problem for problem in desk.get("/readyz").json["config"]["problems"])
    post("level: warn\n\nThe lift is broken.")
    assert not [t for t in desk.get(PULSE).json["trouble"] if t["kind"] == "config"]


def test_markup_in_it_is_text(desk, post):
    post("<script>alert(1)</script> </main><img src=x onerror=alert(2)>")
    page = desk.get(BOARD).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_file_that_is_no_text_or_cannot_be_read_is_told_and_stops_nothing(desk):
    desk.write(ticket(1))
    path = desk.home.config / "notice.md"
    path.write_bytes(b"\xff\xfe broken \x00 bytes")
    desk.step()
    assert "not UTF-8" in desk.get("/boards").text
    path.unlink()
    path.mkdir()
    desk.step()
    assert "cannot be read" in desk.get("/boards").text
    assert "Printer 1" in desk.get(BOARD).text


def test_a_new_board_is_known_to_a_notice_that_named_it_before(desk, post):
    post("boards: ps\n\nThe lift is broken.")
    assert "no board &#39;ps&#39;" in desk.get("/boards").text
    desk.configure("boards", "helpdesk: {title: Helpdesk}\nps: {title: PS}\n")
    desk.step()
    assert desk.get(PULSE).json["trouble"] == []
    assert len(desk.get("/b/ps/pulse").json["notice"]) == 1


def test_check_names_slips_in_the_notice(desk, post):
    from click.testing import CliRunner

    from deskwatch.__main__ import main

    post("level: loud\n\nThe lift is broken.")
    said = CliRunner().invoke(main, ["--home", str(desk.home), "check"], env={"FRESHSERVICE_API_KEY": "k3y"})
    assert "config/notice.md:1:1: warning: expected level: note or level: warn" in said.output
    assert said.exit_code == 0


def test_the_example_that_ships_is_a_good_one():
    from datetime import UTC
    from pathlib import Path

    from deskwatch.core.notice import read_notices

    text = (Path(__file__).parents[2] / "config" / "notice.md.example").read_text("utf-8")
    notices = read_notices(text, zone=UTC, boards=["helpdesk"])
    assert notices.slips == ()
    assert [notice.level for notice in notices.all] == ["warn", "note"]
