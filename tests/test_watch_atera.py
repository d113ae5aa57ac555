"""The watcher against a simulated Atera: what happens there, what lies in tickets/, what it costs."""

import base64
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.core.ticket import Phase
from deskwatch.core.turn import whose_turn
from deskwatch.demo import faults
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.calls import Call
from deskwatch.demo.foreign import foreign_host
from deskwatch.demo.statuses import MERGED, PENDING
from deskwatch.watch_commands import source_maker
from tests.watch_desk import KEY, WatchDesk, watch_desk


def atera(home: Path, *, lag: int = 0, **options: Any) -> AbstractContextManager[WatchDesk]:
    """An Atera account with some tickets, and its watcher."""
    options.setdefault("switches", AteraSwitches())
    return watch_desk(home, plan="atera", index_lag=timedelta(seconds=lag), **options)


def knobs(watch: WatchDesk) -> AteraSwitches:
    """The switches of the account."""
    assert isinstance(watch.desk.switches, AteraSwitches)
    return watch.desk.switches


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchDesk]:
    """Twelve open tickets, all of them on the wall."""
    with atera(tmp_path, tickets=12) as watch:
        yield watch.run(minutes=1)


def some_id(watch: WatchDesk) -> int:
    """The id of one of the open tickets."""
    return int(min(watch.truth()))


def files(watch: WatchDesk) -> dict[str, object]:
    """Every file of tickets/, and which version it is."""
    return dict(watch.folder.scan())


def test_the_wall_shows_what_is_open(watch: WatchDesk) -> None:
    assert watch.tickets().keys() == watch.truth()
    assert watch.beat()["state"] == "ok"
    assert watch.beat()["kind"] == "atera"
    ticket = watch.ticket(some_id(watch))
    assert ticket.url == f"https://app.atera.com/new/ticket/{ticket.id}"


def test_a_quiet_tick_is_one_call_and_writes_no_file(watch: WatchDesk) -> None:
    watch.run(minutes=5)
    before = files(watch)
    watch.desk.log.clear()
    watch.run(seconds=60)
    assert [r.route for r in watch.desk.log.of()] == ["lastmodified"] * 2
    assert files(watch) == before


