"""The API for own tickets, over real HTTP, with the watcher at work."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deskwatch.local import inbox
from deskwatch.store.errors import StoreError
from deskwatch.store.history import History
from tests.door.door_desk import write_config
from tests.door.own_desk import OwnDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnDesk]:
    """Own tickets, and one ticket of a helpdesk."""
    with OwnDesk(tmp_path_factory.mktemp("own")) as desk:
        yield desk


def words(answer: Any) -> str:
    """What a refusal says."""
    said: str = answer.json()["error"]["words"]
    return said


def test_a_ticket_is_made_read_changed_and_deleted_at_the_paths_of_the_predecessor(desk: OwnDesk) -> None:
    made = desk.post("/api/tickets/", {"subject": "Beamer is dark", "priority": "high"})
    assert made.status_code == 201, made.text
    place, number = made.headers["Location"], made.json()["number"]
    assert place == f"/api/tickets/{number}/" == made.json()["href"]
    assert desk.folder.read(made.json()["key"]).subject == "Beamer is dark"

    changed = desk.patch(place, {"priority": "urgent", "category": "Hardware"})
    assert (changed.status_code, changed.json()["priority"]) == (200, "urgent")
    put = desk.ask("PUT", place, json={**changed.json(), "subject": "Beamer in room 4 is dark"})
    assert (put.status_code, put.json()["subject"]) == (200, "Beamer in room 4 is dark")
    assert put.json()["category"] == "Hardware"

    assert desk.ask("DELETE", place).status_code == 204
    assert desk.get(place).status_code == 404
    assert desk.patch(place, {"priority": "low"}).status_code == 404
    assert number not in [ticket["number"] for ticket in desk.get("/api/tickets/").json()["results"]]


def test_a_resolved_ticket_is_deleted_by_an_admin_without_being_reopened(desk: OwnDesk) -> None:
    place = desk.made()
    assert desk.patch(place, {"status": "Resolved"}, by="ana").status_code == 200
    assert desk.ask("DELETE", place, by="ana").status_code == 403
    assert desk.get(place).json()["phase"] == "resolved"
    assert desk.ask("DELETE", place).status_code == 204
    assert desk.get(place).status_code == 404
    assert desk.ask("DELETE", place).status_code == 404


def test_an_agent_whom_no_file_knows_is_taken_with_a_notice(tmp_path: Path) -> None:
    with OwnDesk(tmp_path) as desk:
        write_config(desk.home, "agents", {"7": "Ana Example"})
        desk.live.refresh(now_please=True)
        made = desk.post("/api/tickets/", {"subject": "x", "agent": "Zoe"}).json()
        assert made["notice"] == "Zoe is in neither config/people.yaml nor config/agents.yaml"
        sent_back = desk.ask("PUT", made["href"], json={**made, "priority": "high"})
        assert (sent_back.status_code, sent_back.json()["priority"]) == (200, "high")
        assert "notice" not in desk.post("/api/tickets/", {"subject": "x", "agent": "7"}).json()


def test_a_ticket_is_found_by_number_in_any_case_by_id_and_by_key(desk: OwnDesk) -> None:
    place = desk.made()
    ticket = desk.get(place).json()
    for called in (ticket["number"], ticket["number"].lower(), ticket["key"], ticket["id"]):
        assert desk.get(f"/api/tickets/{called}/").json()["key"] == ticket["key"], called
    for called in ("NDB-999999", "XYZ-0001", "desk-0", "..%2F..%2Fetc%2Fpasswd", "%00", "x" * 3000, "fs-1"):
        assert desk.get(f"/api/tickets/{called}/").status_code == 404, called


def test_notes_are_kept_with_who_and_when(desk: OwnDesk) -> None:
    place = desk.made()
    answer = desk.post(place + "notes/", {"text": "Toner is ordered."}, by="mia")
    assert answer.status_code == 201
    (note,) = desk.get(place + "notes/").json()["results"]
    assert (note["by"], note["text"]) == ("mia", "Toner is ordered.")
    assert desk.post(place + "notes/", {"text": "  "}).json()["error"]["fields"] == {
        "text": ["expected a text"]
    }
    assert desk.post(place + "notes/", {"text": "x" * 20_001}).status_code == 400


def test_a_ticket_goes_from_open_over_in_progress_to_resolved_and_back(desk: OwnDesk) -> None:
    place = desk.made()
    assert desk.patch(place, {"status": "in progress"}).json()["status"]["name"] == "In progress"
    resolved = desk.patch(place, {"status": "Resolved", "note": "New lamp."})
    assert (resolved.status_code, resolved.json()["phase"]) == (200, "resolved")
    read = desk.get(place)
    assert (read.status_code, read.json()["notes"][-1]["text"]) == (200, "New lamp.")
    assert place not in [ticket["href"] for ticket in desk.get("/api/tickets/").json()["results"]]
    assert "reopen" in words(desk.patch(place, {"priority": "low"}))
    assert desk.patch(place, {"phase": "open"}).json()["phase"] == "open"


def test_a_late_ticket_wants_a_word_about_why_before_it_is_resolved(desk: OwnDesk) -> None:
    place = "/api/tickets/NDB-0001/"
    refused = desk.patch(place, {"status": "Resolved"})
    assert (refused.status_code, "a word about why is owed" in words(refused)) == (409, True)
    assert desk.patch(place, {"status": "Resolved", "note": "The part was late."}).status_code == 200


def test_who_did_what_is_in_the_history(desk: OwnDesk) -> None:
    place = desk.made(by="mia")
    desk.patch(place, {"priority": "urgent", "agent": "me"}, by="ana")
    key = desk.get(place).json()["key"]
    history = History(desk.live.current.database)
    told = {(c.field, c.by, c.old, c.new) for c in history.of_ticket(key)}
    assert ("priority", "ana", "medium", "urgent") in told
    assert ("agent", "ana", None, "Ana Example") in told


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"priority": "high"}, "subject"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"subject": "x", "priority": "very"}, "priority"),
        ({"subject": "x", "status": "Waiting vendor"}, "status"),
        ({"subject": "x", "tags": "one"}, "tags"),
        ({"subject": "x", "resolution_due_at": "tomorrow"}, "resolution_due_at"),
        ({"subject": "x", "title": "y"}, "title"),
        ({"subject": "x", "requester": {"shoe": "44"}}, "requester"),
        ({"subject": ["x"]}, "subject"),
        ({"subject": "x", "note": 7}, "note"),
        ({"subject": "x", "source": "fs2"}, "source"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_what_it_should_be(
    desk: OwnDesk, body: dict[str, Any], field: str
) -> None:
    answer = desk.post("/api/tickets/", body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()["error"]["fields"]) == [field]
    assert len(answer.json()["error"]["fields"][field][0]) > 5


def test_a_wrong_field_leaves_no_file_behind(desk: OwnDesk) -> None:
    inbox = desk.home.tickets / ".inbox"
    before = sorted(path.name for path in inbox.rglob("*"))
    assert desk.post("/api/tickets/", {"subject": "x", "priority": "very"}).status_code == 400
    assert sorted(path.name for path in inbox.rglob("*")) == before


def test_two_wrong_fields_are_both_named(desk: OwnDesk) -> None:
    fields = desk.post("/api/tickets/", {"subject": "x", "priority": "very", "tags": 5}).json()["error"][
        "fields"
    ]
    assert set(fields) == {"priority", "tags"}


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b'{"subject": "half', "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b"", "application/json", 400),
        (b"null", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"subject": NaN}', "application/json", 400),
        (b"subject=x", "application/x-www-form-urlencoded", 415),
        (b'{"subject": "x"}', "text/plain", 415),
        (b'{"subject": "' + b"x" * 70_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_in_words(
    desk: OwnDesk, data: bytes, kind: str, status: int
) -> None:
    answer = desk.ask("POST", "/api/tickets/", data=data, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert words(answer)


def test_hostile_words_are_kept_as_they_are_and_lead_nowhere(desk: OwnDesk) -> None:
    subject = "<script>alert(1)</script> {{7*7}} ../../etc \u202egnp.exe"
    ticket = desk.get(desk.made(subject, description="\x00\x1b[31m null and escape")).json()
    assert ticket["subject"].startswith("<script>alert(1)</script> {{7*7}} ../../etc")
    assert desk.get(ticket["href"]).headers["Content-Type"] == "application/json"


def test_a_ticket_of_a_helpdesk_is_read_here_and_changed_there(desk: OwnDesk) -> None:
    assert desk.get("/api/tickets/fs-17/").json()["subject"] == "VPN is slow"
    link = desk.get("/api/tickets/fs-17/").json()["url"]
    for method, body in (("PATCH", {"priority": "high"}), ("PUT", {"subject": "x"}), ("DELETE", None)):
        answer = desk.ask(method, "/api/tickets/fs-17/", json=body)
        assert (answer.status_code, answer.json()["error"]["link"]) == (409, link)
    noted = desk.post("/api/tickets/fs-17/notes/", {"text": "Called them."})
    assert (noted.status_code, noted.json()["error"]["link"]) == (409, link)
    assert desk.post("/api/tickets/", {"subject": "x", "source": "fs"}).status_code == 409


def test_a_list_shows_own_tickets_unless_others_are_asked_for(desk: OwnDesk) -> None:
    desk.made()
    keys = [ticket["key"] for ticket in desk.get("/api/tickets/").json()["results"]]
    assert keys
    assert not [key for key in keys if key.startswith("fs-")]
    everything = desk.get("/api/tickets/?source=all").json()
    assert "fs-17" in [ticket["key"] for ticket in everything["results"]]
    assert [t["key"] for t in desk.get("/api/tickets/?source=fs").json()["results"]] == ["fs-17"]
    refused = desk.get("/api/tickets/?source=nowhere")
    assert (refused.status_code, "all, desk, fs" in words(refused)) == (400, True)


def test_a_list_is_filtered_by_status_priority_agent_and_words(desk: OwnDesk) -> None:
    place = desk.made("Zebra printer prints stripes", priority="urgent", agent="Ana Example")
    desk.patch(place, {"status": "On hold"})
    for query in (
        "status=on%20hold",
        "status=on_hold",
        "priority=urgent&q=zebra",
        "agent=ana%20example&q=zebra",
        "q=STRIPES%20zebra",
    ):
        found = [ticket["href"] for ticket in desk.get(f"/api/tickets/?{query}").json()["results"]]
        assert place in found, query
    for query in ("status=pending", "priority=low&q=zebra", "agent=none&q=zebra", "q=zebra%20gnu"):
        found = [ticket["href"] for ticket in desk.get(f"/api/tickets/?{query}").json()["results"]]
        assert place not in found, query
    mine = desk.get("/api/tickets/?agent=me&q=zebra", by="ana").json()
    assert [ticket["href"] for ticket in mine["results"]] == [place]
    assert desk.get("/api/tickets/?agent=me&q=zebra", by="mia").json()["count"] == 0


def test_a_long_list_comes_in_pages_that_lead_to_each_other(desk: OwnDesk) -> None:
    made = [desk.made(f"Pagebox {number}") for number in range(3)]
    place, seen = "/api/tickets/?q=pagebox&page_size=2", list[str]()
    while place:
        page = desk.get(place).json()
        assert page["count"] == 3
        seen += [ticket["href"] for ticket in page["results"]]
        place = page["next"]
    assert sorted(seen) == sorted(made)
    for wrong in ("page=0", "page=x", "page_size=201", "page=-1", "page=١", "colour=red"):
        assert desk.get(f"/api/tickets/?{wrong}").status_code == 400, wrong
    assert desk.get("/api/tickets/?q=pagebox&page=99").json()["results"] == []


def test_the_same_key_makes_one_ticket_however_often_it_is_sent(desk: OwnDesk) -> None:
    key = {"Idempotency-Key": "form-4711"}
    answers = [desk.post("/api/tickets/", {"subject": "Only once"}, headers=key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["key"] for answer in answers}) == 1
    other = desk.post("/api/tickets/", {"subject": "Only once"}, headers=key, by="mia")
    assert other.json()["key"] != answers[0].json()["key"]
    place = answers[0].headers["Location"]
    for _ in range(2):
        assert desk.post(place + "notes/", {"text": "Once."}, headers=key).status_code == 201
    for refused in (
        desk.post(place + "notes/", {"text": "Twice."}, headers=key),
        desk.post("/api/tickets/", {"subject": "Another one"}, headers=key),
    ):
        assert refused.status_code == 422
        assert "was used for another request before" in words(refused)
    assert len(desk.get(place + "notes/").json()["results"]) == 1
    assert (
        desk.post("/api/tickets/", {"subject": "x"}, headers={"Idempotency-Key": "x" * 201}).status_code
        == 400
    )


def test_a_change_that_is_sent_again_with_its_key_is_answered_as_the_first_time(desk: OwnDesk) -> None:
    place = desk.made(agent="Ana Example")
    key = {"Idempotency-Key": "again"}
    for _ in range(2):  # the second time the priority is high already, which leaves the note
        body = {"priority": "high", "note": "Said once."}
        assert desk.patch(place, body, by="ana", headers=key).status_code == 200
    assert len(desk.get(place + "notes/").json()["results"]) == 1
    key = {"Idempotency-Key": "handed on"}
    for _ in range(2):  # the second time it is not Ana's any more
        assert desk.patch(place, {"agent": "ben"}, by="ana", headers=key).status_code == 200
    key = {"Idempotency-Key": "again"}
    answer = desk.patch(place, {"priority": "low"}, headers=key, by="ana")
    assert answer.status_code == 422
    assert "was used for another request before" in words(answer)
    assert desk.get(place).json()["priority"] == "high"
    key = {"Idempotency-Key": "gone"}
    assert [desk.ask("DELETE", place, headers=key).status_code for _ in range(2)] == [204, 204]
    assert desk.ask("DELETE", place).status_code == 404
    assert desk.get(place).status_code == 404


def test_the_same_key_at_the_same_time_makes_one_ticket(desk: OwnDesk) -> None:
    keys, key = list[str](), {"Idempotency-Key": "twins"}

    def make() -> None:
        keys.append(desk.post("/api/tickets/", {"subject": "Twin"}, headers=key).json().get("key", ""))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1, keys


def test_what_changes_nothing_writes_nothing(desk: OwnDesk) -> None:
    place = desk.made(priority="high")
    before = desk.get(place).json()
    assert desk.patch(place, {"priority": "high"}).status_code == 200
    assert desk.ask("PUT", place, json=before).status_code == 200
    assert desk.get(place).json() == before
    assert desk.patch(place, {}).status_code == 400
    assert desk.patch(place, {"created_at": "2020-01-01T00:00:00Z"}).status_code == 400


def test_a_ticket_in_hand_is_told_to_the_notifier(desk: OwnDesk) -> None:
    for called in (desk.made(), "/api/tickets/fs-17/"):
        assert desk.post(called + "ack/").status_code == 200
    wishes = [json.loads(path.read_text()) for path in (desk.home.state / "inbox").glob("own-*.json")]
    assert {(wish["op"], wish["by"]) for wish in wishes} == {("ack", "ben")}
    assert "fs-17" in {wish["ticket"] for wish in wishes}


def test_a_disk_that_refuses_is_an_error_that_promises_nothing(
    desk: OwnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StoreError("cannot write tickets/.inbox/x.json: the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "write_atomic", full)
        answer = desk.post("/api/tickets/", {"subject": "Nowhere to go"})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "/tickets/.inbox" not in answer.text
    assert desk.get("/api/tickets/?q=nowhere").json()["count"] == 0


def test_a_busy_watcher_keeps_the_write_and_says_where_to_ask(tmp_path: Path) -> None:
    with OwnDesk(tmp_path, wait="0s") as desk:
        answer = desk.post("/api/tickets/", {"subject": "Later"})
        assert answer.status_code == 202
        place = answer.headers["Location"]
        said = desk.get(place).json()
        for _ in range(100):
            said = desk.get(place).json()
            if said["state"] != "waiting":
                break
            threading.Event().wait(0.02)
        assert (said["state"], said["ticket"]["subject"]) == ("done", "Later")
        place = said["ticket"]["href"]
        assert desk.patch(place, {"priority": "very"}).status_code == 400
        late = desk.patch("/api/tickets/NDB-0001/", {"status": "Resolved"})
        for _ in range(100):
            said = desk.get(late.headers["Location"]).json()
            if said["state"] != "waiting":
                break
            threading.Event().wait(0.02)
        assert (said["state"], said["code"]) == ("refused", "conflict")
        for name in ("nothing", "..%2F..%2Fx", "x" * 300):
            assert desk.get(f"/api/outcomes/{name}/").status_code == 404


def test_own_tickets_go_on_while_a_pause_keeps_helpdesks_quiet(tmp_path: Path) -> None:
    with OwnDesk(tmp_path) as desk:
        config = json.loads((desk.home.config / "deskwatch.yaml").read_text("utf-8"))
        config["watcher"]["pause_until"] = "2999-01-01"
        (desk.home.config / "deskwatch.yaml").write_text(json.dumps(config), "utf-8")
        assert desk.live.refresh(now_please=True)
        assert desk.post("/api/tickets/", {"subject": "During the pause"}).status_code == 201


def test_without_a_source_of_own_tickets_nothing_is_kept_that_nobody_would_take(tmp_path: Path) -> None:
    with OwnDesk(tmp_path) as desk:
        fs = {"kind": "freshservice", "base_url": "http://127.0.0.1:9"}
        (desk.home.config / "sources.yaml").write_text(json.dumps({"fs": fs}), "utf-8")
        assert desk.live.refresh(now_please=True)
        for place, body in (("", {"subject": "x"}), ("fs-17/notes/", {"text": "x"}), ("fs-17/ack/", None)):
            answer = desk.post("/api/tickets/" + place, body)
            assert (answer.status_code, "kind local" in words(answer)) == (404, True)
        assert list((desk.home.tickets / ".inbox").glob("*.json")) == []
        assert desk.get("/api/tickets/?source=all").json()["count"] == 1
