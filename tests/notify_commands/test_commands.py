"""The command line of notifier.py, typed as people do."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskwatch.clock import monotonic, utc_now
from deskwatch.core.ticket import Ticket
from deskwatch.notify import Notifier
from deskwatch.notify_commands.checking import check
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import Wake
from tests.notify_commands.terminal import ALERTS, ALWAYS_OPEN, ONCALL, Terminal


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Nothing has happened yet."""
    return Terminal(tmp_path, capsys)


@pytest.fixture
def told(terminal: Terminal) -> Iterator[Notifier]:
    """A notifier, and a late ticket that Ana was told about."""
    terminal.configure("hours", ALWAYS_OPEN)  # so that it is no matter when the test runs
    notifier = terminal.notifier()
    terminal.late_ticket(utc_now())
    until = monotonic() + 20
    while not list(notifier.ledger) or notifier.ledger.next_at() is None:
        notifier._wake = Wake(rescan=True)
        notifier.tick(utc_now())
        assert monotonic() < until, "nobody was told in time"
        threading.Event().wait(0.1)
    notifier.tick(utc_now())
    yield notifier
    notifier.close(utc_now())


def test_check_says_who_is_on_call_and_that_all_is_fine(terminal: Terminal) -> None:
    code, said = terminal.run("check")
    assert "Configuration is fine." in said
    assert "alerts.mode is log" in said
    assert "primary: Ana Lima on call" in said
    assert code == 0


def test_check_says_when_each_digest_comes_and_to_whom(terminal: Terminal) -> None:
    evening = '  - {id: evening, notify: [manager, ben, "channel:email"], at: "17:00", days: [mon]}\n'
    nobody = "  - {id: shift, notify: [oncall.secondary]}\n"
    terminal.configure("alerts", f"{ALERTS}digests:\n{evening}{nobody}")
    terminal.configure("oncall", f"{ONCALL}  secondary: {{shifts: []}}\n")
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert check(DeskView.of(terminal.home, now=now), live=False) == 1
    said = terminal.printed()
    assert "  ok  digest evening: next Mon 17:00 to mia, ben, email\n" in said
    assert "  note digest shift: next Wed 08:00 to nobody: nobody is on call in layer secondary\n" in said


def test_check_notes_that_nobody_is_ever_on_call(terminal: Terminal) -> None:
    terminal.configure("oncall", "layers: {}\n")
    assert "  note nobody is ever on call: config/oncall.yaml has no layers\n" in terminal.run("check")[1]


def test_check_finds_bad_templates_and_people_who_cannot_be_reached(terminal: Terminal) -> None:
    own = terminal.home.config / "templates"
    own.mkdir()
    (own / "sla_breach.short.txt").write_text("{{ head }}\n{{ subjekt }}", "utf-8")
    people = (terminal.home.config / "people.yaml").read_text("utf-8")
    terminal.configure("people", people.replace("mia: {addresses: {email: room-m}}", "mia: {}"))
    code, said = terminal.run("check")
    assert code == 1
    assert "NOT config/templates/sla_breach.short.txt:2: there is no subjekt here" in said
    assert "people.mia" in said
    assert "cannot be told" in said


def test_a_bad_configuration_is_told_with_its_line(terminal: Terminal) -> None:
    terminal.configure("alerts", ALERTS + "mode: liv\n")
    code, said = terminal.run("check")
    assert code == 2
    assert "config/alerts.yaml:5" in said
    assert 'Did you mean "live"?' in said


def test_check_names_the_secrets_without_which_the_notifier_does_not_start(terminal: Terminal) -> None:
    hook = "  hook: {kind: webhook, url: env:NO_SUCH_HOOK, secret: env:NO_SUCH_SECRET}\n"
    terminal.configure("alerts", ALERTS.replace("channels:\n", f"channels:\n{hook}"))
    code, said = terminal.run("check")
    assert code == 2
    assert "the environment variable NO_SUCH_HOOK is not set (nor is it in .env)" in said
    assert "Configuration is fine." not in said


