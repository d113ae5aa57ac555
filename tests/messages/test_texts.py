"""What people read: every kind of alert in every medium, and what each of them must say."""

import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.gsm7 import is_gsm7, segments
from deskwatch.core.people import Urgency
from deskwatch.messages import Medium, Messages
from deskwatch.messages.facts import FACTS
from deskwatch.messages.samples import DESK_KINDS, closing_samples, samples
from tests.messages.post import ANA, BEN, BERLIN, CODE, NIGHT, SHIPPED, Post, alert

MEDIA: tuple[Medium, ...] = get_args(Medium)
LONG = "Mail is down for everybody in the Berlin office since the update of the server last night"


@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("medium", MEDIA)
def test_every_kind_has_a_text_in_every_medium(post: Post, medium: Medium, kind: AlertKind) -> None:
    for each in samples(kind, now=NIGHT):
        text = post.write(medium, each)
        assert text.problems == ()
        assert text.text
        assert "None" not in text.text
        assert "\n" not in text.subject
        assert (text.html is not None) == (medium == "mail")
        if medium in ("short", "chat", "mail"):
            assert f"[{CODE}]" in text.text
        if medium == "short":
            assert is_gsm7(text.text)
            assert segments(text.text) == 1
            assert "\n" not in text.text


def test_a_text_message_says_what_why_me_and_how_to_stop_it(post: Post) -> None:
    assert post.write("short").text == (
        "[K7Q2] URGENT #123: first response overdue by 12 min. Reply K7Q2 to take it. You are on call. "
        '"Mail is down"'
    )


def test_a_long_subject_is_cut_and_nothing_else(post: Post) -> None:
    text = post.write("short", alert(subject=LONG * 3)).text
    assert text.startswith(
        "[K7Q2] URGENT #123: first response overdue by 12 min. Reply K7Q2 to take it. You "
    )
    assert text.endswith('..."')
    assert 150 <= len(text) <= 160


def test_a_subject_with_smart_quotes_stays_one_segment(post: Post) -> None:
    text = post.write("short", alert(subject="Ana’s “mail” — is … down")).text
    assert '"Ana\'s "mail" - is ... down"' in text


def test_the_name_of_the_holiday_is_in_the_text_message(post: Post) -> None:
    assert "came on Christmas Day" in post.write("short", alert(AlertKind.HOLIDAY)).text


def test_a_text_message_names_no_customer_and_no_colleague(post: Post) -> None:
    secret = dict.fromkeys(FACTS.keys() - {"number", "priority", "subject", "priority_word"}, "Secret")
    for kind in set(AlertKind) - DESK_KINDS:
        harmless = {"holiday": "Christmas Day", "target": "resolution", "source": "demo"}
        facts = {
            **secret,
            **harmless,
            "due_at": None,
            "cause": "x",
            "channel": "x",
            "person": "x",
            "layer": "x",
        }
        facts |= {"escalated_from": "low", "escalated_to": "high", "previous_priority": "low", "title": "x"}
        for medium in ("short", "speech"):
            assert "Secret" not in post.write(medium, alert(kind, **facts)).text


def test_facts_that_the_admin_allows_reach_a_text_message(tmp_path: Any) -> None:
    post = Post(tmp_path, short={"number", "requester"})
    post.template("alert.short.txt", "{{ head }}{{ number }} {{ requester }} {{ subject }} {{ client }}.")
    assert post.write("short").text == "[K7Q2] 123 mia ."


def test_a_link_stands_in_a_text_message_only_where_there_is_room(tmp_path: Any) -> None:
    post = Post(tmp_path, short={"number", "priority", "subject", "url"})
    url = "https://helpdesk.example.com/a/tickets/123"
    assert url in post.write("short").text
    crowded = post.write("short", alert(subject=LONG)).text
    assert url not in crowded
    assert "Mail is down for everybody" in crowded


