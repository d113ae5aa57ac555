"""people.yaml: addresses that can be used, names that exist, and what holds when nothing is said."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from deskwatch.config import CLONE, check, load
from deskwatch.config.schema import schema_of
from deskwatch.config.strict_yaml import read_yaml
from deskwatch.core.hours import Span
from deskwatch.core.people import Absence, Contact, Urgency, Way
from tests.config.conftest import Problems, Write
from tests.config.test_shipped import as_an_editor_reads

BERLIN = ZoneInfo("Europe/Berlin")
CHANNELS = """
channels:
  sms: &twilio
    kind: sms
    account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    auth_token: env:TOKEN
    sender: +12025550143
  sms-backup: *twilio
  mail: {kind: email, host: smtp.example.com, from_email: desk@example.com}
"""


def contact(home: Path, id_: str = "ana") -> Contact:
    return load(home, env={"TZ": "Europe/Berlin"}).people[id_]


def test_a_person_is_known_by_everything_that_is_said_of_them(write: Write) -> None:
    home = write(
        people="""
        people:
          ana:
            name: Ana Example
            phone: +491701234567
            email: ana@example.com
            agents: [19000000001, " ANA "]
            urgent: [sms, {voice: 3m}, {channel: email, after: 10m}]
            normal: [email]
            quiet: {week: {mon: "00:00-07:00"}}
            mute_until: 2026-03-02 08:00
            unwanted: [created]
            absences:
              - {start: 2026-08-03, end: 2026-08-14, stand_in: ben}
              - {start: 2026-09-01 12:00, end: 2026-09-01T17:00+00:00}
          ben: {}
        groups: {Service Desk: [ana, ben], 42: [ben]}
        managers: [ben]
        admins: [ana]
        last_resort: ben
        """
    )
    ana = contact(home)
    assert ana.name == "Ana Example"
    assert ana.addresses == {
        "sms": "+491701234567",
        "whatsapp": "+491701234567",
        "voice": "+491701234567",
        "email": "ana@example.com",
    }
    assert ana.agents == {"19000000001", "ana"}
    assert ana.urgent == (
        Way("sms"),
        Way("voice", timedelta(minutes=3)),
        Way("email", timedelta(minutes=10)),
    )
    assert ana.ways(Urgency.NORMAL) == (Way("email"),)
    assert ana.quiet is not None
    assert ana.quiet.week[0] == (Span(time(0), time(7)),)
    assert ana.mute_until == datetime(2026, 3, 2, 8, tzinfo=BERLIN)
    assert ana.unwanted == {"created"}
    assert ana.absences == (
        Absence(datetime(2026, 8, 3, tzinfo=BERLIN), datetime(2026, 8, 15, tzinfo=BERLIN), "ben"),
        Absence(datetime(2026, 9, 1, 12, tzinfo=BERLIN), datetime(2026, 9, 1, 17, tzinfo=UTC)),
    )
    config = load(home, env={})
    assert config.groups == {"Service Desk": ("ana", "ben"), "42": ("ben",)}
    assert (config.managers, config.admins, config.last_resort) == (("ben",), ("ana",), "ben")


def test_a_person_without_a_phone_still_gets_mail(write: Write) -> None:
    ana = contact(write(people="people: {ana: {email: ana@example.com}}"))
    assert ana.urgent == ana.normal == (Way("email"),)


def test_without_an_own_order_text_and_mail_come_at_once_and_a_call_later(write: Write) -> None:
    ana = contact(write(people="people: {ana: {phone: +491701234567, email: ana@example.com}}"))
    assert ana.urgent == (Way("sms"), Way("email"), Way("voice", timedelta(minutes=5)))
    assert ana.normal == (Way("email"),)


def test_a_phone_number_counts_for_every_channel_of_its_kind_but_one_of_them_is_used(write: Write) -> None:
    home = write(
        alerts=CHANNELS,
        people="""
        people:
          ana: {phone: +491701234567, email: a@example.com, addresses: {sms-backup: +491721234567}}
        """,
    )
    ana = contact(home)
    assert ana.addresses == {
        "sms": "+491701234567",
        "sms-backup": "+491721234567",
        "mail": "a@example.com",
    }
    assert ana.urgent == (Way("sms"), Way("mail"))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0170 1234567", "must begin with + and the country code"),
        ("0049 170 1234567", 'Did you mean "+491701234567"?'),
        ("+49 170 1234567", 'Did you mean "+491701234567"?'),
        ("+49-(0)170-1234567", "is not"),
        ("whatsapp:+491701234567", "is not a phone number"),
        ("+4917012345６7", 'Did you mean "+491701234567"?'),
        ("+１７０", "is not a phone number"),
        ("+491701234567 ext 5", "is not a phone number"),
        ("+491701234567;5", "is not a phone number"),
        ("+491701234567x5", "is not a phone number"),
        ("+1800FLOWERS", "is not a phone number"),
        ("+49170", "is not a phone number"),
        ("+999123456789", "no country code that exists"),
        ("+4917012345678901", "is not a phone number"),
        ("491701234567", "must begin with +"),
    ],
)
def test_a_phone_number_that_is_not_e164_is_an_error_at_its_line(
    write: Write, problems: Problems, number: str, words: str
) -> None:
    write(people=f'people:\n  ana:\n    phone: "{number}"\n')
    (problem,) = problems()
    assert problem.startswith("config/people.yaml:3:5: people.ana.phone: ")
    assert words in problem


def test_a_hint_is_never_another_number(write: Write, problems: Problems) -> None:
    for number in ("+491701234567 ext 5", "+491701234567;5", "+491701234567,,5", "+４９1701234567#5"):
        write(people=f'people: {{ana: {{phone: "{number}"}}}}')
        assert "Did you mean" not in problems()[0], number


@pytest.mark.parametrize(
    "address", ["ana", "Ana <ana@example.com>", "ana@", "a@b@c", "a b@example.com", "a@b,c@d"]
)
def test_what_is_no_mail_address_is_refused(write: Write, problems: Problems, address: str) -> None:
    write(people=f'people: {{ana: {{email: "{address}"}}}}')
    assert "expected a mail address such as ana@example.com" in problems()[0]


def test_the_address_of_a_channel_is_checked_by_its_kind(write: Write, problems: Problems) -> None:
    write(
        alerts=CHANNELS,
        people="people:\n  ana:\n    addresses:\n      sms-backup: 0170 1234567\n      mail: nobody\n",
    )
    first, second = problems(TOKEN="x")
    assert first.startswith(
        "config/people.yaml:4:7: people.ana.addresses.sms-backup: '0170 1234567' is not a phone"
    )
    assert second.startswith("config/people.yaml:5:7: people.ana.addresses.mail: expected a mail address")


def test_a_landline_and_a_channel_without_an_address_are_warned_of_at_their_line(
    write: Write, problems: Problems
) -> None:
    write(people="people:\n  ana:\n    phone: +493012345678\n    urgent: [sms, email]\n")
    found = problems()
    assert [line.partition(" people.")[0] for line in found] == [
        "config/people.yaml:3:5: warning:",
        "config/people.yaml:4:19: warning:",
    ]
    assert "landline" in found[0]
    assert "there is no address for email" in found[1]


def test_a_name_in_the_helpdesk_belongs_to_one_person(write: Write, problems: Problems) -> None:
    write(people="people:\n  ana: {agents: [7, Ana]}\n  ben: {agents: [ana, 8]}\n")
    (doubt,) = problems()
    assert doubt.startswith("config/people.yaml:3:18: warning: people.ben.agents[0]: is also ana")


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ("people: {ana: {urgent: [smss]}}", 'no channel \'smss\' in config/alerts.yaml. Did you mean "sms"?'),
        ("people: {ana: {urgent: [{voice: soon}]}}", "expected a duration"),
        ("people: {ana: {absences: [{start: 2026-08-03, end: 2026-08-04, stand_in: bne}]}, ben: }", '"ben"?'),
        ("people: {ana: {absences: [{start: 2026-08-03, end: 2026-08-02}]}}", "ends before it starts"),
        ("people: {ana: {unwanted: [creatd]}}", '"created"?'),
        ("people: {ana: {}}\nmanagers: [anna]", 'in config/people.yaml. Did you mean "ana"?'),
        ("people: {Ana: {}}", "cannot be a name here"),
        ("people: {ana: {fone: 1}}", 'unknown setting. Did you mean "phone"?'),
        ("people: {ana: {quiet: {week: {mon: 25:00-26:00}}}}", "is not a time of day"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_mend(write: Write, problems: Problems, people: str, words: str) -> None:
    write(people=people)
    assert words in problems()[0]


def test_the_examples_of_the_shipped_files_load(write: Write) -> None:
    home = write(**{name: uncommented(name) for name in ("people", "oncall")})
    checked = check(home, env={"TZ": "Europe/Berlin"})
    assert checked.problems == ()
    assert checked.config is not None
    assert list(checked.config.people) == ["ana", "ben", "mia"]
    assert checked.config.schedule.on_call_at(datetime(2026, 3, 3, 20, tzinfo=UTC), layer="primary") == (
        "ana",
    )


@pytest.mark.parametrize("name", ["people", "oncall"])
def test_an_editor_finds_nothing_wrong_with_the_examples(name: str) -> None:
    root = read_yaml(uncommented(name).encode(), name).root
    assert root is not None
    jsonschema.Draft7Validator(json.loads(schema_of(name))).validate(as_an_editor_reads(root.plain()))


def uncommented(name: str) -> str:
    """The shipped file with its examples in force: ``people: {}`` gives way to what is commented below it."""
    lines = (CLONE / "config" / f"{name}.yaml").read_text("utf-8").splitlines()
    text = ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("#  "):
            text += line[1:] + "\n"
        elif following.startswith("#  ") and line and not line.startswith("#"):
            text += line.partition(":")[0] + ":\n"
        else:
            text += line + "\n"
    return text


def test_quiet_hours_may_have_a_zone_of_their_own(write: Write) -> None:
    text = "people: {ana: {quiet: {zone: America/New_York, week: {mon: 22:00-24:00}}}}\n"
    ana = contact(write(people=text, deskwatch="zone: Europe/Berlin\n"))
    assert ana.quiet is not None
    assert ana.quiet.is_open(datetime(2026, 3, 3, 3, 30, tzinfo=UTC)), "Monday 22:30 in New York"
    assert not ana.quiet.is_open(datetime(2026, 3, 2, 21, 30, tzinfo=UTC)), "Monday 22:30 in Berlin"
