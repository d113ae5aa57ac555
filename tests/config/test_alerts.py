"""``alerts.yaml``: who is told by what, checked against people, layers and channels; every example loads."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskwatch.config import CLONE, Config, Home, check, load
from deskwatch.config.limits import Rung
from tests.config.conftest import Problems, Write

PEOPLE = "people: {ana: {phone: +4915123456789, email: ana@example.com}, mia: {email: mia@example.com}}\n"
ONCALL = "layers: {primary: {shifts: [{people: [ana], start: 2026-01-01, end: 2026-12-31}]}}\n"
FILE = "channels: {log: {kind: file}}\n"


def uncommented(text: str) -> str:
    """A shipped file with its examples in force: below an empty setting, ``#  `` begins a line."""
    text = re.sub(r"^(\w+:)( \{\}| \[\])?( +#[^\n]*)?\n(?=#  )", r"\1\n", text, flags=re.MULTILINE)
    return re.sub(r"^#(?=  )", "", text, flags=re.MULTILINE)


@pytest.fixture
def everything(write: Write) -> Config:
    """The shipped files with every example in force."""
    texts = {
        name: uncommented((CLONE / "config" / f"{name}.yaml").read_text("utf-8"))
        for name in ("alerts", "people", "oncall")
    }
    names = set(re.findall(r"env:([A-Z_]+)", texts["alerts"]))
    env = {name: "topic" if "NTFY" in name else "https://hooks.example.com/x" for name in names}
    return load(write(**texts), env=env, needs=["alerts"])


def test_every_example_of_the_shipped_file_loads(everything: Config) -> None:
    assert {"sms", "whatsapp", "voice", "email", "slack"} <= set(everything.desk.channels)
    assert {"night", "on-call", "admin"} <= set(everything.desk.escalations)
    assert "big-customer" in everything.desk.rules
    assert [window.id for window in everything.desk.windows] == ["maintenance 1", "silence 1"]
    assert everything.alerts.redirect is not None
    assert everything.alerts.digests[0].time is None


def test_without_a_file_nobody_is_told_and_everything_has_its_default(tmp_path: Path) -> None:
    config = load(Home(tmp_path), env={})
    assert config.alerts.mode == "log"
    assert not config.desk.channels
    usual = {"on-call", "everyone-on-call", "assignee", "late", "explanation", "admin"}
    assert usual == set(config.desk.escalations)
    assert config.desk.only_urgent == {"sms", "voice"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "rules:\n  - id: a\n    on: [created]\n    escalation: on-cal\n",
            "4:5: rules[0].escalation: there is no escalation 'on-cal' in config/alerts.yaml. "
            'Did you mean "on-call"?',
        ),
        (
            "escalations:\n  night:\n    steps:\n      - notify: [oncall.primry]\n",
            "4:18: escalations.night.steps[0].notify[0]: there is no layer 'primry' in config/oncall.yaml. "
            'Did you mean "primary"?',
        ),
        (
            "escalations:\n  night:\n    steps:\n      - notify: [anna]\n",
            "4:18: escalations.night.steps[0].notify[0]: 'anna' is neither a person of config/people.yaml",
        ),
        ("escalations: {night: {steps: [{notify: [asignee]}]}}", 'Did you mean "assignee"?'),
        ("escalations: {night: {steps: []}}", "escalations.night.steps: "),
        ("escalations: {night: {steps: [{notify: [ana]}], repeat: 6}}", "escalations.night.repeat: "),
        ("escalations: {night: {steps: [{notify: [ana], after: 5}]}}", "a duration needs a unit: 5s, 5m"),
        (
            "escalations: {night: {steps: [{notify: [ana], channels: [lgo]}]}}\n" + FILE,
            "there is no channel 'lgo' in config/alerts.yaml. Did you mean \"log\"?",
        ),
        (
            "escalations: {night: {steps: [{notify: ['channel:lgo']}]}}\n" + FILE,
            "there is no channel 'lgo' in config/alerts.yaml. Did you mean \"log\"?",
        ),
        ("mode: redirect", "mode redirect needs redirect: with channel and to"),
        ("redirect: {channel: sms}", "redirect needs a channel sms in channels"),
        ("limits: {ladders: {sms: [5 in 15m]}}", "expected a number of messages and a time such as 5/15m"),
        ("limits: {ladders: {sms: [5/0s]}}", "the time must be longer than 0s"),
        ("limits: {ladders: {smss: [1/1m]}}", 'Did you mean "sms"?'),
        ("limits: {monthly_segments: {lgo: 5}}\n" + FILE, 'Did you mean "log"?'),
        ("maintenance: [{start: 2026-03-02, end: 2026-03-01 08:00, reason: x}]", "ends before it starts"),
        ("maintenance: [{start: 2026-03-02, end: 2026-03-03}]", "maintenance[0].reason: "),
        ("silences: [{start: 2026-03-02, reason: x}]", "silences[0].end: "),
        ("digests: [{id: a, notify: [mia], at: noon}]", "digests[0].at: expected"),
        (
            "digests: [{id: a, notify: [mia]}, {id: a, notify: [mia]}]",
            "digests: two of them have the id a",
        ),
        ("dead_man: {url: https://ping.example.com/secret}", "a secret is not written into YAML"),
        ("acknowledgement: {by: [assgned]}", 'Did you mean "assigned"?'),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, said: str, write: Write, problems: Problems) -> None:
    write(alerts=text, people=PEOPLE, oncall=ONCALL)
    (problem,) = problems()
    assert problem.startswith("config/alerts.yaml")
    assert said in problem


