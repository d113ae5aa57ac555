"""Webhooks as helpdesks post them."""

import base64
import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.door.door_desk import SECRET, DoorDesk

PROVEN = {"X-Deskwatch-Secret": SECRET}


def source(kind: str = "freshservice", **push: Any) -> dict[str, Any]:
    """A source that takes webhooks."""
    address = {"base_url": "http://127.0.0.1:9"}
    return {"kind": kind, **address, "push": {"secret": "env:HOOK_SECRET", "most_per_minute": 6000, **push}}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorDesk]:
    """One source for each way to prove a post."""
    sources = {
        "fs": source(),
        "atera": source("atera"),
        "signed": source(proof="hmac", header="X-Hub-Signature-256", prefix="sha256="),
        "signed64": source(proof="hmac", header="X-Sign", algorithm="sha1", encoding="base64"),
        "pathed": source(proof="path"),
        "said": source(id="data[0].issue"),
        "scarce": source(most_per_minute=3),
        "quiet": {"kind": "freshservice", "base_url": "http://127.0.0.1:9"},
    }
    with DoorDesk(tmp_path_factory.mktemp("door"), sources=sources) as desk:
        yield desk


def signed(body: bytes) -> dict[str, str]:
    """The header GitHub and others send."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()}


def test_a_post_with_the_secret_is_taken_at_once_and_names_its_ticket(desk: DoorDesk) -> None:
    answer = desk.post("/hooks/fs", json={"ticket_id": "#INC-103"}, headers=PROVEN)
    assert (answer.status_code, answer.json()) == (202, {"accepted": True, "ticket": "103"})
    assert desk.nudges[-1] == ("fs", ("103",))
    assert answer.elapsed.total_seconds() < 1.0


def test_a_signed_post_is_believed_and_a_changed_body_is_not(desk: DoorDesk) -> None:
    body = b'{"ticket": {"id": 7}}'
    assert desk.post("/hooks/signed", data=body, headers=signed(body)).status_code == 202
    assert desk.nudges[-1] == ("signed", ("7",))
    assert desk.post("/hooks/signed", data=body + b" ", headers=signed(body)).status_code == 404
    bare = signed(body)["X-Hub-Signature-256"].removeprefix("sha256=")
    assert desk.post("/hooks/signed", data=body, headers={"X-Hub-Signature-256": bare}).status_code == 404
    other = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha1).digest()).decode()
    assert desk.post("/hooks/signed64", data=body, headers={"X-Sign": other}).status_code == 202


def test_a_secret_in_the_address_is_enough_where_the_admin_says_so_and_only_there(desk: DoorDesk) -> None:
    assert desk.post(f"/hooks/pathed/{SECRET}", json={"id": 5}).status_code == 202
    assert desk.nudges[-1] == ("pathed", ("5",))
    assert desk.post(f"/hooks/fs/{SECRET}", json={"id": 5}).status_code == 404
    assert desk.post("/hooks/pathed", json={"id": 5}, headers=PROVEN).status_code == 404


def test_a_wrong_proof_an_unknown_source_and_one_without_push_get_the_same_answer(desk: DoorDesk) -> None:
    before = len(desk.nudges)
    answers = [
        desk.post("/hooks/fs", json={"id": 5}, headers={"X-Deskwatch-Secret": "wrong-secret-of-tests"}),
        desk.post("/hooks/fs", json={"id": 5}),
        desk.post("/hooks/signed", json={"id": 5}, headers={"X-Hub-Signature-256": "sha256=ÿ".encode()}),
        desk.post("/hooks/pathed/wrong", json={"id": 5}),
        desk.post("/hooks/quiet", json={"id": 5}, headers=PROVEN),
        desk.post("/hooks/nobody", json={"id": 5}, headers=PROVEN),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert len(desk.nudges) == before


@pytest.mark.parametrize(
    ("place", "said", "found"),
    [
        ("/hooks/fs", {"ticket": {"id": 103}}, "103"),
        ("/hooks/fs", {"freshdesk_webhook": {"ticket_id": 12}}, "12"),
        ("/hooks/fs", {"ticket_id": "SR-0103"}, "103"),
        ("/hooks/fs", {"ticket_id": "../../admin"}, None),
        ("/hooks/fs", {"ticket_id": True}, None),
        ("/hooks/fs", {"ticket_id": 10**40}, None),
        ("/hooks/fs", {"subject": "only words"}, None),
        ("/hooks/fs", ["a", "list"], None),
        ("/hooks/fs", None, None),
        ("/hooks/atera", {"TicketID": 991}, "991"),
        ("/hooks/said", {"data": [{"issue": "INC-9"}]}, "9"),
        ("/hooks/said", {"ticket_id": 5}, None),
    ],
)
def test_the_id_is_found_where_helpdesks_put_it_and_else_changes_are_asked_for(
    desk: DoorDesk, place: str, said: Any, found: str | None
) -> None:
    answer = desk.post(place, json=said, headers=PROVEN)
    assert (answer.status_code, answer.json()["ticket"]) == (202, found)
    assert desk.nudges[-1] == (place.removeprefix("/hooks/"), (found,) if found else ())


@pytest.mark.parametrize(
    "body",
    [
        b'{"ticket_id": 103, "subject": "a "quoted" printer"}',
        b"",
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b'{"a":' * 9_000,
        b"9" * 20_000,
    ],
)
def test_a_body_that_makes_no_sense_still_means_that_something_changed(desk: DoorDesk, body: bytes) -> None:
    answer = desk.post("/hooks/fs", data=body, headers={**PROVEN, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["ticket"]) == (202, None)


def test_a_form_is_read_like_json(desk: DoorDesk) -> None:
    assert desk.post("/hooks/fs", data={"ticket_id": "#INC-77"}, headers=PROVEN).json()["ticket"] == "77"


def test_a_body_that_is_too_large_is_refused_and_not_searched(desk: DoorDesk) -> None:
    before = len(desk.nudges)
    for size in (66_000, 200_000):
        body = json.dumps({"ticket_id": 5, "more": "x" * size})
        assert desk.post("/hooks/fs", data=body, headers=PROVEN).status_code == 413
    assert len(desk.nudges) == before


def test_too_many_posts_are_told_how_long_to_wait_and_strangers_use_up_nothing(desk: DoorDesk) -> None:
    for _ in range(10):
        assert desk.post("/hooks/scarce", json={"id": 1}).status_code == 404
    answers = [desk.post("/hooks/scarce", json={"id": 1}, headers=PROVEN) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert desk.nudges[-2:] == [("scarce", ("1",)), ("scarce", ())]  # changes are asked for, once
    assert desk.post("/hooks/fs", json={"id": 1}, headers=PROVEN).status_code == 202


def test_a_hundred_posts_at_once_are_all_heard(desk: DoorDesk) -> None:
    before, answers = len(desk.nudges), list[int]()

    def post(number: int) -> None:
        answers.append(desk.post("/hooks/fs", json={"id": number}, headers=PROVEN).status_code)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(1, 101)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [202] * 100
    assert {ids[0] for _, ids in desk.nudges[before:]} == {str(number) for number in range(1, 101)}
    assert desk.wakes >= len(desk.nudges)


def test_a_refused_post_is_logged_once_with_its_address_and_nothing_it_said(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with DoorDesk(tmp_path, sources={"fs": source(), "p": source(proof="path")}) as desk:
        with caplog.at_level(logging.DEBUG):
            for _ in range(5):
                desk.post("/hooks/p/guess-4711", json={"canary": "body-4711"})
                desk.post("/hooks/canary-4711/x", json={})
                desk.post(f"/hooks/p/{SECRET}", json={"id": 1})
        told = [r.getMessage() for r in caplog.records if r.name.startswith("deskwatch")]
        refused = [words for words in told if "refused" in words]
        assert refused == [
            "A webhook from 127.0.0.1 was refused: the proof for source p is wrong",
            "A webhook from 127.0.0.1 was refused: no such source",
        ]
        everything = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("urllib3"))
        assert "4711" not in everything


def test_each_reason_and_source_is_logged_though_the_same_address_was_refused_just_before(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    quiet = {"kind": "freshservice", "base_url": "http://127.0.0.1:9"}
    with DoorDesk(tmp_path, sources={"fs": source(), "p": source(), "quiet": quiet}) as desk:
        for place in ("fs", "p", "quiet", "fs", "nobody", "else"):
            assert desk.post(f"/hooks/{place}", json={"id": 1}).status_code == 404
    told = [r.getMessage().rpartition(": ")[2] for r in caplog.records if "refused" in r.getMessage()]
    assert told == [
        "the proof for source fs is wrong",
        "the proof for source p is wrong",
        "source quiet has no push",
        "no such source",
    ]


def test_a_new_secret_counts_at_once_and_the_old_one_no_longer(tmp_path: Any) -> None:
    with DoorDesk(tmp_path, sources={"fs": source()}) as desk:
        desk.change("sources", {"fs": {"kind": "freshservice", "base_url": "http://127.0.0.1:9"}})
        assert desk.post("/hooks/fs", json={"id": 1}, headers=PROVEN).status_code == 404
        desk.change("sources", {"fs": source(header="X-Other")})
        assert desk.post("/hooks/fs", json={"id": 1}, headers={"X-Other": SECRET}).status_code == 202
