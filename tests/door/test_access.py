"""Who may use the API: logins, tokens, roles, limits, and how each of them ends."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from deskwatch.clock import utc_now
from deskwatch.config.users import Role
from deskwatch.door import app, passwords
from deskwatch.door import pace as pace_module
from deskwatch.door.pace import LONGEST_PENANCE, Pace, Penance
from deskwatch.door.roles import ADMIN, OFFICER, ROLES, TECHNICIAN, may
from deskwatch.door.tokens import MOST_LOGINS, TokenShelf, digest
from deskwatch.store.errors import StoreError
from tests.door.own_desk import HASH, PASSWORD, PEOPLE, OwnDesk

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnDesk]:
    """Ana is a technician, ben an admin, mia a helpdesk officer."""
    with OwnDesk(tmp_path_factory.mktemp("own")) as desk:
        yield desk


def login(desk: OwnDesk, name: str, password: str = PASSWORD, **how: Any) -> Any:
    """One try to log in."""
    return desk.post("/api-token-auth/", {"username": name, "password": password}, by=None, **how)


def bearing(token: str, scheme: str = "Token") -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"{scheme} {token}"}


# Logging in


def test_a_name_and_a_password_give_a_token_that_works(desk: OwnDesk) -> None:
    answer = login(desk, "ana")
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert re.fullmatch(r"dwt_[A-Za-z0-9_-]{43}", token)
    for scheme in ("Token", "token", "Bearer"):
        assert desk.get("/api/tickets/", by=None, headers=bearing(token, scheme)).status_code == 200
    form = desk.ask("POST", "/api-token-auth/", by=None, data={"username": "ana", "password": PASSWORD})
    assert form.status_code == 200


def test_the_file_of_tokens_holds_no_token_and_is_for_its_owner_only(desk: OwnDesk) -> None:
    token = login(desk, "ana").json()["token"]
    path = desk.home.state / "api-tokens.json"
    assert token not in path.read_text("utf-8")
    assert digest(token) in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ana", "wrong"),
        ("nobody", PASSWORD),
        ("ana", PASSWORD + "x" * 5000),
        ("ANA", PASSWORD),
        ("a\x00", "x"),
    ],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    desk: OwnDesk, name: str, password: str
) -> None:
    answer = login(desk, name, password)
    assert (answer.status_code, answer.json()["error"]["words"]) == (
        400,
        "Unable to log in with this name and password.",
    )


@pytest.mark.parametrize(
    "body", [{}, {"username": "ana"}, {"username": "ana", "password": ["x"]}, {"username": 5}]
)
def test_a_login_without_a_name_or_password_says_what_is_missing(desk: OwnDesk, body: Any) -> None:
    answer = desk.post("/api-token-auth/", body, by=None)
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) <= {"username", "password"}


def test_an_unknown_name_costs_as_much_time_as_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = list[tuple[int, int, int]]()

    def count(password: str, salt: str, cost: tuple[int, int, int]) -> str:
        costs.append(cost)
        return "0" * 128

    passwords.is_right(None, "whoever comes first makes the hash of nobody")
    monkeypatch.setattr(passwords, "_digest", count)
    passwords.is_right(HASH, "wrong")
    passwords.is_right(None, "wrong")
    assert costs == [(32768, 8, 1)] * 2


def test_a_hash_is_in_the_usual_shape() -> None:
    assert check_password_hash(HASH, PASSWORD)
    assert passwords.is_right(generate_password_hash("another one", method="scrypt"), "another one")


def test_wrong_passwords_make_the_next_try_wait_whoever_sends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace_module, "FREE_MISTAKES", -4)  # the first mistake waits 32 s already
    with OwnDesk(tmp_path) as desk:
        statuses = [login(desk, "mia", "wrong").status_code for _ in range(2)]
        assert statuses == [400, 429]
        right = login(desk, "mia")
        assert (right.status_code, int(right.headers["Retry-After"]) >= 1) == (429, True)
        assert login(desk, "ana").status_code == 200
        assert desk.get("/api/tickets/", by="mia").status_code == 200


def test_a_stranger_cannot_lock_somebody_out_for_long() -> None:
    now = [0.0]
    penance = Penance(clock=lambda: now[0])
    waits = []
    for _ in range(40):
        penance.failed("ana")
        waits.append(penance.wait("ana"))
        now[0] += waits[-1]
    assert waits[:6] == [0.0, 0.0, 1.0, 2.0, 4.0, 8.0]
    assert max(waits) == LONGEST_PENANCE
    penance.succeeded("ana")
    assert penance.wait("ana") == 0.0


def test_one_address_may_try_to_log_in_a_few_times_a_minute(tmp_path: Path) -> None:
    pace = {"reads_per_minute": 10, "writes_per_minute": 5, "logins_per_minute": 2}
    with OwnDesk(tmp_path, pace=pace) as desk:
        answers = [login(desk, f"name{number}", "wrong") for number in range(3)]
        assert [answer.status_code for answer in answers] == [400, 400, 429]
        assert int(answers[-1].headers["Retry-After"]) > 30


# Tokens and how they end


@pytest.mark.parametrize(
    "header",
    ["", "Token", "Token ", "Basic YTpi", "Token dwt_wrong", "Token " + "x" * 5000, "dwt_x", "Token a b c"],
)
def test_without_a_good_token_nothing_is_told(desk: OwnDesk, header: str) -> None:
    for method, place in (
        ("GET", "/api/tickets/"),
        ("POST", "/api/tickets/"),
        ("GET", "/api/tickets/fs-17/"),
    ):
        answer = desk.ask(method, place, by=None, headers={"Authorization": header} if header else {})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Token")
        assert "VPN" not in answer.text


def test_a_token_ends_when_its_time_is_over(desk: OwnDesk) -> None:
    shelf = TokenShelf(desk.home.state / "api-tokens.json")
    token, _ = shelf.issue("ana", life=timedelta(seconds=-1), now=utc_now())
    assert desk.get("/api/tickets/", by=None, headers=bearing(token)).status_code == 401


def test_a_token_ends_at_once_when_it_is_revoked_or_its_line_deleted(desk: OwnDesk) -> None:
    shelf = TokenShelf(desk.home.state / "api-tokens.json")
    token, issued = shelf.issue("ana", life=timedelta(days=1), now=utc_now())
    assert desk.get("/api/tickets/", by=None, headers=bearing(token)).ok
    shelf.revoke(issued.id, now=utc_now())
    assert desk.get("/api/tickets/", by=None, headers=bearing(token)).status_code == 401
    token, issued = shelf.issue("ana", life=timedelta(days=1), now=utc_now())
    told = json.loads(shelf.path.read_text("utf-8"))
    told["tokens"] = [line for line in told["tokens"] if line["id"] != issued.id]
    shelf.path.write_text(json.dumps(told), "utf-8")
    assert desk.get("/api/tickets/", by=None, headers=bearing(token)).status_code == 401


def test_tokens_end_with_their_user_and_logins_with_their_password(tmp_path: Path) -> None:
    with OwnDesk(tmp_path) as desk:
        made, logged_in = desk.token("ana"), login(desk, "ana").json()["token"]

        def works(token: str) -> bool:
            return desk.get("/api/tickets/", by=None, headers=bearing(token)).ok

        assert works(made)
        assert works(logged_in)
        other = HASH[:-1] + ("0" if HASH[-1] != "0" else "1")
        desk.change_users({"users": {**PEOPLE, "ana": {**PEOPLE["ana"], "password": other}}})
        assert (works(made), works(logged_in)) == (True, False)
        desk.change_users({"users": {**PEOPLE, "ana": {**PEOPLE["ana"], "active": False}}})
        assert not works(made)
        assert login(desk, "ana").status_code == 400
        desk.change_users({"users": PEOPLE})
        assert works(made)
        desk.change_users({"users": {"ben": PEOPLE["ben"]}})
        assert not works(made)


def test_a_token_of_users_yaml_works_until_its_day(tmp_path: Path) -> None:
    with OwnDesk(tmp_path) as desk:
        token = {"sha256": digest("dwt_of-a-form"), "role": "helpdesk_officer"}
        desk.change_users({"tokens": {"form": {**token, "expires": "2999-01-01"}}})
        made = desk.post(
            "/api/tickets/", {"subject": "From the form"}, by=None, headers=bearing("dwt_of-a-form")
        )
        assert made.status_code == 201
        assert made.json()["created_by"] == "form"
        desk.change_users({"tokens": {"form": {**token, "expires": "2020-01-01"}}})
        assert desk.get("/api/tickets/", by=None, headers=bearing("dwt_of-a-form")).status_code == 401


def test_logins_without_end_do_not_fill_the_disk(tmp_path: Path) -> None:
    shelf, now = TokenShelf(tmp_path / "api-tokens.json"), utc_now()
    tokens = [
        shelf.issue("ana", life=timedelta(days=1), now=now + timedelta(seconds=n), made_by="login")[0]
        for n in range(MOST_LOGINS + 5)
    ]
    later = now + timedelta(minutes=5)
    assert [shelf.find(token, now=later) is not None for token in tokens] == [False] * 5 + [
        True
    ] * MOST_LOGINS


def test_a_clock_that_was_ahead_for_a_while_ends_no_token_for_good(tmp_path: Path) -> None:
    shelf, now = TokenShelf(tmp_path / "api-tokens.json"), utc_now()
    token, _ = shelf.issue("cron", life=timedelta(days=1), now=now)
    shelf.issue("ana", life=timedelta(days=1), now=now + timedelta(days=30), made_by="login")
    assert shelf.find(token, now=now + timedelta(days=30)) is None
    assert shelf.find(token, now=now) is not None
    shelf.issue("ana", life=timedelta(days=1), now=now + timedelta(days=365))
    assert shelf.find(token, now=now) is None, "but not for ever"


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{"])
def test_a_file_of_tokens_that_is_broken_opens_nothing_and_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "api-tokens.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="delete it to end all tokens"):
        TokenShelf(path).find("dwt_x", now=utc_now())


@pytest.mark.parametrize("content", [b'{"tokens": 5}', b'{"tokens": [5, {}, {"id": []}]}', b"{}"])
def test_lines_of_tokens_that_make_no_sense_open_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "api-tokens.json"
    path.write_bytes(content)
    assert TokenShelf(path).find("dwt_x", now=utc_now()) is None


def test_no_password_and_no_token_reaches_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with OwnDesk(tmp_path) as desk, caplog.at_level("DEBUG"):
        token = login(desk, "ana").json()["token"]
        login(desk, "ana", "canary-password")
        desk.get("/api/tickets/", by=None, headers=bearing(token))
        desk.get("/api/tickets/", by=None, headers=bearing("dwt_canary-token"))
        desk.get("/api/tickets/?q=canary-query", by=None, headers=bearing(token))
    told = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("urllib3"))
    assert "ana logged in from 127.0.0.1" in told
    for secret in (token, PASSWORD, "canary"):
        assert secret not in told


# Roles


def test_the_table_in_the_docs_is_the_table_in_the_code() -> None:
    page = (ROOT / "docs" / "api-own-tickets.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| (yes|no) \| (yes|no) \| (yes|no) \|$", page, re.MULTILINE)
    roles: tuple[Role, ...] = (OFFICER, TECHNICIAN, ADMIN)
    assert rows == [(str(right), *("yes" if may(role, right) else "no" for role in roles)) for right in ROLES]


def test_an_officer_creates_reads_and_comments_and_no_more(desk: OwnDesk) -> None:
    place = desk.made(by="mia")
    assert desk.get(place, by="mia").ok
    assert desk.post(place + "notes/", {"text": "Called again."}, by="mia").status_code == 201
    for method, more, body in (
        ("PATCH", "", {"priority": "urgent"}),
        ("PATCH", "", {"status": "Resolved"}),
        ("PATCH", "", {"agent": "me"}),
        ("POST", "ack/", None),
        ("DELETE", "", None),
    ):
        answer = desk.ask(method, place + more, by="mia", json=body)
        assert answer.status_code == 403
        assert answer.json()["error"]["words"].startswith("mia is a helpdesk officer and may not ")
    assert desk.post("/api/tickets/", {"subject": "x", "agent": "ben"}, by="mia").status_code == 403
    assert desk.get(place).json()["priority"] == "medium"


def test_a_technician_takes_and_hands_on_work_but_does_not_give_it_out(desk: OwnDesk) -> None:
    place = desk.made()
    assert desk.patch(place, {"agent": "ben"}, by="ana").status_code == 403
    assert desk.patch(place, {"agent": "me"}, by="ana").json()["agent"]["name"] == "Ana Example"
    assert desk.post(place + "ack/", by="ana").status_code == 200
    assert desk.patch(place, {"priority": "high"}, by="ana").ok
    handed = desk.patch(place, {"agent": "ben", "note": "Needs the specialist."}, by="ana")
    assert (handed.status_code, handed.json()["agent"]["name"]) == (200, "ben")
    assert desk.patch(place, {"agent": "me"}, by="ana").ok
    assert desk.patch(place, {"agent": "ben"}).ok
    assert desk.post(place + "ack/", by="ana").status_code == 403
    assert desk.patch(place, {"agent": None}, by="ana").status_code == 403
    assert desk.ask("DELETE", place, by="ana").status_code == 403
    assert desk.patch(place, {"status": "Resolved"}, by="ana").json()["phase"] == "resolved"


def test_a_technician_cannot_smuggle_an_assignment_into_another_change(desk: OwnDesk) -> None:
    place = desk.made()
    for sneaky in ({"name": "Ana Example", "id": "ben"}, {"id": "ana example", "email": "ben@example.com"}):
        assert desk.patch(place, {"priority": "high", "agent": sneaky}, by="ana").status_code == 403
    assert desk.get(place).json()["agent"] is None


def test_a_body_cannot_say_who_sends_it_or_as_what(desk: OwnDesk) -> None:
    for more in ({"by": "ben"}, {"role": "admin"}, {"op": "delete"}, {"idempotency_key": "x"}):
        assert desk.post("/api/tickets/", {"subject": "x", **more}, by="mia").status_code == 400
    ticket = desk.post("/api/tickets/", {"subject": "x", "created_by": "ben"}, by="mia").json()
    assert ticket["created_by"] == "mia"


# Limits


def test_each_user_has_limits_of_their_own_for_reading_and_writing(tmp_path: Path) -> None:
    pace = {"reads_per_minute": 10, "writes_per_minute": 5, "logins_per_minute": 5}
    with OwnDesk(tmp_path, pace=pace) as desk:
        reads = [desk.get("/api/tickets/", by="ana").status_code for _ in range(11)]
        assert reads == [200] * 10 + [429]
        writes = [desk.post("/api/tickets/", {"subject": "x"}, by="ana") for _ in range(6)]
        assert [answer.status_code for answer in writes] == [201] * 5 + [429]
        assert 1 <= int(writes[-1].headers["Retry-After"]) <= 60
        assert "ana may write 5 times a minute" in writes[-1].json()["error"]["words"]
        assert desk.get("/api/tickets/", by="mia").json()["count"] == 6


def test_the_limits_of_the_predecessor_are_the_defaults() -> None:
    pace = app.PaceSettings()
    assert (pace.reads_per_minute, pace.writes_per_minute) == (10, 5)


def test_a_minute_later_the_same_asker_is_welcome_again() -> None:
    now = [100.0]
    pace = Pace(clock=lambda: now[0])
    assert [pace.take("reads", "ana", most=2) for _ in range(3)] == [0.0, 0.0, 60.0]
    now[0] += 59.0
    assert pace.take("reads", "ana", most=2) == pytest.approx(1.0)
    now[0] += 1.5
    assert pace.take("reads", "ana", most=2) == 0.0


def test_strangers_without_end_do_not_fill_the_memory() -> None:
    pace, penance = Pace(clock=lambda: 0.0), Penance(clock=lambda: 0.0)
    for number in range(12_000):
        pace.take("login", str(number), most=5)
        penance.failed(str(number))
    assert len(pace._asked) == len(penance._mistakes) == 10_000


def test_logins_and_the_command_line_at_the_same_time_lose_no_token(tmp_path: Path) -> None:
    path, made = tmp_path / "api-tokens.json", list[str]()

    def make() -> None:
        shelf = TokenShelf(path)  # each as another process would have it
        made.extend(shelf.issue("ana", life=timedelta(days=1), now=utc_now())[0] for _ in range(5))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shelf = TokenShelf(path)
    assert len(made) == 20
    assert all(shelf.find(token, now=utc_now()) for token in made)
