"""The engine for described helpdesks: ways in, pages, pace, names, details, and what its errors say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.merging import is_partial
from deskwatch.core.sync import Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.changes import Cursor, written
from deskwatch.sources.rest.paging import PagingError, next_link, same_origin
from deskwatch.sources.rest.requests import PlaceError, fill_path
from deskwatch.sources.rest.settings import SinceSettings
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.source import SourceError
from tests.sources.contract import Folder
from tests.sources.rest_desk import AUTHS, KEY, PAGINGS, Clock, Desk, described, reply, serving, settings_of
from tests.sources.test_contract_rest import RestBench, fresh


@pytest.fixture(scope="module")
def server() -> Iterator[Desk]:
    """One helpdesk for all; each test gets it empty."""
    with serving(Desk()) as desk:
        yield desk


@pytest.fixture
def desk(server: Desk) -> Desk:
    """The helpdesk, empty."""
    return fresh(server)


def source_of(desk: Desk, *, key: str = KEY, **changes: Any) -> RestSource:
    """A source for it."""
    limits = Timeouts(connect=1.0, read=1.0, total=8.0)
    settings = settings_of(desk, key=key, **changes)
    return RestSource("desk", settings, timeouts=limits, clock=desk.clock.monotonic)


def listed(source: RestSource, desk: Desk) -> Snapshot:
    """Everything open, in one go."""
    return source.list_open(known={}, now=desk.clock.now)


def ids(snapshot: Snapshot) -> list[str]:
    """The ids of its rows."""
    return [ticket.id for ticket in snapshot.tickets]


# Ways in


@pytest.mark.parametrize("auth", AUTHS)
def test_every_way_in_works(desk: Desk, auth: str) -> None:
    desk.auth = auth
    desk.create()
    source = source_of(desk)
    assert ids(listed(source, desk)) == ["1"]
    source.close()


@pytest.mark.parametrize("auth", [auth for auth in AUTHS if auth != "none"])
def test_a_refused_key_is_told_with_the_file_and_without_the_key(desk: Desk, auth: str) -> None:
    desk.auth = auth
    source = source_of(desk, key="never-to-be-seen", probe=None, lookups={})
    if auth == "oauth2":
        desk._let_in = lambda path, headers, body: reply(b'{"error": "client-secret-456?"}', status=401)  # type: ignore[method-assign]
    with pytest.raises(SourceError) as caught:
        listed(source, desk)
    error = caught.value
    assert error.kind == "auth"
    assert "config/sources.d/desk.yaml" in error.words
    assert "auth" in error.words
    assert not any(secret in error.words for secret in ("never-to-be-seen", "client-secret-456"))


@pytest.mark.parametrize("auth", ["oauth2", "login"])
def test_an_ended_session_is_begun_again_once(desk: Desk, auth: str) -> None:
    desk.auth = auth
    desk.create()
    source = source_of(desk)
    listed(source, desk)
    desk.tokens.clear()
    assert ids(listed(source, desk)) == ["1"]
    assert desk.issued == 2
    desk._is_good = lambda headers, params: False  # type: ignore[method-assign]
    before = len(desk.requests)
    with pytest.raises(SourceError) as caught:
        listed(source, desk)
    assert caught.value.kind == "auth"
    assert len(desk.requests) - before == 3  # refused, a new session, refused again


def test_an_access_token_is_renewed_before_it_ends(desk: Desk) -> None:
    desk.auth, desk.token_life = "oauth2", 600
    source = source_of(desk)
    listed(source, desk)
    desk.clock.pass_(seconds=530)
    listed(source, desk)
    assert desk.issued == 1
    desk.clock.pass_(seconds=11)
    listed(source, desk)
    assert desk.issued == 2


def test_a_session_is_ended_when_the_source_is_closed(desk: Desk) -> None:
    desk.auth = "login"
    source = source_of(desk)
    listed(source, desk)
    assert desk.tokens
    source.close()
    assert not desk.tokens
    assert desk.requests[-1] == "GET /logout"


def test_a_key_in_the_address_is_not_in_what_try_shows(desk: Desk) -> None:
    desk.auth, desk.paging, desk.cap = "query", "next_url", 2
    for _ in range(5):
        desk.create()
    sample = source_of(desk).sample(5, now=desk.clock.now)
    assert len(sample.items) == 5
    assert KEY not in str(sample)
    assert all(request.count("key=") <= 1 for request in desk.requests)


def test_a_netrc_file_does_not_replace_the_key(
    desk: Desk, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ana password of-another-program\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    desk.auth = "oauth2"
    source = source_of(desk)
    source._api.client._session.trust_env = True  # type: ignore[attr-defined]
    listed(source, desk)


# Pages


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("count", [0, 1, 20, 45])
def test_every_kind_of_paging_brings_everything(desk: Desk, paging: str, count: int) -> None:
    desk.paging, desk.cap = paging, 10
    for _ in range(count):
        desk.create()
    snapshot = listed(source_of(desk), desk)
    assert sorted(map(int, ids(snapshot))) == list(range(1, count + 1))
    assert snapshot.complete


def test_parameters_of_paging_can_be_posted(desk: Desk) -> None:
    desk.cap = 10
    for _ in range(25):
        desk.create()
    paging = {"kind": "page", "param": "page", "size": "10", "size_param": "size", "in_body": True}
    tickets = {
        "method": "POST",
        "path": "/tickets",
        "body": {"status": "open"},
        "items": "items",
        "paging": paging,
    }
    assert len(ids(listed(source_of(desk, tickets=tickets), desk))) == 25


def test_items_that_are_no_tickets_do_not_end_a_list_early(desk: Desk) -> None:
    desk.cap = 10
    for number in range(30):
        desk.create(kind="pull" if 10 <= number < 18 else "issue")
    tickets = {**described(desk)["tickets"], "keep": "kind == 'issue'"}
    tickets["paging"] = {"kind": "page", "size": "10", "size_param": "size"}
    snapshot = listed(source_of(desk, tickets=tickets), desk)
    assert len(ids(snapshot)) == 22
    assert snapshot.present == frozenset(ids(snapshot))


def test_a_ticket_that_keep_drops_leaves_and_none_comes_in_by_a_look_at_it(desk: Desk) -> None:
    moved, other = desk.create(kind="issue"), desk.create(kind="issue")
    pull = desk.create(kind="pull")
    tickets = {**described(desk)["tickets"], "keep": "kind == 'issue'"}
    source = source_of(desk, tickets=tickets)
    folder = Folder(source, RestBench(desk)).poll()
    assert set(folder.subjects()) == {moved, other}
    folder.file(source.look([pull], now=desk.clock.now))  # a webhook about something that is no ticket
    assert set(folder.subjects()) == {moved, other}
    desk.change(moved, kind="pull")
    desk.clock.pass_(minutes=1)
    folder.list()
    assert set(folder.subjects()) == {other}
    assert "keep" in folder.archived[moved]


def test_a_short_page_costs_no_further_request_once_the_size_is_known(desk: Desk) -> None:
    desk.cap = 10
    for _ in range(25):
        desk.create()
    source = source_of(desk)
    listed(source, desk)
    desk.requests.clear()
    listed(source, desk)
    assert len([r for r in desk.requests if "/tickets" in r]) == 3


def test_a_list_of_one_page_costs_one_request_once_its_size_is_known(desk: Desk) -> None:
    for _ in range(3):
        desk.create()
    source = source_of(desk)
    listed(source, desk)
    desk.requests.clear()
    listed(source, desk)
    assert len([r for r in desk.requests if "/tickets" in r]) == 1


def test_a_list_with_too_many_pages_is_doubted(desk: Desk) -> None:
    desk.cap = 2
    for _ in range(30):
        desk.create()
    snapshot = listed(source_of(desk, max_pages="5"), desk)
    assert not snapshot.complete
    assert "max_pages" in snapshot.notes[0]


def test_after_so_many_pages_a_list_of_changes_goes_on_from_the_newest(desk: Desk) -> None:
    desk.cap = 2
    source = source_of(
        desk,
        changes={
            "drop_params": ["status"],
            "params": {"since": "{since}"},
            "paging": {"kind": "page", "size": "2", "size_param": "size", "restart_after": "2"},
            "since": {"overlap": "0s"},
        },
    )
    cursor = source.fetch(None, known={}, now=desk.clock.now).cursor
    for _ in range(9):
        desk.clock.pass_(seconds=10)
        desk.create()
    desk.requests.clear()
    snapshot = source.fetch(cursor, known={}, now=desk.clock.now)
    assert set(ids(snapshot)) == {str(n) for n in range(1, 10)}
    assert not any("page=3" in request for request in desk.requests)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("https://desk.example.com/api?page=2", "https://desk.example.com/api?page=2"),
        ("/api?page=2", "https://desk.example.com/api?page=2"),
        ("?page=2", "https://desk.example.com/api/list?page=2"),
        ("http://desk.example.com/api?page=2", "https://desk.example.com/api?page=2"),
        ("https://DESK.example.com:443/api?q=a b", "https://desk.example.com/api?q=a%20b"),
        ("https://ana:secret@desk.example.com/api", "https://desk.example.com/api"),
        ("https://desk.example.com/a%20b?q=a%26b&key=K", "https://desk.example.com/a%20b?q=a%26b"),
    ],
)
def test_the_address_of_a_next_page_stays_with_the_helpdesk(told: str, asked: str) -> None:
    here, root = "https://desk.example.com/api/list", "https://desk.example.com"
    assert same_origin(told, here=here, root=root, hidden=frozenset({"key"})) == asked


@pytest.mark.parametrize(
    "told",
    [
        "https://evil.example.net/api",
        "//evil.example.net/api",
        "https://desk.example.com.evil.example.net/",
        "https://desk.example.com@evil.example.net/",
        "javascript:alert(1)",
        "https://[",
        "https://desk.example.com/\r\nX: y",
    ],
)
def test_an_address_elsewhere_is_refused(told: str) -> None:
    with pytest.raises(PagingError):
        same_origin(told, here="https://desk.example.com/a", root="https://desk.example.com")


def test_the_next_link_is_found_among_others() -> None:
    header = '<https://a/1>; rel="prev", <https://a/3?x=1,2>; title="x"; rel="next", <https://a/9>; rel=last'
    assert next_link(header) == "https://a/3?x=1,2"
    assert next_link('<https://a/9>; rel="last nextish"') is None
    assert next_link("") is None


# Pace and silence


def test_the_pace_of_the_file_is_kept_and_the_list_is_read_on(desk: Desk) -> None:
    desk.cap = 1
    for _ in range(12):
        desk.create()
    source = source_of(desk, per_minute="6", probe=None, lookups={})
    tickets: dict[str, Ticket] = {}
    started = desk.clock.now
    sent: list[datetime] = []
    while True:
        before = len(desk.requests)
        snapshot = listed(source, desk)
        sent += [desk.clock.now] * (len(desk.requests) - before)
        tickets |= {t.key: t for t in snapshot.tickets}
        if snapshot.more_in is None:
            break
        assert not snapshot.complete
        assert snapshot.present is None
        desk.clock.pass_(seconds=snapshot.more_in)
    assert len(tickets) == 12
    assert snapshot.complete
    assert len(snapshot.present or ()) == 12
    assert desk.clock.now - started >= timedelta(minutes=2)
    assert all(sum(t <= at < t + timedelta(minutes=1) for at in sent) <= 6 for t in sent)


def test_a_list_that_was_interrupted_goes_on_where_it_was(desk: Desk) -> None:
    desk.cap = 5
    for _ in range(20):
        desk.create()
    source = source_of(desk, probe=None, lookups={})
    answer = desk.answer
    asked = 0

    def tired(method: str, target: str, headers: dict[str, str], body: bytes) -> Any:
        nonlocal asked
        asked += 1
        return reply(status=429, Retry_After="53") if asked == 3 else answer(method, target, headers, body)

    desk.answer = tired  # type: ignore[method-assign]
    with pytest.raises(SourceError) as caught:
        listed(source, desk)
    assert caught.value.retry_after == 53
    assert caught.value.progress is not None
    assert len(caught.value.progress.tickets) == 10
    snapshot = listed(source, desk)
    assert len(snapshot.tickets) == 10
    assert len(snapshot.present or ()) == 20


# Changes


def test_a_token_of_the_helpdesk_is_handed_back_and_a_lost_one_begins_anew(desk: Desk) -> None:
    changes = {
        "drop_params": ["status"],
        "params": {"since": "{since}"},
        "token": "cursor",
        "token_params": {"cursor": "{token}"},
        "paging": {"kind": "none"},
    }
    source = source_of(desk, changes=changes)
    desk.create()
    cursor = source.fetch(None, known={}, now=desk.clock.now).cursor
    answer = desk.answer
    desk.answer = lambda m, t, h, b: (  # type: ignore[assignment]
        reply(b'{"items": [], "cursor": "abc"}') if "since=" in t else answer(m, t, h, b)
    )
    cursor = source.fetch(cursor, known={}, now=desk.clock.now).cursor
    desk.requests.clear()
    desk.answer = lambda m, t, h, b: (  # type: ignore[assignment]
        reply(status=410) if "cursor=abc" in t else answer(m, t, h, b)
    )
    again = source.fetch(cursor, known={}, now=desk.clock.now)
    assert again.complete
    assert ids(again) == ["1"]
    assert "abc" not in (again.cursor or "")


def test_moments_are_written_as_the_helpdesk_reads_them() -> None:
    at = datetime(2026, 3, 10, 15, 4, 5, 999, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    assert written(at, SinceSettings()) == "2026-03-10T15:04:05Z"
    assert written(at, SinceSettings(format="epoch")) == "1773155045"
    assert written(at, SinceSettings(format="epoch_ms")) == "1773155045000"
    assert written(at, SinceSettings(format="%Y-%m-%d %H:%M", zone=berlin)) == "2026-03-10 16:04"
    assert written(at, SinceSettings(zone=berlin)) == "2026-03-10T16:04:05+01:00"
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 in Berlin, for the first time
    assert written(twice, SinceSettings(format="%Y-%m-%d %H:%M", zone=berlin)) == "2026-10-25 01:30"
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 2:30 in Berlin, for the second time
    assert written(again, SinceSettings(format="%Y-%m-%d %H:%M", zone=berlin)) == "2026-10-25 01:30"


def test_a_cursor_never_passes_the_clock_of_the_helpdesk() -> None:
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    cursor = Cursor(since=noon, asked=noon)
    future = cursor.moved(noon + timedelta(days=9), ceiling=noon + timedelta(minutes=1), now=noon)
    assert future.since == noon + timedelta(minutes=1)
    assert cursor.moved(None, ceiling=noon + timedelta(minutes=5), now=noon, token="t").since == noon
    assert Cursor.parse(future.text()) == future


# Names and details


def test_names_come_from_a_table_and_the_file_wins(desk: Desk) -> None:
    desk.create(agent="a1")
    desk.create(agent="b2")
    desk.create(agent="c3")
    lookups = {"agents": {"fetch": {"path": "/agents"}, "values": {"b2": "Mia"}}}
    snapshot = source_of(desk, lookups=lookups).fetch(None, known={}, now=desk.clock.now)
    assert [t.agent and t.agent.name for t in snapshot.tickets] == ["Ana", "Mia", "c3"]


def test_names_that_cannot_be_fetched_stay_as_they_were_and_are_told(desk: Desk) -> None:
    desk.create(agent="a1")
    source = source_of(desk)
    cursor = source.fetch(None, known={}, now=desk.clock.now).cursor
    memory = json.loads(json.dumps(source.memory()))
    desk.clock.pass_(hours=2)
    desk.faults = [reply(b"oops", status=500)]
    desk.change("1", subject="Other words")
    snapshot = source.fetch(cursor, known={}, now=desk.clock.now)
    assert [t.agent and t.agent.name for t in snapshot.tickets] == ["Ana"]
    assert any("the names of agents" in note for note in source.report().notes)
    restarted = source_of(desk)
    restarted.recall(memory)
    desk.requests.clear()
    desk.clock.pass_(minutes=-90)
    restarted.fetch(cursor, known={}, now=desk.clock.now)
    assert not any("/agents" in request for request in desk.requests)


DETAILS = {"more": {"path": "/tickets/{id}/more", "item": "text", "at_once": "4"}}


def with_details(desk: Desk, **changes: Any) -> RestSource:
    """A source whose descriptions need a further request."""
    fields = {**described(desk)["fields"], "description": "more"}
    return source_of(desk, details=DETAILS, fields=fields, **changes)


def test_details_are_fetched_for_new_and_changed_tickets_only(desk: Desk) -> None:
    for _ in range(6):
        desk.create()
    bench = RestBench(desk)
    folder = Folder(with_details(desk), bench).poll()
    assert {t.description for t in folder.stored.values()} == {f"All about {n}" for n in range(1, 7)}
    assert not any(is_partial(t) for t in folder.stored.values())
    desk.requests.clear()
    desk.clock.pass_(minutes=5)
    desk.change("3", subject="Other words")
    folder.poll()
    folder.list()
    assert [r for r in desk.requests if "more" in r] == ["GET /tickets/3/more"]
    assert folder.stored["desk-3"].description == "All about 3"
    assert folder.stored["desk-4"].description == "All about 4"
    assert folder.writes == 0


def test_a_detail_asks_with_what_the_one_above_it_found(desk: Desk) -> None:
    for opened in ("log", None):
        desk.create(opened=opened)
    details = {
        "first": {"path": "/tickets/{id}", "item": "ticket.opened && {place: ticket.opened}"},
        "then": {"path": "/tickets/{id}/{first.place}", "item": "text", "when": "first.place == 'log'"},
    }
    fields = {**described(desk)["fields"], "description": "then"}
    folder = Folder(source_of(desk, details=details, fields=fields), RestBench(desk)).poll()
    assert [t.description for t in folder.stored.values()] == ["All about 1", ""]
    assert [r for r in desk.requests if "/log" in r] == ["GET /tickets/1/log"]
    assert not any(is_partial(t) for t in folder.stored.values())
    assert folder.source.report().notes == ()


def test_without_a_date_of_change_details_follow_the_contents(desk: Desk) -> None:
    desk.has_updated = False
    for _ in range(4):
        desk.create()
    fields = {**described(desk)["fields"], "description": "more"}
    del fields["updated_at"]
    source = source_of(desk, details=DETAILS, fields=fields, changes=None)
    folder = Folder(source, RestBench(desk)).poll()
    assert folder.stored["desk-4"].description == "All about 4"
    desk.clock.pass_(minutes=1)
    desk.requests.clear()
    assert folder.poll().writes == 0
    assert not any("more" in request for request in desk.requests)
    desk.clock.pass_(minutes=1)
    desk.change("4", priority="low")
    desk.detail_faults = [reply(b"{}", status=500)]
    folder.poll()
    assert folder.stored["desk-4"].priority == "low"
    assert folder.stored["desk-4"].description == "All about 4"


def test_details_that_fail_hold_nothing_up_and_are_tried_again(desk: Desk) -> None:
    desk.create()
    desk.detail_faults = [reply(b"oops", status=500)]
    folder = Folder(with_details(desk), RestBench(desk)).poll()
    assert folder.subjects() == {"1": "Printer is out"}
    assert folder.stored["desk-1"].description == ""
    assert any("more" in note for note in folder.source.report().notes)
    desk.clock.pass_(seconds=61)
    folder.poll()
    assert folder.stored["desk-1"].description == "All about 1"
    assert not is_partial(folder.stored["desk-1"])
    assert folder.source.report().notes == ()


def test_a_wish_for_silence_while_reading_details_is_heard_and_the_list_is_kept(desk: Desk) -> None:
    desk.create()
    desk.detail_faults = [reply(status=429, Retry_After="17")]
    source = with_details(desk)
    with pytest.raises(SourceError) as caught:
        source.fetch(None, known={}, now=desk.clock.now)
    assert caught.value.retry_after == 17
    assert caught.value.progress is not None
    assert caught.value.progress.complete
    assert ids(caught.value.progress) == ["1"]


def test_more_details_than_one_round_may_ask_for_follow_in_the_next(desk: Desk) -> None:
    for _ in range(9):
        desk.create()
    fields = {**described(desk)["fields"], "description": "more"}
    details = {"more": {**DETAILS["more"], "most": "4"}}
    source = source_of(desk, details=details, fields=fields)
    first = source.fetch(None, known={}, now=desk.clock.now)
    assert len([r for r in desk.requests if "more" in r]) == 4
    assert first.more_in == 0
    stored = {t.key: t for t in first.tickets}
    assert sum(is_partial(t) for t in stored.values()) == 5
    desk.requests.clear()
    for _ in range(2):
        again = source.fetch(first.cursor, known=stored, now=desk.clock.now)
        stored |= {t.key: t for t in again.tickets}
    assert all(t.description for t in stored.values())
    assert not any("status=" in request for request in desk.requests)


def test_details_leave_a_part_of_each_minute_to_the_lists(desk: Desk) -> None:
    for _ in range(30):
        desk.create()
    bench = RestBench(desk)
    folder = Folder(with_details(desk, per_minute="20", lookups={}), bench).poll()
    assert len([r for r in desk.requests if "more" in r]) <= 15
    desk.clock.pass_(seconds=21)
    late = desk.create("Late")
    folder.poll()
    assert folder.subjects()[late] == "Late"
    for _ in range(20):
        desk.clock.pass_(seconds=30)
        folder.poll()
    assert not any(is_partial(t) for t in folder.stored.values())


# Words


def test_states_that_the_file_calls_good_or_empty_are_no_errors(desk: Desk) -> None:
    tickets = {**described(desk)["tickets"], "ok": ["200", "203"], "empty": ["204", "404"]}
    source = source_of(desk, tickets=tickets, probe=None, lookups={})
    for fault in (reply(b'{"items": []}', status=203), reply(b"", status=204), reply(b"", status=404)):
        desk.faults = [fault]
        assert listed(source, desk).complete


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 415, 422])
def test_an_error_names_the_file_and_the_setting(desk: Desk, status: int) -> None:
    source = source_of(desk, probe=None, lookups={})
    desk.faults = [reply(b'{"errors": [{"message": "no such field <b>"}]}', status=status)]
    with pytest.raises(SourceError) as caught:
        listed(source, desk)
    assert (
        "tickets in config/sources.d/desk.yaml" in caught.value.words or "tickets, and" in caught.value.words
    )
    assert "no such field" in caught.value.words


def test_data_that_does_not_call_itself_json_is_read_all_the_same(desk: Desk) -> None:
    source = source_of(desk, probe=None, lookups={})
    body = b'\xef\xbb\xbf{"items": [{"id": 5, "subject": "x"}]}'
    desk.faults = [(200, {"Content-Type": "text/plain"}, body)]
    assert ids(listed(source, desk)) == ["5"]


def test_a_list_that_is_elsewhere_is_told_with_what_the_answer_has(desk: Desk) -> None:
    source = source_of(desk, probe=None, lookups={})
    desk.faults = [reply(b'{"results": [], "count": 0}')]
    with pytest.raises(SourceError) as caught:
        listed(source, desk)
    assert "tickets.items" in caught.value.words
    assert "results" in caught.value.words


def test_a_key_that_no_header_can_carry_is_named_with_its_header(desk: Desk) -> None:
    with pytest.raises(SourceError) as caught:
        listed(source_of(desk, key="schlüssel-äöü", lookups={}), desk)
    assert "X-Key" in caught.value.words
    assert "schl" not in caught.value.words


def test_an_id_cannot_leave_its_place_in_a_path() -> None:
    assert fill_path("/t/{id}", {"id": "a/../b?c#d e"}) == "/t/a%2F..%2Fb%3Fc%23d%20e"
    for bad in ("..", ".", "a\r\nb", None, [1]):
        with pytest.raises(PlaceError):
            fill_path("/t/{id}", {"id": bad})


def test_a_place_may_be_inside_objects_and_lists() -> None:
    item = {"owner": {"id": 7}, "messages": [{"id": 31}, {"id": 32}], "0": "named"}
    assert fill_path("/u/{owner.id}/m/{messages.1.id}", item) == "/u/7/m/32"
    for missing in ("messages.2.id", "messages.id", "messages.-1.id", "owner.0", "messages.99999999999.id"):
        with pytest.raises(PlaceError):
            fill_path(f"/m/{{{missing}}}", item)


def test_values_nobody_mapped_are_told_while_such_a_ticket_is_open(desk: Desk) -> None:
    desk.create(status="open", priority="whatever")
    bench = RestBench(desk)
    folder = Folder(source_of(desk), bench).poll()
    assert folder.source.report().unmapped == ("priority 'whatever'",)
    desk.clock.pass_(minutes=1)
    desk.change("1", priority="high")
    folder.poll()
    assert folder.source.report().unmapped == ()


def test_a_change_between_two_polls_costs_one_request(desk: Desk) -> None:
    for _ in range(3):
        desk.create()
    desk.clock.pass_(minutes=10)
    folder = Folder(source_of(desk), RestBench(desk)).poll()
    desk.change("2", subject="Other words")
    folder.poll()
    desk.clock.pass_(minutes=10)
    desk.requests.clear()
    folder.poll()
    assert folder.writes == 0
    assert len(desk.requests) == 1
    assert isinstance(desk.clock, Clock)


def test_a_table_that_the_file_describes_otherwise_now_is_fetched_again(desk: Desk) -> None:
    desk.create(agent="a1")
    before = source_of(desk)
    before.fetch(None, known={}, now=desk.clock.now)
    fetch = {"path": "/agents"}
    after = source_of(desk, lookups={"agents": {"fetch": fetch, "value": "join(' ', [name, id])"}})
    after.recall(before.memory())
    (ticket,) = after.fetch(None, known={}, now=desk.clock.now).tickets
    assert ticket.agent is not None
    assert ticket.agent.name == "Ana a1"


def test_stored_tickets_get_the_details_that_the_file_asks_for_since_today(desk: Desk) -> None:
    for _ in range(3):
        desk.create()
    old = source_of(desk)
    folder = Folder(old, RestBench(desk)).poll()
    folder.source = with_details(desk)
    folder.source.recall(old.memory())
    folder.list().poll().list()
    assert {t.description for t in folder.stored.values()} == {f"All about {n}" for n in (1, 2, 3)}
    memory = folder.source.memory()
    folder.source = with_details(desk)
    folder.source.recall(memory)
    desk.requests.clear()
    folder.list().poll()
    assert not any("/more" in request for request in desk.requests)