def test_check_live_asks_every_channel(terminal: Terminal) -> None:
    code, said = terminal.run("check", "--live")
    assert code == 0
    assert "ok  sms: " in said
    assert "ok  email: " in said


def test_test_sends_a_real_message_whatever_the_mode(terminal: Terminal) -> None:
    code, said = terminal.run("test", "--to", "ana", "--channel", "sms")
    assert code == 0
    assert "ok  sms to Ana Lima" in said
    sent = json.loads((terminal.home.state / "sms.jsonl").read_text("utf-8"))
    assert "Deskwatch test for Ana Lima" in sent["text"]
    terminal.run("test", "--to", "ana")
    assert (terminal.home.state / "mail.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("test", "--to", "anna"), 'anna is not in config/people.yaml. Did you mean "ana"?'),
        (("test", "--to", "ana", "--channel", "smss"), 'Did you mean "sms"?'),
        (("explain", "demo-99"), "there is no ticket demo-99"),
        (("ack", "K7Q2", "--by", "ana"), "the notifier has not run yet"),
        (("silence", "demo-1"), "--until is missing"),
        (("log", "--since", "yesterday"), "expected a date and time"),
        (("silence", "demo-1", "--until", "2020-01-01"), "there is no ticket demo-1"),
    ],
)
def test_a_slip_is_answered_with_the_mend(terminal: Terminal, words: tuple[str, ...], answer: str) -> None:
    code, said = terminal.run(*words)
    assert code == 2
    assert answer in said
    assert "Traceback" not in said


def test_simulate_tells_who_would_be_told_what_and_when_and_touches_nothing(terminal: Terminal) -> None:
    file = terminal.ticket()
    before = sorted(terminal.home.path.rglob("*"))
    code, said = terminal.run("simulate", "--at", "2026-12-25 02:10:10", "--ticket", str(file))
    assert code == 0
    assert "the desk is closed (Christmas Day), opens Mon 08:00" in said
    assert "02:10:10  holiday (urgent)" in said
    assert "-> Ana Lima by sms: on call" in said
    assert "URGENT #12: came on Christmas Day" in said
    assert "02:25:10    -> mia by email" in said
    assert "02:30:00  sla_breach (urgent)" in said
    assert said.index("holiday (urgent)") < said.index("sla_breach (urgent)")
    assert sorted(terminal.home.path.rglob("*")) == before


def test_a_ticket_that_is_old_news_can_be_simulated_as_new(terminal: Terminal) -> None:
    old = {"created_at": "2026-03-02T09:00:00Z", "first_seen_at": "2026-03-02T09:00:00Z"}
    file = terminal.ticket(**old, first_response_due_at=None)
    code, said = terminal.run("simulate", "--at", "2026-12-25 02:10", "--ticket", str(file))
    assert code == 0
    assert "nothing: no rule" in said
    code, said = terminal.run("simulate", "--at", "2026-12-25 02:10", "--ticket", str(file), "--arrives")
    assert "02:10:00  holiday (urgent)" in said


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"key": "x"}', '{"key": "a", "source": "b", "id": "c", "phase": "x"}']
)
def test_a_file_without_a_ticket_is_told(terminal: Terminal, text: str) -> None:
    file = terminal.home.path / "sample.json"
    file.write_text(text, "utf-8")
    code, said = terminal.run("simulate", "--at", "2026-12-25 02:10", "--ticket", str(file))
    assert code == 2
    assert "sample.json: " in said


def test_explain_shows_clocks_record_and_what_comes_next(terminal: Terminal, told: Notifier) -> None:
    for name in ("12", "#12", "demo-12"):
        code, said = terminal.run("explain", name)
        assert code == 0
        assert "overdue: first response was due" in said
        assert "sla_breach (urgent, rule deadline-missed): open" in said
        assert "Ana Lima is told by sms: on call" in said
        assert "sms to ana: logged" in said
        raised, first = said.index("send: raised: "), said.index("Ana Lima is told by sms: on call")
        assert raised < first, "in the order in which it happened"
        assert "-> mia by email" in said