def test_questions_for_changes_have_a_date_in_utc_to_the_letter_and_no_comments(watch: WatchDesk) -> None:
    watch.run(minutes=2)
    record = watch.desk.log.of("lastmodified")[-1]
    at = datetime.strptime(record.query["date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(minutes=5) <= watch.clock.now - at <= timedelta(minutes=6)
    assert record.query["includeComments"] == "false"
    assert int(record.query["itemsInPage"]) <= 50


def test_what_people_do_is_on_the_wall_with_the_next_tick(watch: WatchDesk) -> None:
    agent = next(iter(watch.desk.directory.agents.values()))
    one, two, *_ = sorted(map(int, watch.truth()))
    watch.desk.assign(one, agent.id)
    watch.desk.change_priority(one, 4)
    watch.desk.change_status(two, PENDING)
    new = watch.desk.create_ticket("The tills are down", department_id=31000040001)
    watch.run(seconds=31)
    ticket = watch.ticket(one)
    assert ticket.agent is not None
    assert (ticket.agent.name, ticket.priority) == (agent.name, "urgent")
    assert watch.ticket(two).phase is Phase.PENDING
    shown = watch.ticket(new.id)
    assert shown.client is not None
    assert (shown.subject, shown.client.name) == ("The tills are down", "Finance")


def test_a_ticket_closed_before_anybody_saw_it_open_is_no_news(watch: WatchDesk) -> None:
    short = watch.desk.create_ticket("Never mind")
    watch.desk.close(short.id)
    watch.run(minutes=1)
    assert str(short.id) not in watch.tickets()
    assert watch.archived() == {}


def test_a_resolved_ticket_leaves_and_comes_back_when_it_is_reopened(watch: WatchDesk) -> None:
    id_ = some_id(watch)
    seen_at = watch.ticket(id_).first_seen_at
    watch.desk.resolve(id_)
    watch.run(seconds=31)
    assert watch.archived()[str(id_)] == "resolved"
    watch.desk.reopen(id_)
    watch.run(seconds=31)
    assert watch.ticket(id_).reopened_at is not None
    assert watch.ticket(id_).first_seen_at == seen_at


def test_a_ticket_reopened_while_the_watcher_was_down_and_the_wall_empty_comes_back(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=1) as watch:
        watch.run(minutes=1)
        id_ = some_id(watch)
        watch.desk.resolve(id_)
        watch.run(minutes=1)
        watch.desk.reopen(id_)
        watch.start()
        watch.run(seconds=5)
        assert str(id_) in watch.tickets()


def test_a_deleted_ticket_leaves_after_a_look_at_it(watch: WatchDesk) -> None:
    one, two, three, *_ = sorted(map(int, watch.truth()))
    watch.desk.purge(one)
    watch.desk.change_status(two, MERGED)
    watch.desk.mark_spam(three)
    watch.run(minutes=11)
    assert watch.tickets().keys() == watch.truth()
    assert "no longer exists" in watch.archived()[str(one)]
    assert "merged" in watch.archived()[str(two)]
    assert "spam" in watch.archived()[str(three)]


def test_own_statuses_are_found_by_themselves_and_named_until_somebody_maps_them(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=3) as watch:
        watch.desk.add_status(50, "Parts ordered")
        old = watch.desk.create_ticket("Old", status=50, created_at=watch.clock.now - timedelta(days=40))
        young = watch.desk.create_ticket("Young", status=50)
        watch.run(minutes=1)
        assert {str(old.id), str(young.id)} <= watch.tickets().keys()
        assert watch.ticket(old.id).phase is Phase.OPEN
        assert watch.beat()["unmapped"] == ["status Parts ordered"]
        watch.configure(statuses={" parts ORDERED": {"phase": "waiting_on_third_party", "name": "Parts"}})
        watch.run(minutes=1)
        ticket = watch.ticket(old.id)
        assert (ticket.phase, ticket.status.name) == (Phase.WAITING_ON_THIRD_PARTY, "Parts")
        assert watch.beat()["unmapped"] == []


def test_a_status_invented_today_is_shown_at_once_and_survives_the_next_list(watch: WatchDesk) -> None:
    watch.desk.add_status(51, "Waiting for the moon")
    id_ = some_id(watch)
    watch.desk.change_status(id_, 51)
    watch.run(seconds=31)
    assert watch.ticket(id_).status.name == "Waiting for the moon"
    watch.desk.log.clear()
    watch.run(minutes=15)
    assert str(id_) in watch.tickets()
    assert "Waiting for the moon" in {r.query.get("ticketStatus") for r in watch.desk.log.of("list")}
    assert watch.desk.log.of("view") == []


@pytest.mark.parametrize("hidden", ["null", "absent"])
def test_a_customers_reply_is_known_with_the_next_tick_and_never_forgotten(
    tmp_path: Path, hidden: Any
) -> None:
    with atera(tmp_path, tickets=5, switches=AteraSwitches(hidden_comments=hidden)) as watch:
        watch.run(minutes=1)
        id_ = some_id(watch)
        watch.desk.reply(id_)
        watch.desk.change_status(id_, PENDING)
        watch.run(minutes=2)
        assert whose_turn(watch.ticket(id_)) == "customer"
        watch.run(minutes=6)
        watch.desk.customer_reply(id_)
        at = watch.clock.now
        watch.run(seconds=31)
        assert watch.ticket(id_).requester_responded_at == at
        assert whose_turn(watch.ticket(id_)) == "us"
        watch.run(minutes=11)
        assert watch.ticket(id_).requester_responded_at == at


def test_a_change_is_dated_when_it_was_first_seen(watch: WatchDesk) -> None:
    id_ = some_id(watch)
    assert watch.ticket(id_).updated_at is None
    watch.desk.change_priority(id_, 4)
    watch.run(seconds=31)
    at = watch.ticket(id_).updated_at
    assert at is not None
    assert watch.clock.now - at < timedelta(seconds=31)
    watch.run(minutes=11)
    assert watch.ticket(id_).updated_at == at


def test_every_page_is_read_whatever_their_order_and_while_tickets_move(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=130) as watch:
        ids = sorted(map(int, watch.truth()))

        def meanwhile(call: Call) -> Call:
            for id_ in ids[:20]:
                watch.desk.close(id_)
            for id_ in ids[20:40]:
                watch.desk.change_status(id_, PENDING)
            return call

        watch.desk.faults.add("list", faults.Fault(name="people work", tamper=meanwhile), page=2)
        watch.run(minutes=12)
        assert watch.tickets().keys() == watch.truth()
        assert len(watch.truth()) == 110


@pytest.mark.parametrize("last", ["empty", "null", "absent"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_links_to_other_pages_are_never_followed(tmp_path: Path, last: Any, order: Any) -> None:
    with foreign_host() as foreign:
        switches = AteraSwitches(last_link=last, order=order, link_host=foreign.url)
        with atera(tmp_path, tickets=101, switches=switches) as watch:
            watch.run(minutes=1)
            assert watch.tickets().keys() == watch.truth()
        assert foreign.requests == []


def test_our_own_limit_is_kept_and_the_wall_fills_meanwhile(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=300, yaml={"calls_per_minute": 3}) as watch:
        watch.run(seconds=30)
        assert len(watch.tickets()) == 150
        assert (watch.beat()["credits"]["left"], watch.beat()["credits"]["total"]) == (0, 3)
        watch.run(minutes=6)
        assert watch.tickets().keys() == watch.truth()
        assert watch.desk.log.busiest_minute() == 3
        assert watch.beat()["error"] is None


def test_an_api_that_lists_no_changes_is_listed_as_a_whole(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=60, switches=AteraSwitches(has_lastmodified=False)) as watch:
        watch.run(minutes=2)
        assert watch.tickets().keys() == watch.truth()
        id_ = some_id(watch)
        watch.desk.resolve(id_)
        new = watch.desk.create_ticket()
        watch.run(minutes=1)
        assert watch.tickets().keys() == watch.truth()
        assert str(new.id) in watch.tickets()
        assert "does not list changes" in " ".join(watch.beat()["notes"])
        assert watch.beat()["state"] == "ok"
        watch.desk.log.clear()
        watch.run(minutes=3)
        assert watch.desk.log.busiest_minute() <= 30


def test_an_address_that_was_wrong_for_a_while_does_not_cost_the_list_of_changes(watch: WatchDesk) -> None:
    watch.desk.faults.add("any", faults.recorded(404, b"", {"content-type": ""}), times=None)
    watch.run(minutes=2)
    assert watch.beat()["error"]["kind"] == "not_found"
    watch.desk.faults.clear()
    watch.run(minutes=6)
    assert watch.beat()["notes"] == []
    assert watch.tickets().keys() == watch.truth()


def test_the_same_without_changes_and_with_more_tickets_than_calls(tmp_path: Path) -> None:
    switches = AteraSwitches(has_lastmodified=False)
    with atera(tmp_path, tickets=150, switches=switches, yaml={"calls_per_minute": 4}) as watch:
        watch.run(minutes=5)
        id_ = some_id(watch)
        watch.desk.resolve(id_)
        watch.desk.log.clear()
        watch.run(minutes=6)
        assert watch.tickets().keys() == watch.truth()
        assert watch.desk.log.credits() <= 18


def token(expires: datetime) -> str:
    """A token in the shape of those that Atera makes."""
    parts = ({"alg": "RS256", "typ": "JWT"}, {"exp": int(expires.timestamp()), "sub": "wall"})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, "s1gnature-" * 12])


def test_a_token_is_warned_about_in_time_and_its_end_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends = datetime(2026, 3, 18, 16, 0, tzinfo=UTC)
    secret = token(ends)
    monkeypatch.setattr("tests.watch_desk.KEY", secret)
    switches = AteraSwitches(accepts="bearer", api_key=secret, key_valid_until=ends)
    with atera(tmp_path, tickets=3, switches=switches) as watch:
        watch.run(minutes=1)
        assert "within 30 days, on 2026-03-18" in " ".join(watch.beat()["notes"])
        watch.clock.pass_(days=1)
        watch.run(minutes=2)
        assert "within 7 days" in " ".join(watch.beat()["notes"])
        watch.clock.now = ends
        watch.desk.log.clear()
        watch.run(minutes=20)
        assert watch.tickets().keys() == watch.truth()
        error = watch.beat()["error"]
        assert error["kind"] == "auth"
        assert "ended on 2026-03-18" in error["words"]
        assert len(watch.desk.log) <= 5
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes()
        assert secret not in caplog.text
        assert caplog.text.count("ends within 30 days") == 1


def test_a_refused_key_is_explained_although_atera_says_nothing(watch: WatchDesk) -> None:
    watch.desk.revoke_key()
    watch.run(minutes=2)
    words = watch.beat()["error"]["words"]
    assert "60 days after the change to tokens" in words
    assert KEY not in words.replace("desk", "")
    assert watch.tickets().keys() == watch.truth()


def test_a_list_that_suddenly_is_empty_empties_no_wall(watch: WatchDesk) -> None:
    nothing = faults.Fault(
        name="nothing open", spoil=lambda a: replace(a, data={**a.data, "items": [], "totalItemCount": 0})
    )
    watch.desk.faults.add("list", nothing, times=None)
    watch.run(minutes=13)
    assert watch.tickets().keys() == watch.truth()
    assert watch.archived() == {}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.recorded(500, b"", {"content-type": ""}), "has an internal error (500)"),
        (faults.bad_gateway(), "is behind a broken gateway (502)"),
        (faults.recorded(403, b"", {"content-type": ""}), "lacks the right to read this, or this machine's"),
        (faults.login_page(), "is a web page, not data"),
        (faults.redirect("https://elsewhere.example/"), "sends us elsewhere (302)"),
        (faults.truncated(), "is not readable"),
        (faults.recorded(200, b'{"Message": "ok"}', {}), "has no 'items'"),
        (faults.recorded(200, b'{"items": {"TicketID": 1}}', {}), "the list of the answer is dict"),
        (faults.recorded(400, b'{"title": "Bad Request", "detail": "No such date"}', {}), "No such date"),
        (faults.recorded(404, b"<html>Not found</html>", {"content-type": "text/html"}), "check base_url"),
    ],
)
def test_every_failure_has_words_and_loses_nothing(watch: WatchDesk, fault: faults.Fault, words: str) -> None:
    before = watch.cursor()
    watch.desk.faults.add("lastmodified", fault, times=None)
    watch.run(minutes=2)
    assert words in watch.beat()["error"]["words"]
    assert watch.cursor() == before
    watch.desk.faults.clear()
    id_ = some_id(watch)
    watch.desk.resolve(id_)
    watch.run(minutes=7)
    assert watch.beat()["error"] is None
    assert watch.tickets().keys() == watch.truth()