def test_where_nobody_reads_replies_none_is_asked_for(post: Post) -> None:
    assert "Reply" not in post.write("short", can_reply=False).text
    assert "Reply" not in post.write("chat").text
    assert "Reply K7Q2 to take it" in post.write("chat", can_reply=True).text


def test_assigned_to_you_is_said_to_you_only(post: Post) -> None:
    assigned = alert(AlertKind.ASSIGNED, agent="Ana")
    assert "assigned to you" in post.write("short", assigned).text
    assert "assigned to Ana" in post.write("chat", assigned, recipient=BEN).text


def test_several_alerts_are_one_segment_that_counts_what_it_does_not_name(post: Post) -> None:
    for count in (2, 7, 40, 1000):
        text = post.write("short", *(alert(number=n) for n in range(100, 100 + count))).text
        assert text.startswith(f"[K7Q2] {count} more, {count} urgent: #100 #101")
        assert segments(text) == 1
        more = re.search(r"\+(\d+) more", text)
        assert len(re.findall(r"#\d+", text)) + int(more[1] if more else 0) == count


def test_the_most_urgent_comes_first_and_a_ticket_is_named_once(post: Post) -> None:
    calm = alert(number=1, priority="low")
    calm = replace(calm, urgency=Urgency.NORMAL)
    same = alert(AlertKind.CUSTOMER_REPLIED, number=3)
    text = post.write("short", calm, alert(number=2, priority="high"), alert(number=3), same).text
    assert text.startswith("[K7Q2] 3 more, 2 urgent: #3 #2 #1.")


def test_several_alerts_about_one_ticket_are_one_text_about_it(post: Post) -> None:
    text = post.write("mail", alert(), alert(AlertKind.CUSTOMER_REPLIED))
    assert text.subject == "[#123] Mail is down"
    assert "Also: the customer replied" in text.text
    assert text.thread == "demo-123"


def test_what_was_held_is_told_at_opening_also_when_it_is_one(post: Post) -> None:
    one = post.write("short", alert(), occasion="opening").text
    assert one == "[K7Q2] 1 held while the desk was closed, 1 urgent: #123. Reply K7Q2 to take all."
    many = post.write("mail", *(alert(number=n) for n in range(5)), occasion="opening")
    assert many.subject == "[Deskwatch] 5 held while the desk was closed, 5 urgent"
    assert many.html is not None
    assert many.html.count("first response overdue") >= 5


def test_a_mail_keeps_its_subject_for_every_alert_of_a_ticket(post: Post) -> None:
    kinds = (AlertKind.CREATED, AlertKind.SLA_WARNING, AlertKind.SLA_BREACH, AlertKind.RESOLVED)
    assert {post.write("mail", alert(kind)).subject for kind in kinds} == {"[#123] Mail is down"}
    assert {post.write("mail", alert(kind)).thread for kind in kinds} == {"demo-123"}


def test_a_mail_shows_priority_link_category_and_who_did_what(post: Post) -> None:
    text = post.write("mail", alert(assigned_by="ben", created_by="mia"))
    assert text.html is not None
    for words in (
        "URGENT",
        "Open #123",
        "E-mail",
        "Assigned by",
        "Created by",
        "Service Desk",
        "You get this",
    ):
        assert words in text.html
    assert 'href="https://helpdesk.example.com/a/tickets/123"' in text.html
    for line in ("Category: E-mail", "Assigned by: ben", "Created by: mia", "Requester: mia"):
        assert line in text.text


def test_a_mail_of_many_tickets_stays_below_what_mail_programs_cut(post: Post) -> None:
    many = [alert(number=n, subject=LONG * 2, requester=LONG) for n in range(1000)]
    text = post.write("mail", *many)
    assert text.html is not None
    assert len(text.html.encode()) < 100_000
    assert "+940 more" in text.html
    assert len(text.text) < 100_000


