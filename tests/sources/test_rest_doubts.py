"""Where the end of a list, a 404 or a missing date could be taken for more than it says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.changes import Cursor
from deskwatch.sources.rest.paging import same_origin
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.rest.words import Words
from deskwatch.sources.source import SourceError
from tests.sources.rest_desk import Desk, reply, serving, settings_of
from tests.sources.test_contract_rest import fresh


@pytest.fixture(scope="module")
def server() -> Iterator[Desk]:
    """One helpdesk for all; each test gets it empty."""
    with serving(Desk()) as desk:
        yield desk


@pytest.fixture
def desk(server: Desk) -> Desk:
    """The helpdesk, empty."""
    return fresh(server)


def source_of(desk: Desk, **changes: Any) -> RestSource:
    """A source for it."""
    limits = Timeouts(connect=1.0, read=1.0, total=8.0)
    return RestSource("desk", settings_of(desk, **changes), timeouts=limits, clock=desk.clock.monotonic)


def test_a_ticket_that_was_just_read_does_not_leave_because_everything_answers_404(desk: Desk) -> None:
    source = source_of(desk, probe=None)
    cursor = source.fetch(None, known={}, now=desk.clock.now).cursor
    desk.clock.pass_(minutes=1)
    desk.create()
    known: dict[str, Any] = {}
    assert [t.id for t in source.fetch(cursor, known=known, now=desk.clock.now).tickets] == ["1"]
    desk.forbidden = True
    with pytest.raises(SourceError, match="nothing is archived"):
        source.look(["1"], now=desk.clock.now)


@pytest.mark.parametrize(
    ("paging", "told"),
    [
        ({"kind": "next_url", "next": "link"}, "next: expected an address, found an object; name one of"),
        ({"kind": "next_url", "next": "join('', total)"}, "next: "),
        ({"kind": "token", "token": "link", "param": "token"}, "token: expected a text or a number"),
        ({"kind": "token", "token": "join('', total)", "param": "token"}, "token: "),
    ],
)
def test_a_next_page_that_cannot_be_told_is_not_the_end(
    desk: Desk, paging: dict[str, Any], told: str
) -> None:
    desk.faults = [reply(b'{"items": [{"id": 1}], "link": {"href": "/tickets?page=2"}, "total": 9}')]
    tickets = {"path": "/tickets", "items": "items", "paging": paging}
    source = source_of(desk, tickets=tickets, probe=None, lookups={}, changes=None)
    with pytest.raises(SourceError) as caught:
        source.list_open(known={}, now=desk.clock.now)
    assert f"page 1: {told}" in caught.value.words
    assert "check tickets.paging in config/sources.d/desk.yaml" in caught.value.words
    assert caught.value.progress is not None
    assert [t.id for t in caught.value.progress.tickets] == ["1"]


def test_a_list_that_is_refused_before_its_total_is_not_complete(desk: Desk) -> None:
    for _ in range(30):
        desk.create()
    paging = {"kind": "page", "size": "10", "size_param": "size", "total": "total"}
    tickets = {"path": "/tickets", "items": "items", "paging": paging}
    source = source_of(desk, tickets=tickets, lookups={})
    desk.past_end = "404"
    desk.total = lambda count: 50
    snapshot = source.list_open(known={}, now=desk.clock.now)
    assert len(snapshot.tickets) == 30
    assert not snapshot.complete
    assert "30 of 50 items, and the next page was refused (404)" in snapshot.notes[0]


def test_400_after_a_full_page_is_a_limit_and_not_the_end(desk: Desk) -> None:
    items = b'{"items": [{"id": 1}, {"id": 2}]}'
    desk.faults = [reply(items), reply(b'{"error": "too many pages"}', status=400)]
    paging = {"kind": "page", "size": "2"}
    tickets = {"path": "/tickets", "items": "items", "paging": paging}
    source = source_of(desk, tickets=tickets, probe=None, lookups={}, changes=None)
    snapshot = source.list_open(known={}, now=desk.clock.now)
    assert len(snapshot.tickets) == 2
    assert not snapshot.complete


def test_without_a_date_header_the_cursor_does_not_pass_what_changed_while_a_long_list_was_read(
    desk: Desk,
) -> None:
    for _ in range(3):
        desk.create()
    paging = {"kind": "page", "size": "2", "size_param": "size"}
    tickets = {"path": "/tickets", "items": "items", "paging": paging}
    source = source_of(desk, tickets=tickets, lookups={}, per_minute=2, probe=None)
    desk.dated = False
    began = desk.clock.now
    assert source.fetch(None, known={}, now=began).more_in is not None
    desk.clock.pass_(minutes=5)
    desk.change("1", subject="Changed after its page was read")
    desk.clock.pass_(minutes=5)
    desk.change("3", subject="Changed before its page was read")
    cursor = Cursor.parse(source.fetch(None, known={}, now=desk.clock.now).cursor)
    assert cursor is not None
    assert cursor.since is not None
    assert cursor.since <= began


def test_an_encoded_slash_in_the_address_of_a_next_page_stays_encoded() -> None:
    told = "https://desk.example.com/api/v4/projects/it%2Fdesk/issues?page=2"
    assert same_origin(told, here=told, root="https://desk.example.com") == told


SECRET_TEXT = "sk-ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@pytest.mark.parametrize("body", [b'{"message": "%s"}', b"%s"])
def test_a_secret_at_the_end_of_a_long_error_is_not_told_by_half(body: bytes) -> None:
    words = Words("desk", [SECRET_TEXT])
    for filler in range(150, 300, 5):
        text = body % (b"x" * filler + b" " + SECRET_TEXT.encode())
        error = words.of_answer(500, {}, text, doing="asking", part="tickets", now=datetime.now(UTC))
        assert "sk-A" not in error.words


def test_the_secrets_of_the_file_stay_hidden_however_many_tokens_come_after_them() -> None:
    words = Words("desk", [SECRET_TEXT])
    for number in range(300):
        words.hide(f"Bearer token number {number}", f"token-number-{number}")
    assert words.hidden(f"{SECRET_TEXT} token-number-299") == "*** ***"


def test_a_helpdesk_that_invents_tickets_without_end_is_given_up_and_doubted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskwatch.sources.rest.scan.MOST_ITEMS", 25)
    for _ in range(60):
        desk.create()
    paging = {"kind": "page", "size": "10", "size_param": "size"}
    tickets = {"path": "/tickets", "items": "items", "paging": paging}
    snapshot = source_of(desk, tickets=tickets, lookups={}).list_open(known={}, now=desk.clock.now)
    assert len(snapshot.tickets) == 30
    assert not snapshot.complete
    assert "more than 25 items" in snapshot.notes[0]


def test_a_sample_of_a_list_whose_filter_drops_everything_reads_a_few_pages_only(desk: Desk) -> None:
    for _ in range(60):
        desk.create()
    paging = {"kind": "page", "size": "2", "size_param": "size"}
    tickets = {"path": "/tickets", "items": "items", "keep": "nothing", "paging": paging}
    sample = source_of(desk, tickets=tickets, lookups={}, probe=None).sample(5, now=desk.clock.now)
    assert sample.items == ()
    assert sample.notes == ("no more than 5 pages were read",)
    assert len(desk.requests) == 5


def test_a_certificate_that_vanished_is_told_with_its_setting(desk: Desk, tmp_path: Path) -> None:
    desk.url, url = desk.url.replace("http:", "https:"), desk.url
    source = source_of(desk, tls={"ca": str(tmp_path / "gone.pem")}, probe=None)
    desk.url = url
    with pytest.raises(SourceError, match=r"check tls\.ca in config/sources\.d/desk\.yaml"):
        source.list_open(known={}, now=desk.clock.now)


def test_400_past_as_many_as_the_total_says_is_the_end(desk: Desk) -> None:
    page = reply(b'[{"id": 1}, {"id": 2}]', status=206, Content_Range="0-1/2")
    desk.faults = [page, reply(b'["ERROR_RANGE_EXCEED_TOTAL"]', status=400)]
    tickets = {"path": "/tickets", "ok": ["200", "206"], "paging": {"kind": "range", "size": "2"}}
    source = source_of(desk, tickets=tickets, probe=None, lookups={}, changes=None)
    assert source.list_open(known={}, now=desk.clock.now).complete


def test_a_change_that_slips_between_two_pages_is_found(desk: Desk) -> None:
    for _ in range(30):
        desk.create()
        desk.clock.pass_(minutes=10)
    paging = {"kind": "page", "size": "10", "size_param": "size"}
    tickets = {"path": "/tickets", "params": {"status": "open"}, "items": "items", "paging": paging}
    source = source_of(desk, tickets=tickets, lookups={}, per_minute=6000)
    cursor = source.fetch(None, known={}, now=desk.clock.now).cursor
    for id_ in range(1, 25):
        desk.clock.pass_(minutes=10)
        desk.change(str(id_), subject="Other words")
    answer, pages = desk.answer, 0

    def busy(method: str, target: str, headers: dict[str, str], body: bytes) -> Any:
        nonlocal pages
        found = answer(method, target, headers, body)
        pages += 1
        if pages == 1:  # the first moves to the end of the list, and 10 onto this page
            desk.change("1", subject="Once more")
        return found

    desk.answer = busy  # type: ignore[method-assign]
    snapshot = source.fetch(cursor, known={}, now=desk.clock.now)
    del desk.answer
    told = {t.id: t.subject for t in snapshot.tickets}
    assert told["10"] == "Other words"