def test_an_own_ladder_stands_beside_the_usual_ones(write: Write) -> None:
    home = write(alerts="escalations: {late: {steps: [{notify: [ana]}]}}\n", people=PEOPLE)
    escalations = load(home, env={}).desk.escalations
    assert [step.notify for step in escalations["late"].steps] == [("ana",)]
    assert "on-call" in escalations


def test_an_own_limit_stands_beside_the_usual_ones(write: Write) -> None:
    limits = load(write(alerts="limits: {ladders: {email: [3/1h]}}\n"), env={}).alerts.limits
    assert limits.ladders["email"] == [Rung(3, timedelta(hours=1))]
    assert len(limits.ladders["sms"]) == 4


def test_an_acknowledgement_that_never_lapses_is_written_never(write: Write) -> None:
    text = "escalations: {night: {steps: [{notify: [ana]}], acknowledgement_lapses: never}}\n"
    config = load(write(alerts=text, people=PEOPLE), env={})
    assert config.desk.escalations["night"].acknowledgement_lapses is None
    assert config.desk.escalations["late"].acknowledgement_lapses == timedelta(hours=4)


def test_a_channel_that_is_switched_off_counts_as_broken(write: Write) -> None:
    config = load(write(alerts="channels: {log: {kind: file, enabled: false}}\n"), env={})
    assert config.desk.broken_channels == {"log": "it is switched off (enabled: false)"}


def test_a_window_without_a_zone_is_meant_in_that_of_the_desk(write: Write) -> None:
    text = "maintenance: [{start: 2026-07-01 22:00, end: 2026-07-02 02:00, reason: mail moves}]\n"
    (window,) = load(write(alerts=text, deskwatch="zone: Europe/Berlin\n"), env={}).desk.windows
    assert window.end - window.start == timedelta(hours=4)
    assert window.start == datetime(2026, 7, 1, 20, tzinfo=UTC)


def test_a_silence_covers_what_it_names_and_nothing_else(write: Write) -> None:
    text = """
        silences:
          - start: 2026-07-01
            end: 2026-07-02
            reason: waits for a part
            tickets: [demo-12]
            kinds: [sla_breach]
            match: [{types: [Incident]}]
            not_match: [{tags: [vip]}]
        """
    (window,) = load(write(alerts=text), env={}).desk.windows
    assert (window.tickets, window.kinds) == ({"demo-12"}, {"sla_breach"})
    assert (window.match[0].types, window.not_match[0].tags) == (("Incident",), ("vip",))


def test_a_ladder_may_have_a_last_resort_of_its_own(write: Write) -> None:
    text = "escalations: {night: {steps: [{notify: [oncall]}], last_resort: ana}}\n"
    assert load(write(alerts=text, people=PEOPLE), env={}).desk.escalations["night"].last_resort == "ana"


def test_only_texts_and_calls_are_collected(write: Write) -> None:
    text = """
        limits: {collect: 3m}
        channels:
          mail: {kind: email, host: mail.example.com, from_email: desk@example.com}
          sms: {kind: sms, account_sid: env:ACCOUNT, auth_token: env:TOKEN, sender: +12025550143}
        """
    limits = load(write(alerts=text), env={"TOKEN": "x", "ACCOUNT": f"AC{'a' * 32}"}, needs=["alerts"]).limits
    assert limits.pace("sms").collect == timedelta(minutes=3)
    assert limits.pace("mail").collect == timedelta(0)


def test_the_ping_address_of_the_dead_man_is_never_printed(write: Write) -> None:
    home = write(alerts="dead_man: {url: env:PING_URL}\n")
    config = load(home, env={"PING_URL": "https://ping.example.com/canary"}, needs=["alerts"])
    assert config.alerts.dead_man.url is not None
    assert config.alerts.dead_man.url.reveal() == "https://ping.example.com/canary"
    assert "canary" not in repr(config)


def test_a_process_that_needs_no_channel_starts_without_its_secrets(write: Write) -> None:
    account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    home = write(alerts=f"channels: {{sms: {{kind: sms, account_sid: {account}, sender: +12025550143}}}}\n")
    assert load(home, env={}, needs=["deskwatch"]).missing_secrets
    assert any("TWILIO_AUTH_TOKEN" in str(problem) for problem in check(home, env={}).problems)