def test_explain_knows_a_ticket_that_is_in_the_archive(terminal: Terminal, told: Notifier) -> None:
    left_at = datetime(2020, 3, 10, 16, 58, tzinfo=UTC)
    assert TicketFolder(terminal.home.tickets).archive("demo-12", reason="resolved", now=left_at)
    for name in ("12", "#12", "demo-12"):
        code, said = terminal.run("explain", name)
        assert code == 0
        assert said.startswith(
            'demo-12  #12  "Mail is down"\nresolved, in the archive since 2020-03-10 17:58\n'
        )
        assert "Ana Lima is told by sms: on call" in said
        assert "No new alert comes of it" in said
        assert "-> mia by email" not in said, "nobody will be told"


def test_explain_knows_a_ticket_that_is_only_on_record_any_more(terminal: Terminal, told: Notifier) -> None:
    (terminal.home.tickets / "demo-12.json").unlink()
    for name in ("12", "demo-12"):
        code, said = terminal.run("explain", name)
        assert code == 0
        assert said.startswith("demo-12  there is no file of it any more")
        assert "sms to ana: logged" in said
    assert "there is no ticket 2" in terminal.run("explain", "2")[1]


def test_a_number_that_two_archived_tickets_have_is_asked_for(terminal: Terminal) -> None:
    folder = TicketFolder(terminal.home.tickets)
    one = Ticket.from_dict(json.loads(terminal.ticket().read_text("utf-8")))
    folder.write([one, one.with_(key="acme-12", source="acme")])
    for key in ("demo-12", "acme-12"):
        folder.archive(key, reason="resolved", now=datetime(2020, 3, 10, tzinfo=UTC))
    code, said = terminal.run("explain", "12")
    assert code == 2
    assert "12 can be acme-12 or demo-12; use one of these keys" in said
    assert terminal.run("explain", "acme-12")[0] == 0


def test_the_log_lists_messages_and_what_became_of_them(terminal: Terminal, told: Notifier) -> None:
    code, said = terminal.run("log", "--whole")
    assert code == 0
    assert "sms to Ana Lima" in said
    assert "logged" in said
    assert "first response overdue" in said
    future = terminal.run("log", "--since", "2098-01-01 00:00")
    assert future == (0, "No message since 2098-01-01 00:00.\n")


def test_ack_reaches_the_running_notifier(terminal: Terminal, told: Notifier) -> None:
    stop = threading.Event()

    def hear() -> None:
        while not stop.is_set():
            told.tick(utc_now())
            stop.wait(0.05)

    with_notifier = threading.Thread(target=hear)
    with_notifier.start()
    try:
        code, said = terminal.run("ack", "demo-12", "--by", "ana")
        assert "Ana Lima takes demo-12: created, sla breach" in said
        assert code == 0
        assert "12 was taken by" in terminal.run("ack", "12", "--by", "ben")[1]
        code, said = terminal.run("silence", "12", "--until", "4h", "--by", "ana", "--reason", "spare part")
        assert code == 0
    finally:
        stop.set()
        with_notifier.join()
    assert "demo-12: spare part" in terminal.run("silence")[1]
    assert "taken by Ana" in terminal.run("explain", "12")[1]


def test_a_wish_without_a_notifier_is_kept(terminal: Terminal, told: Notifier) -> None:
    code, said = terminal.run("ack", "demo-12", "--by", "ana")
    assert code == 1
    assert "It counts as soon as a notifier runs here" in said
    (wish,) = (terminal.home.state / "inbox").glob("*.json")
    assert json.loads(wish.read_text("utf-8")) == {"op": "ack", "ticket": "demo-12", "by": "ana"}


def test_help_names_every_command(terminal: Terminal) -> None:
    code, said = terminal.run("--help")
    assert code == 0
    for word in ("check", "test", "explain", "simulate", "ack", "silence", "log", "--once"):
        assert word in said
