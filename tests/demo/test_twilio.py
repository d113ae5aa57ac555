"""The simulated Twilio keeps the promises that the tests of delivery rely on."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from deskwatch.demo import twilio_faults as faults
from deskwatch.demo.twilio import TwilioServer, serve_twilio
from deskwatch.demo.twilio_rows import ROOT
from deskwatch.demo.twilio_state import ACCOUNT_SID, API_KEY, API_SECRET, AUTH_TOKEN, SENDER, TEMPLATE_SID
from tests import warm
from tests.demo.conftest import FakeClock

REPOSITORY = Path(__file__).resolve().parents[2]
ANA, BEN = "+12025550143", "+12025550144"
TWIML = "<Response><Say>Mail is down</Say></Response>"


class Caller:
    """Asks the API with the account's token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.auth = (ACCOUNT_SID, AUTH_TOKEN)

    def post(self, resource: str = "Messages", **form: str) -> requests.Response:
        form = {"To": ANA, "From": SENDER, **form}
        form.setdefault(*(("Body", "hi") if resource == "Messages" else ("Twiml", TWIML)))
        return self.session.post(f"{self.url}{ROOT}/{resource}.json", data=form, timeout=5)

    def get(self, path: str = "Messages", **query: str) -> Any:
        return self.session.get(f"{self.url}{ROOT}/{path}.json", params=query, timeout=5).json()

    def bodies(self, **query: str) -> list[str]:
        return [row["body"] for row in self.get(**query)["messages"]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 3, 10, 23, 59, 58, tzinfo=UTC))


@pytest.fixture
def twilio(clock: FakeClock) -> Iterator[TwilioServer]:
    with serve_twilio(clock=clock) as server:
        yield server


@pytest.fixture
def caller(twilio: TwilioServer) -> Caller:
    return Caller(twilio.url)