@pytest.mark.parametrize("after", [None, "20"])
def test_a_used_up_limit_is_waited_out(watch: WatchDesk, after: str | None) -> None:
    watch.desk.faults.add("lastmodified", faults.rate_limited(after), times=3)
    watch.run(seconds=31)
    watch.desk.log.clear()
    since = watch.clock.now
    watch.run(minutes=15)
    first, second = (r.at - since for r in watch.desk.log.of("lastmodified")[:2])
    if after is None:  # 60 seconds, then 120
        assert timedelta(seconds=30) <= first <= timedelta(seconds=80)
        assert timedelta(seconds=110) <= second - first <= timedelta(seconds=140)
    else:
        assert second < timedelta(seconds=50)
    assert watch.beat()["error"] is None


def test_a_date_header_from_another_time_hides_no_change(watch: WatchDesk) -> None:
    for hours in (5, -5):
        watch.desk.faults.add("lastmodified", faults.wrong_date(timedelta(hours=hours)), times=1)
        watch.run(seconds=31)
        id_ = some_id(watch)
        watch.desk.resolve(id_)
        watch.run(seconds=61)
        assert str(id_) not in watch.tickets()


@pytest.mark.parametrize("dates", ["none", "fraction", "offset"])
def test_dates_of_every_form_are_the_same_instant(tmp_path: Path, dates: Any) -> None:
    with atera(tmp_path, tickets=1, switches=AteraSwitches(dates=dates)) as watch:
        watch.run(minutes=1)
        ticket, truth = watch.ticket(some_id(watch)), watch.desk.ticket(some_id(watch))
        assert ticket.created_at is not None
        assert ticket.created_at.replace(microsecond=0) == truth.created_at
        assert ticket.resolution_due_at is not None


