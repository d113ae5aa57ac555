"""The same desk in Atera's shapes: keys, pages, statuses, lists of changes, refusals without a word."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests

from deskwatch.demo import Helpdesk, serve
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.faults import wrong_date
from deskwatch.demo.limits import RetryAfter
from deskwatch.demo.statuses import MERGED


@dataclass
class Asked:
    """A client of one account."""

    url: str
    desk: Helpdesk

    def __call__(self, path: str, *, headers: Any = None, **query: Any) -> requests.Response:
        """One GET with the demo key, or other headers."""
        key = {"X-API-KEY": "demo"} if headers is None else headers
        return requests.get(
            f"{self.url}/api/v3{path}", params=query, headers=key, timeout=10, allow_redirects=False
        )

    def ids(self, path: str = "/tickets", **query: Any) -> list[int]:
        """Ids on all pages."""
        found, page = list[int](), 1
        while True:
            body = self(path, page=page, **query).json()
            found += [row["TicketID"] for row in body["items"]]
            if page >= body["totalPages"]:
                return found
            page += 1

    @property
    def switches(self) -> AteraSwitches:
        """The knobs of the account."""
        assert isinstance(self.desk.switches, AteraSwitches)
        return self.desk.switches


@pytest.fixture
def ask(make_desk: Any) -> Iterator[Asked]:
    desk = make_desk(switches=AteraSwitches(), plan="atera")
    with serve(desk) as server:
        yield Asked(server.url, desk)


def test_a_key_goes_into_either_header_and_a_refusal_has_no_byte(ask: Asked) -> None:
    assert ask("/tickets").status_code == 200
    assert ask("/tickets", headers={"Authorization": "Bearer demo"}).status_code == 200
    for headers in ({}, {"X-API-KEY": "wrong"}, {"Authorization": "Basic demo"}):
        answer = ask("/tickets", headers=headers)
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["content-length"] == "0"
        assert not {"www-authenticate", "content-type"} & {name.lower() for name in answer.headers}
    ask.switches.accepts = "bearer"
    assert ask("/tickets").status_code == 401
    ask.switches.accepts = "x-api-key"
    assert ask("/tickets", headers={"Authorization": "Bearer demo"}).status_code == 401
    ask.desk.revoke_key()
    assert ask("/tickets").status_code == 401


def test_a_page_has_20_rows_and_50_at_most(ask: Asked) -> None:
    for _ in range(60):
        ask.desk.create_ticket()
    body = ask("/tickets").json()
    assert list(body) == [
        "items", "totalItemCount", "page", "itemsInPage", "totalPages", "prevLink", "nextLink"
    ]  # fmt: skip
    assert (len(body["items"]), body["totalItemCount"], body["totalPages"]) == (20, 60, 3)
    assert (body["prevLink"], body["nextLink"].endswith("/api/v3/tickets?page=2")) == ("", True)
    body = ask("/tickets", itemsInPage=100).json()
    assert (body["itemsInPage"], len(body["items"])) == (50, 50)
    ask.switches.too_many_rows = "400"
    answer = ask("/tickets", itemsInPage=51)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert ask("/tickets", page=9).json()["items"] == []
    for bad in ("0", "-1", "x", "1.0"):
        assert ask("/tickets", page=bad).status_code == 400


@pytest.mark.parametrize("how", ["empty", "null", "absent"])
def test_the_last_page_has_no_next(ask: Asked, how: Any) -> None:
    ask.switches.last_link = how
    body = ask("/tickets").json()
    assert body.get("nextLink") == ("" if how == "empty" else None)
    assert ("nextLink" in body) == (how != "absent")


def test_pages_fit_together_in_an_order_nobody_can_rely_on(ask: Asked) -> None:
    made = [ask.desk.create_ticket().id for _ in range(45)]
    shuffled = ask.ids()
    assert sorted(shuffled) == made != shuffled
    ask.switches.order_seed = 2
    assert ask.ids() != shuffled
    ask.switches.order = "desc"
    assert ask.ids() == made[::-1]


def test_a_status_is_found_by_its_text_to_the_letter(ask: Asked) -> None:
    ask.desk.create_ticket()
    assert len(ask.ids(ticketStatus="Open")) == 1
    assert ask.ids(ticketStatus="open") == []
    assert ask.ids(ticketStatus="No such status") == []
    ask.switches.any_case = True
    assert len(ask.ids(ticketStatus="oPEN")) == 1


def test_changes_since_a_date_are_listed_late_and_never_name_what_was_deleted(ask: Asked, clock: Any) -> None:
    one, two = ask.desk.create_ticket(), ask.desk.create_ticket(created_at=clock.now - timedelta(days=2))
    since = clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ask.ids("/tickets/lastmodified", date=since) == [one.id]
    assert ask.ids("/tickets/lastmodified") == [one.id]
    clock.pass_(minutes=1)
    ask.switches.index_lag = timedelta(seconds=30)
    ask.desk.reply(two.id)
    ask.desk.purge(one.id)
    assert ask.ids("/tickets/lastmodified", date=since) == []
    clock.pass_(seconds=30)
    assert ask.ids("/tickets/lastmodified", date=since) == [two.id]
    assert ask(f"/tickets/{one.id}").status_code == 404


def test_a_date_that_is_none_is_refused_and_old_apis_know_no_changes(ask: Asked) -> None:
    assert ask("/tickets/lastmodified", date="soon").status_code == 400
    ask.switches.bad_date = 500
    answer = ask("/tickets/lastmodified", date="soon")
    assert (answer.status_code, answer.content) == (500, b"")
    ask.switches.has_lastmodified = ask.switches.has_account = False
    assert ask("/tickets/lastmodified").json()["title"] == "Not Found"
    assert ask("/account").status_code == 404


def test_statusmodified_is_the_list_of_what_is_over(ask: Asked) -> None:
    open_, over, merged = (ask.desk.create_ticket() for _ in range(3))
    ask.desk.resolve(over.id)
    ask.desk.change_status(merged.id, MERGED)
    assert ask.ids("/tickets/statusmodified", date="2030-01-01") == [over.id]
    assert ask(f"/tickets/{merged.id}").json()["TicketStatus"] == "Merged"
    assert open_.id in ask.ids()


def test_comments_and_relations_are_there_when_asked_for(ask: Asked) -> None:
    id_ = ask.desk.create_ticket().id
    ask.desk.reply(id_, "Done <soon>")
    ask.desk.note(id_)

    def row(path: str = "/tickets/lastmodified", **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = ask(path, **query).json()["items"][0]
        return found

    assert row(includeComments="true")["LastTechnicianComment"] == "<div>Done &lt;soon&gt;</div>"
    assert row()["LastTechnicianCommentTimestamp"] is None
    ask.switches.hidden_comments = "absent"
    assert "LastTechnicianCommentTimestamp" not in row()
    assert "RelationType" not in row()
    assert row("/tickets", includeRelations="true")["RelationType"] == "None"
    assert row("/tickets")["LastTechnicianCommentTimestamp"] is not None
    assert "LastTechnicianComment" not in row("/tickets/noComments")
    said = ask(f"/tickets/{id_}/comments").json()["items"]
    assert [(c["IsInternal"], c["EndUserID"]) for c in said] == [(False, None), (True, None)]


@pytest.mark.parametrize(
    ("how", "end"), [("Z", ":00Z"), ("none", ":00"), ("fraction", ":00.1234567Z"), ("offset", "+02:00")]
)
def test_dates_end_in_four_ways(ask: Asked, how: Any, end: str) -> None:
    ask.switches.dates = how
    id_ = ask.desk.create_ticket().id
    assert ask(f"/tickets/{id_}").json()["TicketCreatedDate"].endswith(end)


def test_fields_can_be_null_or_odd(ask: Asked) -> None:
    id_ = ask.desk.create_ticket().id
    ask.switches.null_fields = frozenset({"TicketTitle", "NoSuchField"})
    ask.switches.odd = {id_: {"TechnicianContactID": 0}}
    row = ask(f"/tickets/{id_}").json()
    assert (row["TicketTitle"], row["TechnicianContactID"], "NoSuchField" in row) == (None, 0, False)


def test_the_limit_is_refused_with_an_empty_text_and_never_announced(ask: Asked) -> None:
    assert not [name for name in ask("/tickets").headers if "rate" in name.lower()]
    ask.desk.limiter._used = dict.fromkeys(ask.desk.limiter._used, 700)
    answer = ask("/tickets")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (429, b"", "text/plain")
    assert answer.headers["retry-after"] == "60"
    ask.switches.retry_after = RetryAfter.ABSENT
    assert "retry-after" not in ask("/tickets").headers


def test_other_methods_and_paths_get_nothing(ask: Asked) -> None:
    answer = requests.post(f"{ask.url}/api/v3/tickets", headers={"X-API-KEY": "demo"}, timeout=10)
    assert (answer.status_code, answer.content) == (405, b"")
    assert ask("/technicians").status_code == 404


def test_agents_are_machines_and_the_account_has_a_windows_zone(ask: Asked) -> None:
    assert ask("/agents").json()["items"][0]["MachineName"] == "NW-DC-01"
    assert ask("/account").json()["TimeZoneName"] == "Eastern Standard Time"
    assert ask("/customers").json()["items"][0]["CustomerName"] == "Finance"


def test_faults_and_the_log_work_as_for_the_other_products(ask: Asked) -> None:
    ask.desk.faults.add("list", wrong_date(timedelta(hours=1)))
    ask("/tickets")
    record = ask.desk.log.of("list")[0]
    assert (record.credits, record.authorized, record.fault) == (1, True, "wrong Date")


def test_a_click_on_a_ticket_leads_to_its_page(ask: Asked) -> None:
    id_ = ask.desk.create_ticket("Mail is down").id
    assert "Mail is down" in requests.get(f"{ask.url}/new/ticket/{id_}", timeout=10).text