def wait_until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Ask again until it holds."""
    ends, pause = monotonic() + seconds, threading.Event()
    while not holds():
        assert monotonic() < ends, "it did not happen in time"
        pause.wait(0.005)


def error_of(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


def test_a_message_goes_its_way_as_time_passes(caller: Caller, clock: FakeClock) -> None:
    row = caller.post(Body="Mail is down").json()
    assert (row["status"], row["date_sent"], row["num_segments"]) == ("queued", None, "1")
    assert row["date_created"] == "Tue, 10 Mar 2026 23:59:58 +0000"
    told = [caller.get(f"Messages/{row['sid']}")["status"]]
    for _ in range(2):
        clock.pass_(seconds=1)
        told.append(caller.get(f"Messages/{row['sid']}")["status"])
    assert told == ["queued", "sent", "delivered"]


def test_a_call_goes_its_way_and_does_not_tell_what_it_says(caller: Caller, clock: FakeClock) -> None:
    row = caller.post("Calls").json()
    assert (row["status"], row["start_time"]) == ("queued", None)
    assert "Mail is down" not in json.dumps(row)
    told = []
    for _ in range(3):
        clock.pass_(seconds=4)
        told.append(caller.get(f"Calls/{row['sid']}")["status"])
    assert told == ["in-progress", "in-progress", "completed"]


def test_a_number_has_the_fate_a_test_gives_it(
    twilio: TwilioServer, caller: Caller, clock: FakeClock
) -> None:
    twilio.fate(ANA, "undelivered", 30003, after=60)
    sids = [caller.post(To=number).json()["sid"] for number in (ANA, BEN)]
    clock.pass_(seconds=59)
    assert [caller.get(f"Messages/{sid}")["status"] for sid in sids] == ["sent", "delivered"]
    clock.pass_(seconds=1)
    row = caller.get(f"Messages/{sids[0]}")
    assert (row["status"], row["error_code"]) == ("undelivered", 30003)


def test_lists_are_newest_first_and_know_their_filters(caller: Caller, clock: FakeClock) -> None:
    caller.post(Body="one")
    clock.pass_(seconds=3)
    caller.post(Body="two")
    caller.post(Body="ben's", To=BEN)
    clock.pass_(seconds=5)
    assert caller.bodies() == ["ben's", "two", "one"]
    assert caller.bodies(To=ANA) == ["two", "one"]
    assert caller.bodies(From=BEN) == []
    assert caller.bodies(DateSent="2026-03-10") == ["one"]
    assert caller.bodies(**{"DateSent>": "2026-03-11"}) == ["ben's", "two"]
    assert caller.bodies(**{"DateSent<": "2026-03-10T23:00:00Z"}) == ["one"]


def test_what_was_not_sent_yet_has_no_day(caller: Caller) -> None:
    caller.post()
    caller.post("Calls")
    assert caller.bodies(To=ANA) == ["hi"]
    assert caller.bodies(To=ANA, DateSent="2026-03-10") == []
    assert caller.get("Calls", StartTime="2026-03-10")["calls"] == []


def test_pages_stay_stable_while_messages_come_in(caller: Caller) -> None:
    for number in range(7):
        caller.post(Body=str(number))
    page = caller.get(PageSize="3", To=ANA)
    seen = [row["body"] for row in page["messages"]]
    while page["next_page_uri"]:
        caller.post(Body="new")
        page = caller.session.get(caller.url + page["next_page_uri"], timeout=5).json()
        seen += [row["body"] for row in page["messages"]]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_lists_lag_and_single_messages_do_not(twilio: TwilioServer, caller: Caller, clock: FakeClock) -> None:
    twilio.switches.list_lag = 3
    sid = caller.post().json()["sid"]
    assert caller.bodies() == []
    assert caller.get(f"Messages/{sid}")["sid"] == sid
    clock.pass_(seconds=3)
    assert caller.bodies() == ["hi"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"To": ""}, (400, 21604)),
        ({"To": "2025550143"}, (400, 21211)),
        ({"To": "+15005550009"}, (400, 21614)),
        ({"From": ""}, (400, 21603)),
        ({"From": "+12025550999"}, (400, 21606)),
        ({"From": "+15005550008"}, (429, 21611)),
        ({"Body": ""}, (400, 21602)),
        ({"Body": "x" * 1601}, (400, 21617)),
        ({"Boddy": "typing"}, (400, 20001)),
        ({"ValidityPeriod": "36001"}, (400, 20001)),
        ({"To": f"whatsapp:{ANA}"}, (400, 21910)),
        ({"ContentSid": "HX1", "ContentVariables": "{}"}, (400, 21655)),
        ({"ContentSid": TEMPLATE_SID, "ContentVariables": '{"1": "a\\nb"}'}, (400, 21656)),
        ({"ContentSid": TEMPLATE_SID, "ContentVariables": '{"1": ""}'}, (400, 21656)),
    ],
)
def test_a_bad_message_is_refused(
    twilio: TwilioServer, caller: Caller, form: dict[str, str], error: Any
) -> None:
    assert error_of(caller.post(**form)) == error
    assert twilio.messages == []


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"To": ""}, (400, 21201)),
        ({"Twiml": ""}, (400, 21205)),
        ({"Twiml": "<Response><Say>a & b</Say></Response>"}, (400, 12100)),
        ({"Twiml": f"<Response>{'x' * 4000}</Response>"}, (400, 21219)),
        ({"Body": "x"}, (400, 20001)),
        ({"To": "+15005550001"}, (400, 21217)),
    ],
)
def test_a_bad_call_is_refused(
    twilio: TwilioServer, caller: Caller, form: dict[str, str], error: Any
) -> None:
    assert error_of(caller.post("Calls", **form)) == error
    assert twilio.calls == []


def test_only_who_knows_the_token_is_heard(twilio: TwilioServer, caller: Caller) -> None:
    for auth, status in (((ACCOUNT_SID, "wrong"), 401), ((API_KEY, API_SECRET), 201), (None, 401)):
        caller.session.auth = auth
        assert caller.post().status_code == status
    caller.session.auth = (ACCOUNT_SID, AUTH_TOKEN)
    assert caller.session.get(f"{twilio.url}/2010-04-01/Accounts/AC0.json", timeout=5).status_code == 404
    assert caller.session.delete(f"{twilio.url}{ROOT}/Messages.json", timeout=5).status_code == 405
    answer = caller.session.post(f"{twilio.url}{ROOT}/Messages.json", json={"To": ANA}, timeout=5)
    assert error_of(answer) == (415, 20015)
    assert caller.session.get(f"{twilio.url}/__messages", timeout=5).status_code == 404


def test_stop_blocks_and_start_opens_again(twilio: TwilioServer, caller: Caller) -> None:
    twilio.reply(ANA, " Stop ")
    assert error_of(caller.post()) == (400, 21610)
    assert caller.post(To=BEN).status_code == 201
    twilio.reply(ANA, "START")
    assert caller.post().status_code == 201
    inbound = caller.get(To=SENDER)["messages"]
    assert [(row["direction"], row["status"]) for row in inbound] == [("inbound", "received")] * 2


def test_whatsapp_fails_outside_the_24_hours(twilio: TwilioServer, caller: Caller, clock: FakeClock) -> None:
    address = {"To": f"whatsapp:{ANA}", "From": f"whatsapp:{SENDER}"}
    late = caller.post(**address).json()["sid"]
    twilio.reply(f"whatsapp:{ANA}", "hello")
    clock.pass_(hours=23)
    right = caller.post(**address).json()["sid"]
    clock.pass_(seconds=5)
    told = [caller.get(f"Messages/{sid}") for sid in (late, right)]
    assert [(row["status"], row["error_code"]) for row in told] == [("failed", 63016), ("delivered", None)]


def test_the_rate_limit_says_when_to_come_back(
    twilio: TwilioServer, caller: Caller, clock: FakeClock
) -> None:
    twilio.switches.per_second = 1
    assert caller.post().status_code == 201
    refused = caller.post()
    assert (error_of(refused), refused.headers["Retry-After"]) == ((429, 20429), "1")
    assert caller.post("Calls").status_code == 201
    clock.pass_(seconds=1)
    assert caller.post().status_code == 201


def test_a_fault_waits_for_its_request(twilio: TwilioServer, caller: Caller) -> None:
    twilio.faults.add(faults.server_error(503, accepts=True), times=2, skip=1, to=ANA)
    statuses = [caller.post(To=number).status_code for number in (ANA, BEN, ANA, ANA, ANA)]
    assert statuses == [201, 201, 503, 503, 201]
    assert len(twilio.messages) == 5
    assert [record.fault for record in twilio.requests] == [None, None, "503", "503", None]


def test_a_fault_may_spoil_a_share_of_the_requests(twilio: TwilioServer, caller: Caller) -> None:
    twilio.faults.add(faults.too_many_requests(), times=None, share=0.8)
    statuses = [caller.post().status_code for _ in range(200)]
    assert 140 <= statuses.count(429) <= 180
    assert len(twilio.messages) == statuses.count(201) == 200 - statuses.count(429)


@pytest.mark.parametrize(("when", "accepted"), [("completes", 1), ("drops", 0)])
def test_a_client_that_dies_while_twilio_thinks(when: Any, accepted: int) -> None:
    with serve_twilio(accept_delay=(0.1, 0.1), when_client_dies=when) as twilio:
        with socket.create_connection(twilio.url.removeprefix("http://").split(":")) as line:  # type: ignore[arg-type]
            line.sendall(_request())
        wait_until(lambda: len(twilio.requests) == 1)
        assert len(twilio.messages) == accepted
        Caller(twilio.url).post()
        assert len(twilio.messages) == accepted + 1


def test_half_a_request_is_none(twilio: TwilioServer) -> None:
    with socket.create_connection(twilio.url.removeprefix("http://").split(":")) as line:  # type: ignore[arg-type]
        line.sendall(_request()[:-5])
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    assert (twilio.messages, twilio.requests) == ([], [])


def test_many_at_once_are_all_counted(twilio: TwilioServer) -> None:
    with ThreadPoolExecutor(20) as pool:
        sids = set(pool.map(lambda _: Caller(twilio.url).post().json()["sid"], range(100)))
    assert sids == {message.sid for message in twilio.messages}
    assert len(sids) == 100


@pytest.mark.processes
def test_as_a_process_it_outlives_its_clients_and_is_controlled_over_http() -> None:
    command = [sys.executable, "-m", "deskwatch.demo.twilio", "--control", "--list-lag", "60"]
    process = warm.start(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[5]
        caller = Caller(url)

        def tell(what: str, **wish: Any) -> Any:
            return requests.post(f"{url}/__{what}", json=wish, timeout=5).json()

        tell("fault", name="server_error", status=503, accepts=True)
        assert [caller.post().status_code for _ in range(2)] == [503, 201]
        assert caller.bodies() == []
        assert tell("switches", list_lag=0)["list_lag"] == 0
        tell("fate", to=ANA, final="failed", code=30007, after=0)
        tell("reply", **{"from": ANA, "text": "ack"})
        assert caller.bodies() == ["ack", "hi", "hi"]
        assert caller.post().json()["error_code"] == 30007
        assert len(requests.get(f"{url}/__messages", timeout=5).json()) == 3
        assert [row["status"] for row in requests.get(f"{url}/__requests", timeout=5).json()][:2] == [
            503,
            201,
        ]
        assert requests.post(f"{url}/__nonsense", timeout=5).status_code == 400
        tell("reset")
        assert requests.get(f"{url}/__messages", timeout=5).json() == []
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 0


def _request() -> bytes:
    body = urlencode({"To": ANA, "From": SENDER, "Body": "hi"}).encode()
    key = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    head = (
        f"POST {ROOT}/Messages.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {key}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
