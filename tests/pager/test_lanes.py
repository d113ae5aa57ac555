import threading
from queue import SimpleQueue

import pytest

from deskwatch.channels.channel import DeliveryError
from deskwatch.core.delivery import Failure, Receipt
from deskwatch.pager.calls import Answer, Calls
from deskwatch.pager.lanes import ThreadLanes

SOON = 5.0


def test_a_provider_that_hangs_holds_up_no_other() -> None:
    lanes, hangs, done = ThreadLanes(width=2), threading.Event(), SimpleQueue[str]()
    for _ in range(4):
        lanes.submit("sms", lambda: hangs.wait(SOON))
    lanes.submit("mail", lambda: done.put("mail"))
    assert done.get(timeout=SOON) == "mail"
    hangs.set()


def test_a_lane_runs_so_many_at_a_time_and_the_rest_in_turn() -> None:
    lanes, gate, started = ThreadLanes(width=2), threading.Event(), SimpleQueue[int]()

    def job(number: int) -> None:
        started.put(number)
        gate.wait(SOON)

    for number in range(3):
        lanes.submit("sms", lambda number=number: job(number))  # type: ignore[misc]
    assert sorted(started.get(timeout=SOON) for _ in range(2)) == [0, 1]
    assert started.empty()
    gate.set()
    assert started.get(timeout=SOON) == 2


def test_nobody_waits_for_a_provider_at_the_end() -> None:
    lanes, hangs, named = ThreadLanes(), threading.Event(), SimpleQueue[bool]()
    lanes.submit("sms", lambda: (named.put(threading.current_thread().daemon), hangs.wait(SOON)))
    assert named.get(timeout=SOON) is True
    hangs.set()


def test_a_mistake_of_ours_ends_no_lane(caplog: pytest.LogCaptureFixture) -> None:
    lanes, done = ThreadLanes(width=1), SimpleQueue[str]()
    lanes.submit("sms", lambda: 1 // 0)
    lanes.submit("sms", lambda: done.put("well"))
    assert done.get(timeout=SOON) == "well"
    assert "error of our own" in caplog.text


def test_every_call_is_answered_and_the_bell_rings() -> None:
    rang = SimpleQueue[None]()
    calls = Calls(ThreadLanes(), lambda: rang.put(None))

    def refused() -> Receipt:
        raise DeliveryError("transient", "too many requests", code="20429")

    calls.ask("send", "sms", "n1", lambda: Receipt(state="sent"))
    calls.ask("send", "sms", "n2", refused)
    assert calls.is_open("sms", "n1")
    for _ in range(2):
        rang.get(timeout=SOON)
    said = {answer.about: answer.said for answer in calls.answers()}
    assert said["n1"] == Receipt(state="sent")
    assert said["n2"] == Failure(kind="transient", words="too many requests", code="20429")
    assert not calls.is_open("sms", "n1")


def test_waiting_for_answers_ends_with_the_first() -> None:
    calls = Calls(ThreadLanes(), lambda: None)
    calls.ask("send", "sms", "n1", lambda: Receipt(state="sent"))
    assert list(calls.answers(wait=SOON)) == [Answer("send", "sms", "n1", Receipt(state="sent"))]
    assert list(calls.answers(wait=0.01)) == []
