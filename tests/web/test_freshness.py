"""Three kinds of trouble need three different people, so the wall tells them apart in words."""

from datetime import UTC, timedelta

import pytest

from deskwatch.core.ticket import format_instant
from deskwatch.web.freshness import Patience, Signs, assess
from deskwatch.web.trouble import Level
from deskwatch.web.voice import Voice
from deskwatch.web.wording import wording
from tests.web.desk import MINUTE, NOW

SECOND = timedelta(seconds=1)
PATIENCE = Patience.for_polling(30 * SECOND, 60 * SECOND)


def heartbeat(*, beat_ago=SECOND, good_ago=5 * SECOND, **said):
    source = {"state": "ok", "last_good_at": format_instant(NOW - good_ago) if good_ago else None, **said}
    return {"beat_at": format_instant(NOW - beat_ago), "sources": {"desk": source}}


def judge(watcher, *, now=NOW, **signs):
    return assess(
        Signs(watcher=watcher, **signs),
        patience=lambda source: PATIENCE,
        now=now,
    )


def supervised(*, ago=SECOND, **children):
    return {"beat_at": format_instant(NOW - ago), "children": children}


def words(freshness, language="en"):
    """What a wall says, and behind it what the list of boards adds."""
    voice = Voice(wording(language), UTC, NOW)
    told = ((t.told(voice), t.detail) for t in freshness.troubles)
    return " | ".join(" ".join((f"{said.title}: {said.words}", *detail)) for said, detail in told)


def test_all_is_well():
    freshness = judge(heartbeat())
    assert freshness.troubles == ()
    assert freshness.level(NOW) is Level.NOTE
    assert freshness.last_good_at == NOW - 5 * SECOND


def test_a_watcher_that_never_ran_is_told():
    assert "Watcher silent" in words(judge(None))
    assert "never reported" in words(judge(None))


def test_a_silent_watcher_is_told_with_the_time_it_was_last_heard():
    said = words(judge(heartbeat(beat_ago=14 * MINUTE)))
    assert "no sign of life since 12:46" in said


def test_a_long_poll_is_not_yet_silence():
    assert judge(heartbeat(beat_ago=119 * SECOND)).troubles == ()
    assert "Watcher silent" in words(judge(heartbeat(beat_ago=120 * SECOND)))


def test_the_supervisor_knows_when_the_watcher_comes_back():
    child = {
        "state": "restarting",
        "last_exit": "killed by SIGKILL",
        "next_start_at": format_instant(NOW + MINUTE),
    }
    said = words(judge(heartbeat(beat_ago=14 * MINUTE), supervisor=supervised(watcher=child)))
    assert "It is started again at 13:01. Nothing new arrives until it runs." in said
    assert "watcher ended: killed by SIGKILL." in said, "for the list of boards"


def test_a_refusing_helpdesk_is_told_with_its_status_and_the_next_try():
    error = {"kind": "auth", "status": 401, "words": "the API key is wrong"}
    said = words(judge(heartbeat(state="failing", error=error, next_try_at=format_instant(NOW + 5 * MINUTE))))
    assert said == (
        "desk refuses the API key (HTTP 401): Nothing new comes from there until its key is replaced. "
        "Next try 13:05. desk: the API key is wrong."
    )


def test_what_a_helpdesk_says_ends_with_one_full_stop():
    error = {"kind": "auth", "words": 'the API key is refused. It says: "Log in first."'}
    assert words(judge(heartbeat(state="failing", error=error))).endswith('It says: "Log in first."')
    other = {"kind": "of a watcher to come", "words": "no idea"}
    assert words(judge(heartbeat(state="failing", error=other))) == "desk fails: no idea."


def test_a_silent_watcher_is_not_blamed_on_the_helpdesk():
    error = {"kind": "auth", "status": 401, "words": "the API key is wrong"}
    freshness = judge(heartbeat(beat_ago=14 * MINUTE, error=error))
    assert [t.kind for t in freshness.troubles] == ["watcher"]


@pytest.mark.parametrize(
    ("age", "level"),
    [(59, Level.NOTE), (60, Level.WARN), (119, Level.WARN), (120, Level.STOP), (9999, Level.STOP)],
)
def test_data_turns_amber_at_two_missed_polls_and_stale_at_four(age, level):
    assert judge(heartbeat(good_ago=age * SECOND)).level(NOW) is level


def test_the_answer_says_until_when_it_holds():
    freshness = judge(heartbeat(good_ago=5 * SECOND, beat_ago=SECOND))
    assert freshness.valid_until == NOW + 55 * SECOND
    later = judge(heartbeat(good_ago=5 * SECOND, beat_ago=SECOND), now=NOW + 55 * SECOND)
    assert later.level(NOW + 55 * SECOND) is Level.WARN
    assert later.valid_until == NOW + 115 * SECOND


def test_a_source_that_was_never_read_makes_the_age_unknown():
    freshness = judge(heartbeat(good_ago=None))
    assert freshness.last_good_at is None
    assert freshness.level(NOW) is Level.STOP


def test_doubted_unmapped_paused_and_skewed_are_told():
    said = words(
        judge(
            heartbeat(doubted={"missing": 12, "words": None}, unmapped=["status 11"], clock_skew_seconds=-300)
        )
    )
    assert "12 tickets missing from the answer of desk" in said
    assert "status 11: name them under sources.desk.statuses" in said
    assert "disagree by 300 s" in said
    paused = {**heartbeat(), "pause_until": format_instant(NOW + MINUTE)}
    assert "No helpdesk is asked until 13:01" in words(judge(paused))


