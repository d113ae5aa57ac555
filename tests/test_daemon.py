"""The loop with a settable clock, and its manners towards signals with real processes."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from deskwatch.clock import monotonic
from deskwatch.daemon import LONGEST_WAIT, PARENT_PIPE, Jobs, Loop, QueueBell

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DEADLINE = 10.0
"""Seconds a process gets before a test calls it stuck."""


def at_noon() -> datetime:
    return NOON


class TestSteps:
    def test_a_step_is_told_the_time(self) -> None:
        told: list[datetime] = []
        Loop(told.append, name="watcher", clock=at_noon).step_once()
        assert told == [NOON]

    @pytest.mark.parametrize(
        ("wanted", "waited"), [(5.0, 5.0), (None, LONGEST_WAIT), (-3.0, 0.0), (1e9, LONGEST_WAIT)]
    )
    def test_a_step_says_when_it_wants_to_be_called_again(self, wanted: float | None, waited: float) -> None:
        assert Loop(lambda now: wanted, name="watcher", clock=at_noon).step_once() == waited

    def test_a_failing_step_is_tried_again_after_ever_longer_pauses(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(now: datetime) -> None:
            raise RuntimeError("the disk is full")

        loop = Loop(fail, name="watcher", clock=at_noon)
        pauses = [loop.step_once() for _ in range(8)]
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
        assert "The watcher failed in one round" in caplog.text

    def test_one_good_round_ends_the_pauses(self) -> None:
        outcomes = iter([RuntimeError("once"), None, RuntimeError("again")])

        def step(now: datetime) -> float | None:
            outcome = next(outcomes)
            if outcome:
                raise outcome
            return None

        loop = Loop(step, name="watcher", clock=at_noon)
        assert [loop.step_once() for _ in range(3)] == [1, LONGEST_WAIT, 1]

    def test_a_waiting_loop_wakes_when_rung_and_stops_when_asked(self) -> None:
        rounds: list[datetime] = []
        first, second = threading.Event(), threading.Event()

        def step(now: datetime) -> float:
            rounds.append(now)
            (first if len(rounds) == 1 else second).set()
            return 60.0

        loop = Loop(step, name="watcher", clock=at_noon)
        runner = threading.Thread(target=loop.run)
        runner.start()
        assert first.wait(DEADLINE)
        loop.wake()
        assert second.wait(DEADLINE)
        loop.stop()
        runner.join(DEADLINE)
        assert not runner.is_alive()
        assert len(rounds) == 2

    def test_ten_rings_are_one_wake_up(self) -> None:
        bell = QueueBell()
        for _ in range(10):
            bell.kick()
        bell.wait(DEADLINE)
        quiet_from = monotonic()
        bell.wait(0.05)
        assert monotonic() - quiet_from >= 0.04, "a ring was left over"


class TestJobs:
    @pytest.fixture
    def clock(self) -> Iterator[time_machine.Traveller]:
        with time_machine.travel(NOON, tick=False) as traveller:
            yield traveller

    def test_a_job_runs_once_after_each_interval(self, clock: time_machine.Traveller) -> None:
        jobs = Jobs()
        ran: list[datetime] = []
        jobs.every(60, ran.append, name="prune")
        for second in range(0, 181, 10):
            clock.move_to(NOON + timedelta(seconds=second))
            jobs.run_due(NOON + timedelta(seconds=second))
        assert ran == [NOON + timedelta(seconds=second) for second in (60, 120, 180)]

    def test_a_job_that_raises_does_not_starve_the_others(
        self, clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
    ) -> None:
        jobs = Jobs()
        ran: list[datetime] = []
        jobs.every(60, lambda now: 1 / 0, name="broken")
        jobs.every(60, ran.append, name="sound")
        clock.shift(61)
        jobs.run_due(NOON)
        clock.shift(61)
        jobs.run_due(NOON)
        assert ran == [NOON, NOON]
        assert "The job broken failed" in caplog.text

    @pytest.mark.parametrize("step", [timedelta(hours=-2), timedelta(days=-1), timedelta(hours=-1)])
    def test_a_clock_set_back_delays_a_job_by_one_interval_at_most(
        self, clock: time_machine.Traveller, step: timedelta
    ) -> None:
        jobs = Jobs()
        ran: list[datetime] = []
        jobs.every(60, ran.append, name="prune")
        clock.shift(step)
        assert jobs.run_due(NOON) == pytest.approx(60, abs=1)
        clock.shift(61)
        jobs.run_due(NOON)
        assert ran == [NOON]

    def test_a_clock_set_forward_runs_a_job_once_not_many_times(self, clock: time_machine.Traveller) -> None:
        jobs = Jobs()
        ran: list[datetime] = []
        jobs.every(60, ran.append, name="prune")
        clock.shift(timedelta(days=3))
        jobs.run_due(NOON)
        jobs.run_due(NOON)
        assert ran == [NOON]

    def test_it_says_how_long_until_the_next_job(self, clock: time_machine.Traveller) -> None:
        jobs = Jobs()
        assert jobs.run_due(NOON) is None
        jobs.every(600, lambda now: None, name="slow")
        jobs.every(60, lambda now: None, name="quick")
        assert jobs.run_due(NOON) == pytest.approx(60, abs=1)

    def test_the_time_a_job_took_is_logged(
        self, clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        jobs = Jobs()
        jobs.every(60, lambda now: None, name="prune")
        clock.shift(61)
        jobs.run_due(NOON)
        assert "The job prune took 0." in caplog.text


PROGRAM = """
import sys, threading, time
from deskwatch import daemon, logs