# --- doubts ------------------------------------------------------------------------------------------

REACHABLE = "people: {ana: {email: ana@example.com}}\nadmins: [ana]\n"
ANA_ON_CALL = "layers: {primary: {shifts: [{people: [ana], start: 2026-01-01, end: 2036-01-01}]}}\n"
MAIL = "channels: {email: {kind: email, host: mail.example.com, from_email: desk@example.com}}\n"


def test_a_live_pager_that_can_reach_its_people_raises_no_doubt(write: Write, problems: Problems) -> None:
    write(alerts=f"mode: live\n{MAIL}", people=REACHABLE, oncall=ANA_ON_CALL)
    assert problems() == []


def test_a_person_who_is_called_like_a_role_is_doubted(write: Write, problems: Problems) -> None:
    write(people="people: {ana: {}, admin: {email: it@example.com}}\n")
    (said,) = problems()
    assert said.startswith("config/people.yaml:1:19: warning: people.admin: can never be named in notify")


def test_in_mode_log_nobody_expects_to_be_told(write: Write, problems: Problems) -> None:
    write(alerts="mode: log\n", people="people: {ana: {}}\n")
    assert problems() == []


@pytest.mark.parametrize(
    ("alerts", "people", "said"),
    [
        ("mode: live\n", REACHABLE, "alerts.yaml:1:1: warning: mode: is live, but nobody is told"),
        (
            "mode: live\nchannels: {log: {kind: file, enabled: false}}\n",
            REACHABLE,
            "alerts.yaml:1:1: warning: mode: is live, but nobody is told",
        ),
        (f"mode: live\n{MAIL}", "people: {}\n", "people.yaml:1:1: warning: people: is empty"),
        (
            f"mode: live\n{MAIL}",
            "people: {ana: {email: ana@example.com}}\nlast_resort: ana\n",
            "people.yaml:1:1: warning: admins: is empty: nobody is told when Deskwatch itself",
        ),
        (
            f"mode: live\n{MAIL}",
            REACHABLE.replace("}}", "}, ben: {}}"),
            "people.yaml:1:41: warning: people.ben: cannot be told anything: there is no address for any",
        ),
        (
            "mode: live\nchannels: {sms: {kind: sms, sender: +12025550143, auth_token: env:TOKEN,\n"
            "  account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}\n",
            "people: {ana: {phone: +4915123456789}}\nadmins: [ana]\n",
            "people.yaml:1:10: warning: people.ana: hears of urgent alerts only: there is no address besides",
        ),
    ],
)
def test_a_pager_that_reaches_nobody_is_doubted(
    alerts: str, people: str, said: str, write: Write, problems: Problems
) -> None:
    write(alerts=alerts, people=people, **({"oncall": ANA_ON_CALL} if "ana" in people else {}))
    found = problems(TOKEN="x")
    assert [said in line for line in found] == [True], found


def test_steps_that_can_never_be_anybody_are_doubted(write: Write, problems: Problems) -> None:
    write(alerts=f"mode: live\n{MAIL}", people=REACHABLE)
    why = "oncall.yaml has no layers, people.yaml names no managers"
    said = f"escalations.on-call: reaches nobody but the last resort: {why}"
    assert any(said in line for line in problems()), problems()
    write(oncall=ANA_ON_CALL)
    assert problems() == []


@pytest.mark.parametrize(
    ("hours", "digest", "said"),
    [
        ("week: {mon: 00:00-24:00, tue: 00:00-24:00, wed: 00:00-24:00, thu: 00:00-24:00, fri: 00:00-24:00, "
         "sat: 00:00-24:00, sun: 00:00-24:00}", "at: closing", "by hours.yaml the desk never closes;"),
        ("week: {mon: 08:00-17:00}", "at: closing, days: [sat]", "the desk never closes on these days;"),
        ("week: {mon: 08:00-17:00}", "at: opening, days: [sat]", "the desk never opens on these days;"),
        ("week: {mon: 08:00-17:00}", "at: closing, days: [mon]", None),
    ],
)  # fmt: skip
def test_a_digest_that_never_comes_is_doubted_at_its_line(
    write: Write, problems: Problems, hours: str, digest: str, said: str | None
) -> None:
    write(
        hours=f"calendars: {{desk: {{zone: UTC, {hours}}}}}",
        people="people: {mia: {email: mia@example.com}}",
        alerts=f"digests:\n  - {{id: evening, notify: [mia], {digest}}}",
    )
    told = [line for line in problems() if "digests[0].at" in line]
    assert len(told) == (said is not None)
    assert all("alerts.yaml:2:" in line and str(said) in line for line in told)