def test_statuses_and_other_words_that_nobody_has_mapped_are_told_apart():
    assert "has statuses without a phase" in words(judge(heartbeat(unmapped=["status 11"])))
    both = words(judge(heartbeat(unmapped=["priority 'P1'", "status 'new'"])))
    assert "uses words that nobody has mapped" in both


def test_mistakes_in_the_configuration_and_unreadable_files_are_told():
    said = words(
        judge(
            heartbeat(),
            config_problems=["running on the configuration of 09:12", "a: b"],
            unreadable={"x.json": "cut off"},
        )
    )
    assert "running on the configuration of 09:12 a: b" in said
    assert "1 ticket file unreadable: Tickets may be missing or old. x.json: cut off" in said


@pytest.mark.parametrize(
    "beat",
    [
        {},
        {"beat_at": 7, "sources": []},
        {"beat_at": "soon", "sources": {"desk": None}},
        {
            "beat_at": format_instant(NOW),
            "sources": {"desk": {"last_good_at": [], "error": "x", "doubted": 3}},
        },
        {
            "beat_at": format_instant(NOW),
            "sources": {"desk": {"unmapped": None, "clock_skew_seconds": "x"}},
            "config": 4,
        },
    ],
)
def test_a_heartbeat_of_nonsense_is_survived(beat):
    judge(beat)


def test_fast_polling_does_not_make_the_wall_nervous():
    fast = Patience.for_polling(timedelta(seconds=0.2), timedelta(seconds=1))
    assert fast.amber_after == 5 * SECOND
    assert fast.stale_after == 10 * SECOND


def test_a_clock_set_back_does_not_make_dead_data_fresh():
    """What was written in the future proves nothing about now."""
    freshness = judge(heartbeat(beat_ago=-2 * 60 * MINUTE, good_ago=-2 * 60 * MINUTE))
    assert freshness.level(NOW) is Level.STOP
    assert [t.kind for t in freshness.troubles] == ["clock", "watcher"]
    assert all(t.level is Level.STOP for t in freshness.troubles)
    assert "Clock was set back" in words(freshness)
    assert judge(heartbeat(beat_ago=-59 * SECOND, good_ago=-59 * SECOND)).troubles == ()


def test_what_a_source_notes_is_told_quietly_in_one_line_with_each_note_once_behind_it():
    freshness = judge(heartbeat(notes=["list cut off", "list cut off", "b"]))
    assert words(freshness) == "2 notes about desk: For the administrator. desk: list cut off. desk: b."
    assert {t.level for t in freshness.troubles} == {Level.NOTE}
    assert judge(heartbeat(notes=7)).troubles == ()


def test_a_notifier_that_keeps_crashing_is_told():
    said = words(judge(heartbeat(), supervisor=supervised(notifier={"state": "failed"})))
    assert said == (
        "notifier keeps crashing: Nobody is alerted until it runs. The log of notifier says more."
    )


def test_one_crash_is_not_called_many():
    child = {"state": "restarting", "last_exit": "killed by SIGKILL"}
    said = words(judge(heartbeat(), supervisor=supervised(gui=child)))
    assert said.startswith("gui is restarting: It does nothing until it runs. gui ended: killed by SIGKILL.")


def test_what_a_supervisor_said_that_is_gone_itself_is_not_believed():
    gone = supervised(ago=61 * SECOND, notifier={"state": "failed"})
    assert judge(heartbeat(), supervisor=gone).troubles == ()


def test_a_notifier_that_hangs_is_told_with_the_time_it_was_last_heard():
    beat = {"beat_at": format_instant(NOW - 2 * MINUTE), "beat_every_seconds": 15}
    freshness = judge(heartbeat(), notifier=beat)
    said = "Notifier silent: It is not running or hangs: no sign of life since 12:58."
    assert said in words(freshness)
    assert freshness.troubles[0].level is Level.WARN, "the tickets are still true"


def test_a_notifier_may_keep_as_quiet_as_it_said():
    lately = {"beat_at": format_instant(NOW - 59 * SECOND), "beat_every_seconds": 15}
    freshness = judge(heartbeat(), notifier=lately)
    assert freshness.troubles == ()
    assert freshness.valid_until == NOW + SECOND, "then the wall looks again"
    rarely = {"beat_at": format_instant(NOW - 14 * MINUTE), "beat_every_seconds": 300}
    assert judge(heartbeat(), notifier=rarely).troubles == ()


def test_who_never_ran_a_notifier_is_not_told_about_it():
    assert judge(heartbeat(), notifier=None).troubles == ()


def test_a_silent_notifier_that_is_being_restarted_is_told_once():
    beat = {"beat_at": format_instant(NOW - 5 * MINUTE), "beat_every_seconds": 15}
    child = {
        "state": "restarting",
        "last_exit": "killed by SIGKILL",
        "next_start_at": format_instant(NOW + MINUTE),
    }
    freshness = judge(heartbeat(), notifier=beat, supervisor=supervised(notifier=child))
    assert len(freshness.troubles) == 1
    assert "It is started again at 13:01." in words(freshness)