def step(now):
    print("round", flush=True)
    if sys.argv[1] == "busy":
        time.sleep(60)
    return 60.0

logs.set_up("watcher")
daemon.follow_parent(grace=1.0)
daemon.Loop(step, name="watcher", reload=lambda: print("reloaded", flush=True)).run()
print("left in order", flush=True)
"""


@pytest.mark.processes
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
class TestSignals:
    @pytest.fixture
    def start(self, tmp_path: Path) -> Iterator["Start"]:
        starter = Start(tmp_path)
        yield starter
        starter.end_all()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_waiting_process_stops_in_order_when_asked(self, start: "Start", number: int) -> None:
        process = start("idle")
        process.send_signal(number)
        output, _ = process.communicate(timeout=2)
        assert process.returncode == 0
        assert output.endswith("left in order\n")

    def test_a_process_that_is_busy_stops_within_two_seconds_too(self, start: "Start") -> None:
        process = start("busy")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=2)
        assert process.returncode == 0
        assert "Stopped in the middle of a round" in output

    def test_sighup_reloads_and_the_next_round_follows_at_once(self, start: "Start") -> None:
        process = start("idle")
        process.send_signal(signal.SIGHUP)
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()] == ["reloaded\n", "round\n"]

    @pytest.mark.parametrize("manner", ["idle", "busy"])
    def test_a_process_ends_when_its_supervisor_is_gone(self, start: "Start", manner: str) -> None:
        process = start(manner, supervised=True)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(DEADLINE) is not None

    def test_a_process_without_a_supervisor_does_not_mind_a_closed_stdin(self, start: "Start") -> None:
        process = start("idle")
        process.send_signal(signal.SIGHUP)
        assert process.stdout is not None
        process.stdout.readline()
        assert process.poll() is None


class Start:
    """Starts the little program above, waits for its first round, and ends what a test leaves behind."""

    def __init__(self, folder: Path) -> None:
        self._script = folder / "program.py"
        self._script.write_text(PROGRAM)
        self._processes: list[subprocess.Popen[str]] = []

    def __call__(self, manner: str, *, supervised: bool = False) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(self._script), manner],
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(sys.path)}
            | ({PARENT_PIPE: "stdin"} if supervised else {}),
            stdin=subprocess.PIPE if supervised else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "round\n"
        return process

    def end_all(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
