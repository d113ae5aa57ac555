"""The notifier's memory, on SQLite and, where there is one, on PostgreSQL."""

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Decision, Notification, NotificationState, Verdict
from deskwatch.core.people import Urgency
from deskwatch.errors import UsageError
from deskwatch.store.database import open_database, read_database
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import Batch, BrokenAddress, Outbox, SentRow
from tests.store.postgresql import postgresql_url

NOW = datetime(2026, 12, 25, 1, 10, 0, 250_000, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    where = tmp_path / "deskwatch.db" if request.param == "sqlite" else postgresql_url()
    engine = open_database(where)
    yield Outbox(engine)
    engine.dispose()


def alert(number: int = 12, **changes: object) -> Alert:
    values = {
        "key": f"demo-{number}|sla_breach:first_response|2026-12-25T01:00:00Z",
        "kind": AlertKind.SLA_BREACH,
        "rule": "breach",
        "ticket": f"demo-{number}",
        "occurred_at": NOW - timedelta(minutes=10),
        "urgency": Urgency.URGENT,
        "reason": "rule breach: the first response is late",
        "facts": {"number": str(number), "subject": "Printer \0 on fire \ud83d"},
    }
    return Alert(**values | changes)  # type: ignore[arg-type]


def raised(number: int = 12, **changes: object) -> Raised:
    values = {"alert": alert(number), "state": AlertState.OPEN, "raised_at": NOW, "next_step_at": NOW}
    return Raised(**values | changes)  # type: ignore[arg-type]


def notification(number: int = 12, **changes: object) -> Notification:
    values = {
        "id": f"n{number}",
        "code": "K7Q2",
        "alerts": (alert(number).key,),
        "person": "ana",
        "channel": "sms",
        "address": "+4915112345678",
        "urgency": Urgency.URGENT,
        "state": NotificationState.PENDING,
        "created_at": NOW,
        "text": "Ticket 12 \ud83d is late",
    }
    return Notification(**values | changes)  # type: ignore[arg-type]


def test_a_notifier_that_starts_finds_what_was_recorded(outbox: Outbox) -> None:
    assert outbox.load().fresh
    batch = Batch(raised=[raised()], created=[notification()], facts={"last_tick_at": "2026-12-25T01:10:00Z"})
    outbox.commit(batch)
    found = outbox.load()
    assert not found.fresh
    assert found.keys == {alert().key}
    assert found.facts == {"last_tick_at": "2026-12-25T01:10:00Z"}
    assert found.alerts[0].with_(alert=alert()) == raised()
    assert found.alerts[0].alert.facts["number"] == "12"
    assert found.notifications[0].with_(text="") == notification(text="")


def test_a_deadline_in_the_year_1_does_not_keep_a_notifier_from_starting(outbox: Outbox) -> None:
    never = datetime(1, 1, 1, tzinfo=UTC)
    outbox.commit(Batch(raised=(raised(alert=alert(occurred_at=never)),)))
    assert [each.alert.occurred_at for each in outbox.load().alerts] == [never]
    with outbox._engine.begin() as connection:  # as earlier versions wrote it
        connection.exec_driver_sql("UPDATE alerts SET occurred_at = '1-01-01T00:00:00.000000Z'")
    assert [each.alert.occurred_at for each in outbox.load().alerts] == [never]


def test_an_alert_that_is_recorded_is_not_raised_again(outbox: Outbox) -> None:
    outbox.commit(Batch(raised=[raised()]))
    outbox.commit(Batch(updated=[raised(state=AlertState.ACKNOWLEDGED, acknowledged_by="ana", step=2)]))
    outbox.commit(Batch(raised=[raised()]))
    (found,) = outbox.load().alerts
    assert (found.state, found.acknowledged_by, found.step) == (AlertState.ACKNOWLEDGED, "ana", 2)


def test_a_round_is_recorded_whole_or_not_at_all(outbox: Outbox) -> None:
    with pytest.raises(StoreError):
        outbox.commit(Batch(raised=[raised()], created=[notification(created_at=None)]))
    assert outbox.load().fresh


def test_finished_alerts_and_notifications_are_not_loaded_but_their_keys_are(outbox: Outbox) -> None:
    outbox.commit(Batch(raised=[raised(1), raised(2)], created=[notification(1), notification(2)]))
    outbox.commit(
        Batch(
            updated=[raised(1, state=AlertState.RESOLVED, resolved_at=NOW)],
            settled=[notification(1, state=NotificationState.DELIVERED, finished_at=NOW, sent_at=NOW)],
        )
    )
    found = outbox.load()
    assert [each.alert.ticket for each in found.alerts] == ["demo-2"]
    assert [each.id for each in found.notifications] == ["n2"]
    assert found.keys == {alert(1).key, alert(2).key}


def test_a_mail_that_nobody_can_prove_is_finished_and_pruned_like_the_others(outbox: Outbox) -> None:
    sent = notification(state=NotificationState.SENT, sent_at=NOW)
    outbox.commit(Batch(created=[sent]))
    assert [each.id for each in outbox.load().notifications] == [sent.id], "it still waits for its proof"
    outbox.commit(Batch(settled=[sent.with_(finished_at=NOW)]))
    assert outbox.load().notifications == ()
    outbox.prune(NOW + timedelta(days=1))
    assert outbox.notifications_of(sent.alerts) == ()


def test_a_message_can_be_traced_by_ticket_and_by_code(outbox: Outbox) -> None:
    told = Decision(at=NOW, alert=alert(1).key, verdict=Verdict.SEND, reason="ana is on call", person="ana")
    both = notification(1, alerts=(alert(2).key, alert(1).key))
    outbox.commit(Batch(raised=[raised(1), raised(2)], created=[both], decisions=[told]))
    (found,) = outbox.notifications_of([alert(1).key])
    assert found.alerts == (alert(2).key, alert(1).key)
    assert outbox.decisions_of([alert(1).key]) == [told]
    assert outbox.notification_of_code("k7q2") == found
    assert [each.alert.key for each in outbox.alerts_of_ticket("demo-1")] == [alert(1).key]
    assert outbox.notifications_since(NOW) == (found,)
    assert outbox.alert(alert(2).key) is not None
    assert outbox.alert("demo-3|created|x") is None


def test_limits_count_what_went_out_whatever_became_of_it(outbox: Outbox) -> None:
    sent = [
        notification(1, state=NotificationState.SENT, sent_at=NOW - timedelta(minutes=4), segments=1),
        notification(
            2,
            state=NotificationState.FAILED,
            sent_at=NOW - timedelta(minutes=2),
            segments=2,
            urgency=Urgency.NORMAL,
        ),
        notification(3),
        notification(4, state=NotificationState.SENT, sent_at=NOW - timedelta(hours=2), segments=1),
    ]
    outbox.commit(Batch(raised=[raised(n) for n in range(1, 5)], created=sent))
    rows = outbox.sent_since(NOW - timedelta(hours=1))
    assert rows == [
        SentRow(NOW - timedelta(minutes=4), "ana", "sms", 1),
        SentRow(NOW - timedelta(minutes=2), "ana", "sms", 2, Urgency.NORMAL),
    ]
    assert outbox.segments_since(NOW - timedelta(days=30), ["sms", "voice"]) == 4
    assert outbox.segments_since(NOW - timedelta(days=30), ["voice"]) == 0


def test_a_broken_address_is_remembered_until_it_is_mended(outbox: Outbox) -> None:
    bad = BrokenAddress("ana", "sms", "+4915112345678", "21211: not a phone number", NOW)
    outbox.mark_broken(bad)
    outbox.mark_broken(bad)
    assert outbox.broken() == (bad,)
    outbox.mark_mended("ana", "sms")
    assert outbox.broken() == ()


def test_pruning_keeps_the_keys_of_tickets_that_may_still_be_late(outbox: Outbox) -> None:
    long_ago = NOW - timedelta(days=100)
    over = raised(1, state=AlertState.RESOLVED, resolved_at=long_ago)
    silent = raised(2, state=AlertState.SILENT, raised_at=long_ago)
    unproven = notification(1, state=NotificationState.SENT, sent_at=long_ago)
    ended = notification(2, state=NotificationState.DELIVERED, finished_at=long_ago)
    outbox.commit(Batch(raised=[over, silent], created=[unproven, ended]))
    assert outbox.prune(NOW - timedelta(days=90)) == 1
    assert outbox.load().keys == {alert(2).key}
    assert [each.id for each in outbox.notifications_since(long_ago - timedelta(days=999))] == ["n1"]


def test_facts_are_replaced_and_forgotten(outbox: Outbox) -> None:
    outbox.commit(Batch(facts={"a": "1", "b": "2"}))
    outbox.commit(Batch(facts={"a": "3", "b": ""}))
    assert outbox.load().facts == {"a": "3"}


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "deskwatch.db"
    path.write_bytes(b"not a database at all " * 100)
    outbox = Outbox(open_database(path))
    assert outbox.load().fresh
    assert (tmp_path / "deskwatch.db.broken").read_bytes().startswith(b"not a database")


def test_a_broken_file_that_cannot_be_set_aside_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "deskwatch.db"
    path.write_bytes(b"not a database at all " * 100)
    (tmp_path / "deskwatch.db.broken").mkdir()
    with pytest.raises(StoreError, match="cannot set aside"):
        open_database(path)
    assert path.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("name", ["desk #1", "50%41", "why?mode=ro", "a&b=c", "Büro"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "deskwatch.db"
    Outbox(open_database(path)).commit(Batch(facts={"a": "b"}))
    engine = read_database(path)
    assert engine is not None
    assert Outbox(engine).load().facts == {"a": "b"}
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_processes_that_start_together_make_the_tables_once() -> None:
    url = postgresql_url()
    with ThreadPoolExecutor(4) as pool:
        for engine in pool.map(open_database, [url] * 4):
            engine.dispose()


def test_no_name_is_too_long_for_the_database(outbox: Outbox) -> None:
    long = "x" * 500
    told = raised(alert=alert(rule=long), acknowledged_via=long)
    sent = notification(id=long, code=long, bundle=long)
    outbox.commit(Batch(raised=[told], created=[sent], facts={long: "\0"}))
    assert outbox.load().alerts == (told,)
    (loaded,) = outbox.load().notifications
    assert (loaded.id, loaded.code, loaded.bundle, loaded.alerts) == (long, long, long, sent.alerts)


def test_only_this_user_reads_the_database_and_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "state" / "deskwatch.db"
    open_database(path).dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    elsewhere = tmp_path / "elsewhere.db"
    (tmp_path / "link.db").symlink_to(elsewhere)
    with pytest.raises(StoreError, match=r"link\.db"):
        open_database(tmp_path / "link.db")
    assert not elsewhere.exists()


def test_what_is_committed_survives_a_power_cut(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "deskwatch.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "2 is FULL"
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_reader_cannot_write_and_does_not_create(tmp_path: Path) -> None:
    path = tmp_path / "deskwatch.db"
    assert read_database(path) is None
    assert not path.exists()
    Outbox(open_database(path)).commit(Batch(raised=[raised()]))
    engine = read_database(path)
    assert engine is not None
    reader = Outbox(engine)
    assert reader.load().keys == {alert().key}
    with pytest.raises(StoreError, match="readonly"):
        reader.commit(Batch(raised=[raised(2)]))


def test_two_processes_may_write_to_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "deskwatch.db"
    ours, theirs = Outbox(open_database(path)), Outbox(open_database(path))
    ours.commit(Batch(raised=[raised(1)]))
    theirs.commit(Batch(raised=[raised(2)]))
    assert ours.load().keys == {alert(1).key, alert(2).key}


def test_an_error_of_the_database_shows_nobodys_text(tmp_path: Path) -> None:
    outbox = Outbox(open_database(tmp_path / "deskwatch.db"))
    with sqlite3.connect(tmp_path / "deskwatch.db") as other:
        other.execute("DROP TABLE told")
    with pytest.raises(StoreError) as problem:
        outbox.commit(Batch(raised=[raised()], created=[notification()]))
    assert "told" in str(problem.value)
    assert "+4915112345678" not in f"{problem.value!r}{problem.value.__cause__}"


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/db"])
def test_a_url_that_is_none_is_refused_in_words(url: str) -> None:
    with pytest.raises(UsageError, match="expected a URL such as postgresql://"):
        open_database(url)
