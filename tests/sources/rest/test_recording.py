"""A recording keeps what is needed to find a mistake, and nothing that tells of people."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deskwatch.settings import Secret
from deskwatch.sources.http_client import Answer
from deskwatch.sources.rest.document_text import document_to_text
from deskwatch.sources.rest.recording import (
    Exchange,
    ReplayClient,
    beginning,
    for_replay,
    in_words,
    last_telling,
    proofs_in,
    save,
)
from deskwatch.sources.rest.redaction import Redactor
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.source import SourceError

HOST = "desk.canary-company.test"
KEY = "s3cret/canary+key"
CANARIES = (
    "canary", "ana", "mia", "ben", "Zoë", "Müller", "5550100", "0155", "printer", "Kaputt", KEY,
    "s3cret%2Fcanary%2Bkey", "eyJhbGciOi", "session-of-ana",
)  # fmt: skip


def settings(**changes: Any) -> RestSettings:
    plain = {
        "base_url": f"https://{HOST}",
        "secrets": {"key": Secret(KEY)},
        "auth": {"kind": "header", "headers": {"X-Key": "{key}"}},
        "tickets": {"path": "/api/tickets", "params": {"state": "open"}, "items": "tickets"},
        "fields": {"id": "id", "status": "state", "type": "kind == 'incident' && kind || 'other'"},
        "statuses": {"open": "open", "with user": "pending"},
        "priorities": {"High": "high"},
        **changes,
    }
    return RestSettings.model_validate(plain)


TOLD = {
    "id": 4711,
    "uuid": "6f1c2b7e-0a4d-4c8b-9a55-3f1e2d4c5b6a",
    "state": "With User",
    "kind": "incident",
    "priority": "High",
    "created": "2026-03-10T15:00:00.123+01:00",
    "day": "10.03.2026",
    "epoch": 1773154800,
    "subject": "Re: ana's printer is Kaputt (call 0155 5550100)",
    "html": '<p class="ana">Zoë Müller &amp; <a href="https://files.canary-company.test/ana?t=mia">here</a></p>',
    "requester": {"id": "ana", "name": "ana canary", "email": "Ana.Canary@canary-company.test"},
    "mails": ["mia@example.com", "ana.canary@canary-company.test"],
    "phone": "+1 555 0100 5550100",
    "mobile": 15555550100,
    "phones": [{"kind": "work", "number": "01555550100"}, {"number": 491555550100}, {"direct": 1555550100}],
    "by_mail": {"mia@example.com": {"seen": True}},
    "token": "eyJhbGciOiJIUzI1NiJ9.session-of-ana.abc",
    "self": f"https://{HOST}/api/tickets/4711?as=ana&state=open",
    "note": f"the key is {KEY}",
    "none": None,
    "flag": False,
    "share": 0.5,
}


def recorded(
    folder: Path, *exchanges: Exchange, salt: bytes | None = b"of this test", **changes: Any
) -> list[Any]:
    """What is stored. With a salt the words are the same at each run of the test."""
    given = settings(**changes)
    paths = save(list(exchanges), folder / "recorded", given, Redactor(given, salt=salt))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def exchange(body: Any, url: str = "/api/tickets", headers: dict[str, str] | None = None) -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(200, {"content-type": "application/json", **(headers or {})}, raw)
    return Exchange("GET", f"https://{HOST}{url}", {"state": "open"}, None, answer)


def test_no_canary_survives(tmp_path: Path) -> None:
    headers = {
        "link": f'<https://{HOST}/api/tickets?page=2&as=ana>; rel="next"',
        "set-cookie": "session-of-ana=1",
        "x-user": "ana",
        "server": "canary",
        "x-total-count": "17",
        "retry-after": "5",
    }
    recorded(tmp_path, exchange({"tickets": [TOLD]}, f"/api/people/ana?key={KEY}", headers))
    text = (tmp_path / "recorded" / "001.json").read_text("utf-8")
    assert [canary for canary in CANARIES if canary.casefold() in text.casefold()] == []
    assert '"x-total-count": "17"' in text
    assert "set-cookie" not in text


def test_what_explains_a_mistake_stays(tmp_path: Path) -> None:
    ((told,),) = [
        one["answer"]["json"]["tickets"] for one in recorded(tmp_path, exchange({"tickets": [TOLD]}))
    ]
    for name in (
        "id",
        "uuid",
        "state",
        "kind",
        "priority",
        "created",
        "day",
        "epoch",
        "none",
        "flag",
        "share",
    ):
        assert told[name] == TOLD[name], name
    assert told.keys() == TOLD.keys()


def test_a_document_can_still_be_read_in_a_recording_and_tells_nothing(tmp_path: Path) -> None:
    entry = {"type": "listItem", "content": [{"type": "text", "text": "ana's printer"}]}
    document = {"type": "doc", "content": [{"type": "bulletList", "content": [entry, entry]}]}
    fields = {"id": "id", "description": {"path": "body", "steps": ["document_to_text"]}}
    (one,) = recorded(tmp_path, exchange({"tickets": [{"id": 1, "body": document}]}), fields=fields)
    text = document_to_text(one["answer"]["json"]["tickets"][0]["body"])
    assert re.fullmatch(r"- (\w{3}'\w \w{7})\n- \1", text)
    assert "ana" not in text
    assert "printer" not in text


def test_shapes_and_lengths_stay_and_equal_words_stay_equal(tmp_path: Path) -> None:
    ((told,),) = [
        one["answer"]["json"]["tickets"] for one in recorded(tmp_path, exchange({"tickets": [TOLD]}))
    ]
    for name in ("subject", "phone", "note"):
        assert len(told[name]) == len(str(TOLD[name])) or name == "note"
        assert re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", told[name])).count(" ") == str(TOLD[name]).count(
            " "
        )
    assert len(str(told["mobile"])) == len(str(TOLD["mobile"]))
    requester = told["requester"]
    assert requester["id"] == requester["name"].split()[0]
    assert requester["email"].casefold() == told["mails"][1].casefold()
    assert requester["email"][0].isupper()
    assert re.fullmatch(r"[A-Za-z.]+@[a-z-]+\.[a-z]+", requester["email"])
    assert told["html"].startswith("<p ")
    assert "&amp;" in told["html"]


def test_two_recordings_use_different_words(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first = recorded(tmp_path, exchange({"tickets": [TOLD]}), salt=None)
    second = recorded(tmp_path / "b", exchange({"tickets": [TOLD]}), salt=None)
    assert first != second


def test_addresses_of_next_pages_still_lead_on(tmp_path: Path) -> None:
    second = f"https://{HOST}/api/tickets?state=open&cursor=session-of-ana&as=mia@example.com"
    recorded(
        tmp_path,
        exchange({"tickets": [TOLD], "next": second}),
        Exchange("GET", second, {}, None, Answer(200, {}, b'{"tickets": [], "next": null}')),
    )
    client = ReplayClient(tmp_path / "recorded", for_replay(settings()))
    first = client.send("GET", f"https://{HOST}/api/tickets", {"state": "open"}, doing="listing").decoded()
    assert first["next"].startswith(f"https://{HOST}/api/tickets?state=open&cursor=")
    assert "ana" not in first["next"].partition("?")[2]
    assert client.send("GET", first["next"], doing="listing").decoded() == {"tickets": [], "next": None}


def test_a_way_in_is_recorded_without_what_it_sent(tmp_path: Path) -> None:
    login = {
        "kind": "login",
        "path": "/login",
        "body": {"password": "{key}"},
        "value": "session",
        "send": {"X-Session": "{session}"},
    }
    asked = Exchange(
        "POST",
        f"https://{HOST}/login",
        {},
        {"password": KEY, "user": "ana"},
        Answer(200, {}, b'{"session": "session-of-ana"}'),
    )
    (told,) = recorded(tmp_path, asked, auth=login)
    assert told["request"] == {"method": "POST", "path": "/login"}
    assert "ana" not in json.dumps(told["answer"])


def test_an_answer_with_a_token_is_not_shown() -> None:
    given = settings(auth={"kind": "oauth2", "path": "/token", "params": {"client_secret": "{key}"}})
    token = Answer(200, {}, b'{"acess_token": "eyJhbGciOi"}')
    asked = Exchange("POST", f"https://{HOST}/token", {}, None, token)
    assert in_words(asked, given) == "POST /token -> 200"
    assert "eyJ" not in beginning(asked, given, str)
    asked = Exchange("POST", f"https://{HOST}/token", {}, None, Answer(400, {}, b'{"error": "bad client"}'))
    assert "bad client" in beginning(asked, given, str)


def test_an_answer_of_a_way_in_with_a_place_in_its_path_is_not_shown_either() -> None:
    path = "/{tenant}/oauth2/token"
    given = settings(auth={"kind": "oauth2", "path": path, "params": {"client_secret": "{key}"}})
    token = Answer(200, {}, b'{"acess_token": "eyJhbGciOi"}')
    asked = Exchange("POST", f"https://{HOST}/acme/oauth2/token", {}, None, token)
    assert "eyJ" not in beginning(asked, given, str)


def test_a_token_that_an_answer_repeats_is_known_and_hidden_before_the_text_is_cut() -> None:
    given = settings(auth={"kind": "oauth2", "path": "/token", "params": {"client_secret": "{key}"}})
    body = b"x" * 290 + b" eyJhbGciOiJIUzI1NiJ9.abc"
    headers = {"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.abc", "Accept": "text/plain"}
    asked = Exchange("GET", f"https://{HOST}/api", {}, None, Answer(500, {}, body), headers)
    proofs = set(proofs_in([asked], given))
    assert proofs == {"Bearer eyJhbGciOiJIUzI1NiJ9.abc", "eyJhbGciOiJIUzI1NiJ9.abc"}
    assert "eyJ" not in beginning(asked, given, lambda text: text.replace("eyJhbGciOiJIUzI1NiJ9.abc", "***"))


def test_the_answer_that_went_wrong_is_told_and_not_the_end_of_the_session() -> None:
    login = {"kind": "login", "path": "/login", "value": "s", "send": {"X-S": "{session}"}, "logout": "/out"}
    given = settings(auth=login)
    bad = Exchange("GET", f"https://{HOST}/api", {}, None, Answer(500, {}, b"broken"))
    end = Exchange("GET", f"https://{HOST}/out", {}, None, Answer(200, {}, b"{}"))
    assert last_telling([bad, end], given) is bad


def test_a_table_keeps_its_columns_and_its_cells_are_redacted(tmp_path: Path) -> None:
    csv = b'Number,"Opened by",State,Opened\r\n17,"Zo\xc3\xab, mia",with user,2026-03-10 15:00\r\n'
    (told,) = recorded(
        tmp_path, exchange(csv), tickets={"path": "/r.csv", "format": "csv"}, fields={"id": "Number"}
    )
    first, second, _ = told["answer"]["text"].split("\r\n")
    assert first == 'Number,"Opened by",State,Opened'
    assert "mia" not in second
    assert re.fullmatch(r'17,"[A-Z][a-z]{2}, [a-z]{3}",with user,2026-03-10 15:00', second)


def test_a_page_for_people_is_redacted_too(tmp_path: Path) -> None:
    (told,) = recorded(tmp_path, exchange(b"<html><title>ana's canary</title></html>"))
    assert told["answer"]["text"].startswith("<html><title>")
    assert "ana" not in told["answer"]["text"].replace("<html>", "")


def test_a_parameter_that_is_a_secret_is_left_out(tmp_path: Path) -> None:
    asked = Exchange("GET", f"https://{HOST}/api/tickets", {"api_key": KEY, "state": "open"}, None, TEN)
    (told,) = recorded(tmp_path, asked, auth={"kind": "query", "params": {"api_key": "{key}"}})
    assert told["request"]["params"] == {"state": "open"}


TEN = Answer(200, {}, b"[]")


def test_a_question_nobody_recorded_is_told(tmp_path: Path) -> None:
    recorded(tmp_path, exchange({"tickets": []}))
    client = ReplayClient(tmp_path / "recorded", settings())
    with pytest.raises(SourceError, match="the recording has no answer to GET /api/other"):
        client.send("GET", f"https://{HOST}/api/other", doing="listing")


def test_the_same_question_gets_its_answers_in_turn(tmp_path: Path) -> None:
    recorded(tmp_path, exchange([1]), exchange([2]))
    client = ReplayClient(tmp_path / "recorded", settings())
    told = [client.send("GET", f"https://{HOST}/api/tickets", {"state": "open"}, doing="x") for _ in range(3)]
    assert [answer.decoded() for answer in told] == [[1], [2], [2]]
