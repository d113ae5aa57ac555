"""Incidents at night: who is told by what and when, and why somebody is not."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from deskwatch.core.alerts import AlertKind, AlertState
from deskwatch.core.delivery import Verdict
from deskwatch.core.hours import WHOLE_DAY, BusinessCalendar, Span
from deskwatch.core.match import Match
from deskwatch.core.people import Absence, Urgency, Way
from deskwatch.core.routing import Redirection, first_step, redirect
from deskwatch.core.ticket import Person, Priority
from deskwatch.core.windows import Window
from tests.core.night_desk import (
    CHANNELS,
    HOUR,
    MINUTE,
    TICKET,
    TUESDAY_NIGHT,
    TUESDAY_NOON,
    Roster,
    alert,
    changed,
    desk,
    ladder,
    raised,
    reasons,
    step,
    take,
    told,
    without,
)

NORMAL = Urgency.NORMAL
UNTIL_SEVEN = BusinessCalendar("quiet", UTC, {1: (Span(time(0), time(7)),)})


# --- the ladder --------------------------------------------------------------------------------------


def test_ana_gets_a_text_at_once_and_a_call_three_minutes_later() -> None:
    night = desk()
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ana sms", "ana voice +3m"]
    assert reasons(taken.decisions) == [
        "Ana is told by sms: on call",
        "Ana is told by voice: on call, unless it is acknowledged before",
    ]
    assert taken.raised.next_step_at == TUESDAY_NIGHT + 10 * MINUTE


def test_when_nobody_reacts_ben_is_told_then_mia_and_at_last_the_last_resort() -> None:
    night = desk(last_resort="ben", admins=())
    current, now, ladder_ = raised(on=night), TUESDAY_NIGHT, []
    while current.next_step_at is not None:
        now = current.next_step_at
        taken = take(current, on=night, now=now)
        ladder_.append((round((now - TUESDAY_NIGHT) / MINUTE), told(taken)))
        current = taken.raised
    assert ladder_ == [
        (0, ["ana sms", "ana voice +3m"]),
        (10, ["ben sms"]),
        (20, ["mia mail"]),
        (35, ["ben sms"]),
    ]


def test_the_ladder_is_climbed_again_as_often_as_the_policy_says() -> None:
    night = desk(ladder(step("oncall"), repeat=2, repeat_after=5 * MINUTE))
    current = raised(on=night)
    laps: list[tuple[int, str]] = []
    while current.next_step_at is not None and len(laps) < 10:
        taken = take(current, on=night, now=current.next_step_at)
        laps.append((current.lap, told(taken)[0]))
        current = taken.raised
    assert laps == [(0, "ana sms"), (1, "ana sms"), (2, "ana sms"), (2, "mia mail")]


def test_an_empty_step_is_skipped_at_once_with_its_reason() -> None:
    night = desk(ladder(step("oncall.secondary"), step("next", after=10), step("manager", after=10)))
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ben sms"]
    assert reasons(taken.decisions, Verdict.SKIP) == [
        "first step is empty: nobody is on call in layer secondary"
    ]
    assert taken.nobody == "nobody is on call in layer secondary"
    assert taken.raised.next_step_at == TUESDAY_NIGHT + 10 * MINUTE


def test_when_the_rest_of_the_ladder_is_empty_it_is_climbed_again_before_the_last_resort() -> None:
    alone = Roster({"primary": ("ana",)}, ())
    night = desk(ladder(step("oncall"), step("next", after=10), repeat=1), schedule=alone)
    first = take(raised(on=night), on=night)
    rest = take(first.raised, on=night, now=TUESDAY_NIGHT + 10 * MINUTE)
    assert told(rest) == []
    assert (rest.raised.lap, rest.raised.next_step_at) == (1, TUESDAY_NIGHT + 25 * MINUTE)
    again = take(rest.raised, on=night, now=TUESDAY_NIGHT + 25 * MINUTE)
    assert told(again) == ["ana sms", "ana voice +3m"]
    end = take(again.raised, on=night, now=TUESDAY_NIGHT + 35 * MINUTE)
    assert told(end) == ["mia mail"]


def test_something_not_urgent_that_ana_knows_does_not_go_to_the_last_resort() -> None:
    night = desk(ladder(step("assignee"), step("manager", after=10)), managers=(), admins=("ben",))
    first = take(raised(alert(urgency=NORMAL), on=night), on=night)
    rest = take(first.raised, on=night, now=TUESDAY_NIGHT + 10 * MINUTE)
    assert told(rest) == []
    assert rest.nobody is None
    assert rest.raised.next_step_at is None
    assert reasons(rest.decisions) == ["second step is empty: no manager is named in people.yaml"]


def test_a_desk_without_any_schedule_is_not_told_that_nobody_is_on_call() -> None:
    night = desk(ladder(step("oncall"), step("manager", after=10)), schedule=Roster({}, ()))
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["mia mail"]
    assert taken.nobody is None


def test_when_nobody_is_meant_to_be_on_call_now_nothing_is_missing() -> None:
    by_day = desk(
        ladder(step("oncall"), step("manager", after=10)), schedule=Roster({"nights": ()}, (), needed=False)
    )
    taken = take(raised(on=by_day, now=TUESDAY_NOON), on=by_day, now=TUESDAY_NOON)
    assert told(taken) == ["mia mail"]
    assert taken.nobody is None


def test_when_every_step_is_empty_the_last_resort_is_told_at_once() -> None:
    night = desk(ladder(step("oncall"), step("next", after=10)), schedule=Roster({}, ()))
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["mia mail"]
    assert taken.raised.next_step_at is None
    assert taken.nobody is not None


def test_targets_that_stand_by_are_tried_one_by_one_when_nobody_else_is_reached() -> None:
    night = desk(ladder(step("assignee", otherwise=("group", "manager"))))
    unassigned = replace(TICKET, agent=None)
    assert told(take(raised(on=night), on=night)) == ["ana sms", "ana voice +3m"]
    taken = take(raised(on=night), on=night, ticket=unassigned)
    assert told(taken) == ["ana sms", "ana voice +3m", "ben sms"]
    nowhere = replace(unassigned, group=None)
    assert told(take(raised(on=night), on=night, ticket=nowhere)) == ["mia mail"]


def test_when_there_is_no_last_resort_a_decision_says_so_loudly() -> None:
    night = desk(ladder(step("oncall")), schedule=Roster({}, ()), admins=())
    taken = take(raised(on=night), on=night)
    assert told(taken) == []
    assert taken.nobody is not None
    (loud,) = reasons(taken.decisions, Verdict.GIVE_UP)
    assert loud.startswith("NOBODY IS TOLD")
    assert "people.yaml" in loud


def test_a_desk_without_any_channel_says_that_nobody_is_told_and_survives() -> None:
    night = desk(channels={})
    taken = take(raised(on=night), on=night)
    assert told(taken) == []
    (loud,) = reasons(taken.decisions, Verdict.GIVE_UP)
    assert "no channel is configured" in loud


def test_something_that_is_not_urgent_ends_with_its_last_step() -> None:
    night = desk(ladder(step("oncall")))
    taken = take(raised(alert(urgency=NORMAL), on=night), on=night)
    assert told(taken) == ["ana mail"]
    assert taken.raised.next_step_at is None
    assert taken.nobody is None


def test_news_that_a_ticket_is_resolved_are_told_once_and_never_escalate() -> None:
    night = desk(ladder(step("oncall"), step("manager", after=10), repeat=5))
    taken = take(raised(alert(AlertKind.RESOLVED), on=night), on=night)
    assert taken.raised.next_step_at is None


def test_an_alert_without_a_rule_about_the_desk_itself_goes_to_the_admins() -> None:
    night = desk()
    silent = alert(AlertKind.WATCHER_SILENT, rule="watcher_silent", ticket=None)
    assert told(take(raised(silent, on=night), on=night, ticket=None)) == ["mia mail"]


def test_an_alert_whose_rule_is_gone_since_goes_to_whom_such_alerts_usually_go() -> None:
    usual = {"on-call": ladder(step("oncall")), "assignee": ladder(step("ben")), "admin": ladder(step("mia"))}
    night = desk(rules={}, escalations=usual)
    assert told(take(raised(on=night), on=night))[0] == "ana sms"
    assert told(take(raised(alert(urgency=NORMAL), on=night), on=night)) == ["ben mail"]
    bare = desk(rules={}, escalations={})
    assert told(take(raised(on=bare), on=bare)) == ["mia mail"]


# --- targets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "people"),
    [
        ("oncall", ["ana"]),
        ("everyone_on_call", ["ana"]),
        ("oncall.primary", ["ana"]),
        ("next", ["ben"]),
        ("next.primary", ["ben"]),
        ("assignee", ["ana"]),
        ("group", ["ana", "ben"]),
        ("manager", ["mia"]),
        ("admin", ["mia"]),
        ("ben", ["ben"]),
        ("channel:room", ["channel:room"]),
    ],
)
def test_a_target_means_people(target: str, people: list[str]) -> None:
    night = desk(ladder(step(target)))
    taken = take(raised(on=night), on=night)
    assert list(dict.fromkeys(each.person for each in taken.envelopes)) == people


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("assignee", "nobody has the ticket"),
        ("group", "the ticket has no group"),
        ("zoe", "zoe is not in people.yaml"),
        ("channel:attic", "there is no channel attic"),
        ("next.secondary", "nobody is on call next in layer secondary"),
    ],
)
def test_a_target_that_means_nobody_says_why(target: str, said: str) -> None:
    night = desk(ladder(step(target)), schedule=Roster({"primary": ("ana",)}, ()))
    taken = take(raised(on=night), on=night, ticket=replace(TICKET, agent=None, group=None))
    assert f"first step is empty: {said}" in reasons(taken.decisions, Verdict.SKIP)


def test_an_assignee_who_is_nobody_here_and_a_group_without_people_are_named() -> None:
    night = desk(ladder(step("assignee", "group")), groups={})
    night = changed(night, "ana", agents=frozenset())
    (said,) = reasons(take(raised(on=night), on=night).decisions, Verdict.SKIP)
    assert said == (
        "first step is empty: Ana Alvarez has the ticket and is nobody in people.yaml; "
        "group Service Desk has no people in people.yaml"
    )


def test_an_assignee_is_found_by_mail_address_or_name_when_no_agents_are_written() -> None:
    night = changed(desk(ladder(step("assignee"))), "ana", agents=frozenset())
    for agent in (Person(id="5", name="A. A.", email="Ana@Example.com"), Person(id="5", name="ANA")):
        assert told(take(raised(on=night), on=night, ticket=replace(TICKET, agent=agent)))[0] == "ana sms"


def test_who_is_on_call_now_is_not_told_as_the_next_one() -> None:
    night = desk(ladder(step("next")), schedule=Roster({"primary": ("ana",)}, ("ana", "ben")))
    assert told(take(raised(on=night), on=night)) == ["ben sms"]


def test_a_room_in_ones_own_order_needs_no_address() -> None:
    night = changed(desk(ladder(step("oncall"))), "ana", urgent=(Way("room"), Way("sms")))
    assert told(take(raised(on=night), on=night)) == ["ana room", "ana sms"]


def test_a_room_is_told_whatever_the_hour() -> None:
    night = desk(ladder(step("channel:room")))
    taken = take(raised(alert(urgency=NORMAL), on=night), on=night)
    assert told(taken) == ["channel:room room"]
    assert taken.envelopes[0].address == ""


# --- one cause, one message --------------------------------------------------------------------------


def test_ana_is_told_once_although_she_is_the_assignee_and_on_call() -> None:
    night = desk(ladder(step("assignee", "oncall", "group")))
    assert told(take(raised(on=night), on=night)) == ["ana sms", "ana voice +3m", "ben sms"]


def test_two_rules_about_the_same_moment_of_a_ticket_tell_each_person_once() -> None:
    night = desk()
    first = take(raised(alert(AlertKind.AFTER_HOURS), on=night), on=night)
    second = take(raised(alert(AlertKind.CREATED), on=night), on=night, told=first.told)
    assert told(second) == []
    assert reasons(second.decisions) == ["Ana knows already: told of the same moment as after_hours"]
    assert second.nobody is None
    assert second.raised.next_step_at == TUESDAY_NIGHT + 10 * MINUTE


def test_an_urgent_alert_is_told_although_a_mail_said_the_same() -> None:
    night = desk()
    mail = take(raised(alert(AlertKind.CREATED, urgency=NORMAL), on=night), on=night)
    assert told(mail) == ["ana mail"]
    urgent = take(raised(alert(AlertKind.AFTER_HOURS), on=night), on=night, told=mail.told)
    assert told(urgent) == ["ana sms", "ana voice +3m"]


def test_the_next_lap_of_the_same_alert_tells_again() -> None:
    night = desk(ladder(step("oncall"), repeat=1))
    first = take(raised(on=night), on=night)
    again = take(first.raised, on=night, now=first.raised.next_step_at or TUESDAY_NIGHT, told=first.told)
    assert told(again) == ["ana sms", "ana voice +3m"]


def test_a_copy_is_no_reason_not_to_be_told() -> None:
    night = desk(ladder(step("oncall"), cc=("manager",)))
    taken = take(raised(on=night), on=night)
    assert set(taken.told) == {"ana"}


# --- what a person wishes ----------------------------------------------------------------------------


def test_something_that_is_not_urgent_never_comes_as_a_text_message() -> None:
    night = changed(desk(ladder(step("oncall"))), "ana", normal=(Way("sms"), Way("mail")))
    taken = take(raised(alert(urgency=NORMAL), on=night), on=night)
    assert told(taken) == ["ana mail"]
    assert reasons(taken.decisions, Verdict.SKIP) == ["sms is kept for urgent alerts"]
    everything = replace(night, only_urgent=frozenset())
    assert told(take(raised(alert(urgency=NORMAL), on=everything), on=everything)) == ["ana sms", "ana mail"]


def test_in_quiet_hours_only_urgent_alerts_get_through_and_the_rest_comes_in_one() -> None:
    night = changed(desk(ladder(step("oncall"))), "ana", quiet=UNTIL_SEVEN)
    assert told(take(raised(on=night), on=night)) == ["ana sms", "ana voice +3m"]
    held = [take(raised(alert(urgency=NORMAL, detail=d), on=night), on=night) for d in "ab"]
    assert [told(taken) for taken in held] == [["ana mail +300m"], ["ana mail +300m"]]
    assert reasons(held[0].decisions) == ["Ana has quiet hours until 07:00"]
    assert held[0].envelopes[0].group is not None
    assert held[0].envelopes[0].group == held[1].envelopes[0].group


def test_ana_is_muted_so_the_next_step_is_taken_at_once() -> None:
    night = changed(desk(), "ana", mute_until=TUESDAY_NIGHT + 4 * HOUR)
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ben sms"]
    assert "Ana is muted until 06:00" in reasons(taken.decisions)


def test_what_is_not_urgent_waits_until_the_mute_ends_and_for_the_quiet_hours_after_it() -> None:
    night = changed(
        desk(ladder(step("oncall"))),
        "ana",
        mute_until=TUESDAY_NIGHT + 4 * HOUR,
        quiet=UNTIL_SEVEN,
    )
    taken = take(raised(alert(urgency=NORMAL), on=night), on=night)
    assert told(taken) == ["ana mail +300m"]


def test_who_always_wants_quiet_is_told_nothing_but_urgent_alerts() -> None:
    always = BusinessCalendar("quiet", UTC, dict.fromkeys(range(7), WHOLE_DAY))
    night = changed(desk(ladder(step("oncall"))), "ana", quiet=always)
    assert told(take(raised(on=night), on=night)) == ["ana sms", "ana voice +3m"]
    taken = take(raised(alert(urgency=NORMAL), on=night), on=night)
    assert told(taken) == []
    assert reasons(taken.decisions) == ["Ana wants urgent alerts only"]


def test_who_is_away_is_skipped() -> None:
    away = Absence(TUESDAY_NIGHT - HOUR, TUESDAY_NIGHT + timedelta(days=3))
    night = changed(desk(), "ana", absences=(away,))
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ben sms"]
    assert "Ana is away until Fri 02:00" in reasons(taken.decisions)


def test_who_is_away_by_a_calendar_kept_elsewhere_is_skipped_as_the_assignee_too() -> None:
    away = Absence(TUESDAY_NIGHT - HOUR, TUESDAY_NIGHT + HOUR)
    night = desk(ladder(step("assignee", otherwise=("manager",))), schedule=Roster(absences={"ana": (away,)}))
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["mia mail"]
    assert "Ana is away until 03:00" in reasons(taken.decisions)


def test_for_an_assignee_who_is_away_the_stand_in_is_told() -> None:
    until = TUESDAY_NIGHT + timedelta(days=3)
    night = changed(
        desk(ladder(step("assignee"))), "ana", absences=(Absence(TUESDAY_NIGHT, until, stand_in="ben"),)
    )
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ben sms"]
    assert reasons(taken.decisions) == [
        "Ana is away until Fri 02:00",
        "Ben is told by sms: the assignee, standing in for Ana",
    ]
    both = changed(night, "ben", absences=(Absence(TUESDAY_NIGHT, until, stand_in="ana"),))
    assert told(take(raised(on=both), on=both)) == ["mia mail"]


def test_a_kind_that_ana_does_not_want_does_not_go_to_others_instead_unless_it_is_urgent() -> None:
    night = changed(desk(), "ana", unwanted=frozenset({"created"}))
    normal = take(raised(alert(AlertKind.CREATED, urgency=NORMAL), on=night), on=night)
    assert told(normal) == []
    assert normal.nobody is None
    assert reasons(normal.decisions) == ["Ana does not want alerts of kind created"]
    assert told(take(raised(alert(AlertKind.CREATED), on=night), on=night)) == ["ben sms"]


def test_when_the_text_message_cannot_reach_ana_the_call_comes_at_once() -> None:
    night = desk(broken={("ana", "sms"): "the number is not in service"})
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ana voice"]
    assert "sms does not reach Ana: the number is not in service" in reasons(taken.decisions)


def test_when_none_of_her_own_ways_works_any_other_address_does() -> None:
    night = desk(broken_channels={"sms": "401", "voice": "401"})
    assert told(take(raised(on=night), on=night)) == ["ana mail"]


def test_a_step_may_name_channels_which_are_then_used_at_once() -> None:
    night = desk(ladder(step("oncall", channels=("sms", "voice"))))
    assert told(take(raised(on=night), on=night)) == ["ana sms", "ana voice"]


def test_a_step_that_names_a_channel_ana_does_not_have_says_so() -> None:
    night = desk(ladder(step("manager", channels=("sms",)), step("oncall", after=5)))
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ana sms", "ana voice +3m"]
    assert "Mia has no address for sms" in reasons(taken.decisions)


def test_whoever_cannot_be_told_by_the_channels_of_one_step_is_by_those_of_the_next() -> None:
    night = desk(
        ladder(step("oncall", channels=("sms", "voice")), step("oncall", channels=("mail",), after=5)),
        broken_channels={"sms": "401", "voice": "401"},
    )
    assert told(take(raised(on=night), on=night)) == ["ana mail"]


def test_the_last_resort_is_told_whatever_its_owner_wishes() -> None:
    muted = changed(desk(ladder(step("manager"))), "mia", mute_until=TUESDAY_NIGHT + HOUR)
    assert told(take(raised(on=muted), on=muted)) == ["mia mail"]


def test_when_the_last_resort_is_away_the_stand_in_is_told_as_well() -> None:
    away = Absence(TUESDAY_NIGHT - HOUR, TUESDAY_NIGHT + HOUR, "ben")
    night = changed(desk(ladder(step("manager"))), "mia", absences=(away,))
    alone = changed(night, "ben", addresses={}, urgent=())
    assert told(take(raised(on=alone), on=alone)) == ["mia mail"]
    night = replace(
        night, escalations={"night": ladder(step("oncall"))}, schedule=Roster({"primary": ()}, ())
    )
    assert told(take(raised(on=night), on=night)) == ["ben sms", "mia mail"]


# --- copies ------------------------------------------------------------------------------------------


def test_the_manager_gets_a_copy_by_mail_of_each_step() -> None:
    night = desk(ladder(step("oncall"), step("next", after=10), cc=("manager",)))
    first = take(raised(on=night), on=night)
    assert told(first) == ["ana sms", "ana voice +3m", "mia mail copy"]
    assert first.envelopes[-1].why == "a manager, for information only"
    second = take(first.raised, on=night, now=TUESDAY_NIGHT + 10 * MINUTE)
    assert told(second) == ["ben sms", "mia mail copy"]


def test_a_repetition_of_the_ladder_sends_no_further_copies() -> None:
    night = desk(ladder(step("oncall"), repeat=1, cc=("manager",)))
    first = take(raised(on=night), on=night)
    assert told(take(first.raised, on=night)) == ["ana sms", "ana voice +3m"]


def test_a_manager_who_is_told_anyway_gets_no_copy() -> None:
    night = desk(ladder(step("manager"), cc=("manager",)))
    assert told(take(raised(on=night), on=night)) == ["mia mail"]


def test_a_muted_manager_gets_no_copy_and_one_in_quiet_hours_gets_it_later() -> None:
    night = desk(ladder(step("oncall"), cc=("manager",)))
    muted = changed(night, "mia", mute_until=TUESDAY_NIGHT + HOUR)
    taken = take(raised(on=muted), on=muted)
    assert told(taken) == ["ana sms", "ana voice +3m"]
    assert "no copy: Mia is muted until 03:00" in reasons(taken.decisions)
    quiet = changed(night, "mia", quiet=UNTIL_SEVEN)
    later = take(raised(alert(urgency=NORMAL), on=quiet), on=quiet)
    assert told(later) == ["ana mail", "mia mail +300m copy"]


def test_a_copy_that_has_no_address_is_decided_and_holds_nothing_up() -> None:
    night = changed(desk(ladder(step("oncall"), cc=("manager",))), "mia", addresses={})
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["ana sms", "ana voice +3m"]
    assert "no copy: Mia has no mail address that works" in reasons(taken.decisions)


# --- closed desks and maintenance --------------------------------------------------------------------


def test_what_can_wait_is_held_until_the_desk_opens_and_then_told_in_one() -> None:
    night = desk(ladder(step("oncall")), after_hours="hold")
    begun = first_step(alert(urgency=NORMAL), desk=night, ticket=TICKET, now=TUESDAY_NIGHT)
    assert reasons(begun.decisions, Verdict.WAIT) == ["held until 08:00, when the desk opens"]
    opening = TUESDAY_NIGHT + 6 * HOUR
    assert begun.raised.held_until == begun.raised.next_step_at == opening
    taken = take(begun.raised, on=night, now=opening)
    assert told(taken) == ["ana mail"]
    assert taken.envelopes[0].group == "held:2026-03-10T08:00:00Z"


def test_further_steps_of_what_was_held_are_told_together_too() -> None:
    night = desk(ladder(step("assignee"), step("manager", after=15)), after_hours="hold")
    opening = TUESDAY_NIGHT + 6 * HOUR
    groups = set()
    for cause in (alert(urgency=NORMAL, detail="a"), alert(urgency=NORMAL, detail="b")):
        first = take(raised(cause, on=night), on=night, now=opening)
        second = take(first.raised, on=night, now=opening + 15 * MINUTE)
        assert told(second) == ["mia mail"]
        groups.add(second.envelopes[0].group)
    assert groups == {"step:0.1:2026-03-10T08:00:00Z"}


def test_on_friday_evening_the_reason_names_the_day() -> None:
    night = desk(after_hours="hold")
    friday = datetime(2026, 3, 13, 18, 30, tzinfo=UTC)
    begun = first_step(alert(urgency=NORMAL), desk=night, ticket=TICKET, now=friday)
    assert begun.raised.why == "held until Mon 08:00, when the desk opens"


def test_what_is_urgent_passes_through() -> None:
    night = desk(after_hours="hold")
    begun = first_step(alert(), desk=night, ticket=TICKET, now=TUESDAY_NIGHT)
    assert begun.raised.held_until is None
    assert begun.raised.next_step_at == TUESDAY_NIGHT


def test_what_a_rule_drops_after_hours_is_recorded_and_told_to_nobody() -> None:
    night = desk(after_hours="drop")
    begun = first_step(alert(urgency=NORMAL), desk=night, ticket=TICKET, now=TUESDAY_NIGHT)
    assert begun.raised.state is AlertState.SILENT
    assert begun.raised.next_step_at is None
    (why,) = reasons(begun.decisions, Verdict.SKIP)
    assert "the desk is closed" in why
    by_day = first_step(alert(urgency=NORMAL), desk=night, ticket=TICKET, now=TUESDAY_NOON)
    assert by_day.raised.state is AlertState.OPEN


def test_steps_that_come_due_after_closing_wait_for_the_morning() -> None:
    night = desk(ladder(step("oncall"), step("manager", after=60)), after_hours="hold")
    late = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
    first = take(raised(alert(urgency=NORMAL), on=night, now=late), on=night, now=late)
    assert told(first) == ["ana mail"]
    second = take(first.raised, on=night, now=late + HOUR)
    assert told(second) == []
    assert second.raised.next_step_at == datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
    assert second.raised.step == 1


def test_the_hours_of_the_client_count_and_not_those_of_the_desk() -> None:
    night = desk(after_hours="hold", calendar_of=lambda ticket: BusinessCalendar.always())
    begun = first_step(alert(urgency=NORMAL), desk=night, ticket=TICKET, now=TUESDAY_NIGHT)
    assert begun.raised.held_until is None


def test_maintenance_holds_even_urgent_alerts_until_its_end_and_looks_again_then() -> None:
    until = TUESDAY_NIGHT + 2 * HOUR
    moving = Window(
        id="maintenance 1", start=TUESDAY_NIGHT, end=until, reason="the mail server moves", by="mia"
    )
    night = desk(windows=(moving,))
    begun = first_step(alert(), desk=night, ticket=TICKET, now=TUESDAY_NIGHT)
    assert begun.raised.held_until == until
    assert begun.raised.why == "held until 04:00 by maintenance 1 (mia): the mail server moves"
    taken = take(begun.raised, on=night, now=until)
    assert told(taken) == ["ana sms", "ana voice +3m"]
    assert taken.envelopes[0].group == "window:2026-03-10T04:00:00Z", "not what an opening desk is told"


def test_a_silence_that_begins_later_stops_the_next_step() -> None:
    night = desk()
    first = take(raised(on=night), on=night)
    silence = Window(
        id="silence 1", start=TUESDAY_NIGHT, end=TUESDAY_NIGHT + HOUR, tickets=frozenset({"demo-12"})
    )
    quiet = replace(night, windows=(silence,))
    held = take(first.raised, on=quiet, now=TUESDAY_NIGHT + 10 * MINUTE)
    assert told(held) == []
    assert held.raised.step == 1
    assert told(take(held.raised, on=quiet, now=TUESDAY_NIGHT + HOUR)) == ["ben sms"]


@pytest.mark.parametrize(
    ("window", "held"),
    [
        ({}, True),
        ({"tickets": frozenset({"demo-13"})}, False),
        ({"kinds": frozenset({"created"})}, False),
        ({"kinds": frozenset({"after_hours"})}, True),
        ({"match": (Match(groups=("service desk",)),)}, True),
        ({"match": (Match(priorities=(Priority.LOW,)),)}, False),
        ({"not_match": (Match(groups=("service desk",)),)}, False),
    ],
)
def test_a_window_holds_what_it_names(window: dict[str, object], held: bool) -> None:
    until = TUESDAY_NIGHT + HOUR
    night = desk(windows=(Window(id="w", start=TUESDAY_NIGHT, end=until, **window),))  # type: ignore[arg-type]
    begun = first_step(alert(), desk=night, ticket=TICKET, now=TUESDAY_NIGHT)
    assert (begun.raised.held_until == until) is held


def test_of_several_windows_the_longest_says_until_when() -> None:
    short = Window(id="short", start=TUESDAY_NIGHT, end=TUESDAY_NIGHT + HOUR)
    long = Window(id="long", start=TUESDAY_NIGHT - HOUR, end=TUESDAY_NIGHT + 2 * HOUR)
    night = desk(windows=(long, short))
    assert raised(on=night).held_until == TUESDAY_NIGHT + 2 * HOUR


def test_a_silence_for_a_ticket_says_nothing_about_the_desk_itself() -> None:
    about_a_ticket = Window(
        id="silence 1",
        start=TUESDAY_NIGHT,
        end=TUESDAY_NIGHT + HOUR,
        kinds=frozenset({AlertKind.WATCHER_SILENT}),
        tickets=frozenset({"demo-12"}),
    )
    silent = alert(AlertKind.WATCHER_SILENT, ticket=None)
    night = desk(windows=(about_a_ticket,))
    assert first_step(silent, desk=night, ticket=None, now=TUESDAY_NIGHT).raised.held_until is None
    named = desk(windows=(replace(about_a_ticket, tickets=frozenset()),))
    assert first_step(silent, desk=named, ticket=None, now=TUESDAY_NIGHT).raised.held_until is not None


def test_maintenance_never_hides_that_the_watcher_is_silent() -> None:
    night = desk(windows=(Window(id="w", start=TUESDAY_NIGHT, end=TUESDAY_NIGHT + HOUR),))
    silent = alert(AlertKind.WATCHER_SILENT, ticket=None)
    assert first_step(silent, desk=night, ticket=None, now=TUESDAY_NIGHT).raised.held_until is None


# --- redirect ----------------------------------------------------------------------------------------


def test_redirected_messages_go_to_one_address_and_say_for_whom_they_were() -> None:
    night = desk()
    envelope = take(raised(on=night), on=night).envelopes[0]
    elsewhere = redirect(envelope, Redirection("mail", "me@example.com"), name="Ana")
    assert (elsewhere.channel, elsewhere.address) == ("mail", "me@example.com")
    assert elsewhere.person == "ana"
    assert elsewhere.prefix == "[for Ana by sms] "


def test_urgent_comes_before_normal_and_news_before_escalations_before_repeats() -> None:
    night = desk(ladder(step("oncall"), step("next", after=1), repeat=1))
    first = take(raised(on=night), on=night)
    second = take(first.raised, on=night)
    third = take(second.raised, on=night)
    later = take(raised(alert(urgency=NORMAL), on=night), on=night)
    ranks = [taken.envelopes[0].rank for taken in (first, second, third, later)]
    assert ranks == sorted(set(ranks))


def test_nobody_is_told_twice_when_everybody_is_missing_from_people_yaml() -> None:
    night = without(desk(ladder(step("oncall", "next", "manager")), channels=CHANNELS), "ana", "ben")
    taken = take(raised(on=night), on=night)
    assert told(taken) == ["mia mail"]
    assert "ana is not in people.yaml" in reasons(taken.decisions)