def test_any_field_may_be_missing_or_odd(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=4) as watch:
        blank, odd, long, number = sorted(map(int, watch.truth()))
        row = {"TicketStatus": "Open", "TicketID": blank}
        blanks = dict.fromkeys(("TicketTitle", "TicketPriority", "CustomerID", "EndUserID", "EndUserEmail"))
        knobs(watch).odd = {
            blank: {**blanks, **row, "TicketCreatedDate": None, "FirstResponseDueDate": None},
            odd: {"TechnicianContactID": 0, "TicketImpact": "No Impact", "TicketPriority": "Sev 1"},
            long: {"FirstComment": "<p>Grüße<br>&amp; 日本</p>" + "<b>x</b>" * 30_000},
            number: {"TicketTitle": 17, "CustomerName": ["a"], "TicketCreatedDate": "yesterday"},
        }
        watch.run(minutes=1)
        assert watch.tickets().keys() == watch.truth()
        ticket = watch.ticket(blank)
        assert (ticket.priority, ticket.requester, ticket.first_response_due_at) == (None, None, None)
        assert watch.ticket(odd).agent is None
        assert watch.ticket(odd).extra["impact"] == "NoImpact"
        assert watch.ticket(long).description.startswith("Grüße\n& 日本")
        assert len(watch.ticket(long).description) <= 2000
        assert watch.beat()["unmapped"] == ["priority Sev 1"]


