"""``notifier.py check`` finds mistakes in templates before an alert does."""

from pathlib import Path

from deskwatch.core.alert_facts import FACTS as FACTS_OF_TICKETS
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.messages import template_problems
from deskwatch.messages.facts import FACTS
from deskwatch.messages.samples import sample
from tests.messages.post import NIGHT, Post


def problems(post: Post) -> list[str]:
    return template_problems(post.messages, now=NIGHT)


def test_the_shipped_templates_have_no_problem(post: Post) -> None:
    assert problems(post) == []


def test_each_mistake_is_told_once_with_its_file_and_line(post: Post) -> None:
    post.template("sla_breach.short.txt", "{{ head }}\n{{ subjekt }}")
    post.template("digest.mail.html", "<p>\n\n{{ figures.nothing }}</p>")
    post.template("test.chat.txt", "{% if %}")
    (post.own / "resolved.mail.txt").write_bytes(b"\xff")
    assert sorted(problems(post)) == [
        "config/templates/digest.mail.html:3: 'dict object' has no attribute 'nothing'",
        "config/templates/resolved.mail.txt:1: is not UTF-8 (invalid start byte)",
        "config/templates/sla_breach.short.txt:2: there is no subjekt here; docs/pager.md lists the facts",
        "config/templates/test.chat.txt:1: Expected an expression, got 'end of statement block'",
    ]


def test_a_mistake_that_only_some_alerts_meet_is_found(post: Post) -> None:
    post.template("bundle.chat.txt", "{{ head }}{% if count > 10 %}{{ nobody }}{% endif %}")
    post.template("alert.chat.txt", "{{ head }}{% if not subject %}{{ nothing }}{% endif %}")
    assert [words.partition(":")[0] for words in problems(post)] == [
        "config/templates/alert.chat.txt",
        "config/templates/bundle.chat.txt",
    ]


def test_a_file_that_no_message_uses_is_told_with_the_name_that_was_meant(post: Post) -> None:
    post.template("sla_breech.short.txt", "x")
    post.template("greeting.txt", "Hello")
    post.template("alert.chat.txt", "{% include 'greeting.txt' %}")
    (post.own / "README.md").write_text("mine", "utf-8")
    assert problems(post) == [
        "config/templates/sla_breech.short.txt: no message uses this file. "
        'Did you mean "sla_breach.short.txt"?'
    ]


def test_a_fact_that_a_text_message_may_not_contain_is_told(post: Post) -> None:
    post.template("created.short.txt", "{{ head }}{{ requester }}")
    assert problems(post) == [
        "config/templates/created.short.txt: requester stays empty here; texts.short_facts in "
        "config/alerts.yaml would allow it"
    ]


def test_every_fact_an_alert_has_is_known_to_templates() -> None:
    assert FACTS_OF_TICKETS.keys() <= FACTS.keys()
    for kind in AlertKind:
        assert sample(kind, now=NIGHT).facts.keys() <= FACTS.keys()


def test_an_allowed_fact_that_does_not_exist_is_told(tmp_path: Path) -> None:
    post = Post(tmp_path, short={"number", "priorty"})
    words = 'config/alerts.yaml: texts.short_facts: there is no fact priorty. Did you mean "priority"?'
    assert problems(post) == [words]