def test_colours_of_a_mail_can_be_read() -> None:
    html = "".join(path.read_text("utf-8") for path in SHIPPED.glob("*.html"))
    light = [("#12161c", "#ffffff"), ("#4a5563", "#ffffff"), ("#0550ae", "#ffffff")]
    dark = [("#f0f3f6", "#161b22"), ("#b3bdc9", "#161b22"), ("#7cc7ff", "#161b22")]
    chips = [("#ffffff", colour) for colour in ("#b3121d", "#8a4600", "#0550ae", "#4a5563")]
    for text, ground in light + dark + chips:
        assert text in html
        assert ground in html
        assert _contrast(text, ground) >= 4.5


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_call_says_durations_and_spells_the_code(post: Post) -> None:
    assert post.write("speech").text == (
        "This is Deskwatch for Ana. Urgent ticket #123: first response overdue by 12 minutes. It says: "
        "Mail is down. You are on call. To take it, send the code K, 7, Q, 2 by text message, "
        "or work on the ticket."
    )


def test_news_ask_nobody_to_react(post: Post) -> None:
    for kind in (AlertKind.RESOLVED, AlertKind.DIGEST, AlertKind.SHIFT_STARTS, AlertKind.RECOVERED):
        assert "Reply" not in post.write("short", alert(kind)).text
    assert "Reply" not in post.write("short", copy=True).text


def test_a_repeat_and_a_redirected_text_say_so(post: Post) -> None:
    text = post.write("short", repeat=True, meant_for="Ben")
    assert text.text.startswith("[K7Q2] (repeat) For Ben: URGENT #123")
    assert segments(text.text) == 1
    assert text.subject.startswith("For Ben: ")
    mail = post.write("mail", repeat=True, meant_for="Ben")
    assert mail.html is not None
    assert "This was meant for Ben." in mail.html
    assert "may be a repeat" in mail.html


def test_times_are_those_of_the_desk(post: Post) -> None:
    assert "Deadline (first response): 02:10" in post.write("mail").text
    assert (
        "due in 45 min"
        in post.write("short", alert(AlertKind.SLA_WARNING, due_at="2026-12-25T02:07:00Z")).text
    )
    assert (
        "due in 2 d" in post.write("short", alert(AlertKind.SLA_WARNING, due_at="2026-12-27T01:22:00Z")).text
    )


def test_the_test_message_comes_in_every_medium(post: Post) -> None:
    for medium in MEDIA:
        text = post.messages.test(medium, recipient=ANA, code=CODE, now=NIGHT)
        assert text.problems == ()
        assert "est" in text.text
        assert medium in ("speech", "data") or f"[{CODE}]" in text.text


def test_without_any_template_there_are_still_texts() -> None:
    messages = Messages((), BERLIN)
    for medium in MEDIA:
        for kind in AlertKind:
            text = messages.render(
                medium, [alert(kind)], recipient=ANA, code=CODE, now=NIGHT, why_me="on call"
            )
            assert text.text
            assert medium != "short" or segments(text.text) == 1
    text = messages.render("short", [alert()], recipient=ANA, code=CODE, now=NIGHT, why_me="on call").text
    assert text == '[K7Q2] URGENT #123: sla breach. Reply K7Q2 to take it. You are on call. "Mail is down"'
    assert messages.render(
        "short", [alert(number=n) for n in range(9)], recipient=ANA, code=CODE, now=NIGHT
    ).text


def test_the_mail_of_closing_time_stays_below_what_mail_programs_cut_and_believes_no_name(post: Post) -> None:
    for each in closing_samples(now=NIGHT):
        many = {name: list(each.facts.get(name, ())) * 50 for name in ("tickets", "late")}
        text = post.write("mail", replace(each, facts={**each.facts, **many}))
        assert text.problems == ()
        assert text.html is not None
        assert len(text.html.encode()) < 100_000
        assert "<script" not in text.html
        short = post.write("short", each).text
        assert segments(short) == 1
        assert short.startswith(f"[{CODE}] We open ")