def test_a_row_without_an_id_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=3) as watch:
        bad = some_id(watch)
        knobs(watch).odd = {bad: {"TicketID": "../../etc"}}
        watch.run(minutes=1)
        assert watch.tickets().keys() == watch.truth() - {str(bad)}
        assert "no usable TicketID (../../etc)" in " ".join(watch.beat()["notes"])


def test_a_resolved_ticket_without_a_date_leaves_all_the_same(watch: WatchDesk) -> None:
    id_ = some_id(watch)
    knobs(watch).odd = {id_: {"TicketResolvedDate": None}}
    watch.desk.resolve(id_)
    watch.run(seconds=31)
    assert watch.archived()[str(id_)] == "resolved"


def test_a_technician_keeps_the_name_when_a_row_has_only_the_number(watch: WatchDesk) -> None:
    agent = next(iter(watch.desk.directory.agents.values()))
    one, two, *_ = sorted(map(int, watch.truth()))
    watch.desk.assign(one, agent.id)
    watch.run(minutes=1)
    watch.start()
    watch.desk.assign(two, agent.id)
    knobs(watch).odd = {two: {"TechnicianFullName": None}}
    watch.run(minutes=1)
    shown = watch.ticket(two).agent
    assert shown is not None
    assert shown.name == agent.name


@pytest.mark.parametrize("lag", [30, 300])
def test_changes_that_are_listed_late_are_found(tmp_path: Path, lag: int) -> None:
    with atera(tmp_path, tickets=5, lag=lag) as watch:
        watch.run(minutes=8)
        id_ = some_id(watch)
        watch.desk.change_priority(id_, 4)
        watch.run(seconds=lag + 61)
        assert watch.ticket(id_).priority == "urgent"


def test_a_restart_asks_for_the_changes_only(watch: WatchDesk) -> None:
    watch.run(minutes=1)
    watch.start()
    watch.desk.log.clear()
    watch.run(minutes=1)
    assert {r.route for r in watch.desk.log.of()} == {"lastmodified"}
    assert watch.tickets().keys() == watch.truth()


def test_names_come_from_everybody_on_open_tickets(tmp_path: Path) -> None:
    with atera(tmp_path, tickets=1010) as watch:
        agent, requester = (
            next(reversed(people.values()))
            for people in (watch.desk.directory.agents, watch.desk.directory.requesters)
        )
        for ticket in watch.desk.open_tickets():
            if ticket.id % 100 == 0:
                watch.desk.edit(ticket.id, requester_id=requester.id, responder_id=agent.id)
        source = source_maker(None, clock=watch.clock.monotonic)("fs", watch.live.current)
        people = source.people(now=watch.clock.now)
        source.close()
        assert people["agents"] == {str(agent.id): agent.name}
        assert people["requesters"][str(requester.id)] == requester.name


def test_a_hint_at_a_ticket_is_one_look_at_it(watch: WatchDesk) -> None:
    id_ = some_id(watch)
    watch.run(minutes=6)
    before = files(watch)
    watch.watcher.nudge("fs", [str(id_)])
    watch.desk.log.clear()
    watch.run(seconds=5)
    assert [r.route for r in watch.desk.log.of("view")] == ["view"]
    assert files(watch) == before
    watch.watcher.nudge("fs", ["../../etc/passwd", "９", "99999999999999999999999"])
    watch.run(seconds=20)
    assert watch.beat()["error"] is None
    assert files(watch) == before


def test_a_key_that_sees_nothing_at_all_archives_nothing(watch: WatchDesk) -> None:
    nothing = faults.Fault(
        name="nothing to see", spoil=lambda a: replace(a, data={**a.data, "items": [], "totalItemCount": 0})
    )
    for call in ("list", "changes"):
        watch.desk.faults.add(call, nothing, times=None)
    watch.desk.faults.add(
        "view", faults.recorded(404, b"{}", {"content-type": "application/json"}), times=None
    )
    watch.run(minutes=30)
    assert watch.tickets().keys() == watch.truth()
    assert watch.archived() == {}
