"""Templates of an admin: what they may not do, and that an alert survives whatever they try."""

from pathlib import Path

import pytest

from deskwatch.clock import monotonic
from tests.messages.post import Post, alert

INJECTIONS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('touch HACKED').read() }}",
    "{{ self.__init__.__globals__.__builtins__.open('HACKED', 'w') }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ lipsum.__globals__['os'].system('touch HACKED') }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__self__ }}",
    "{{ subject|attr('__class__') }}",
    "{{ subject.format(code) }}",
    "{{ '{0.__class__}'.format(code) }}",
    "{{ ['x']|map('attr', '__class__')|list }}",
    "{{ ['{0.__class__}']|map('format', code)|list }}",
    "{{ _clock.now }}",
    "{{ alerts[0].clear() }}",
    "{{ alerts.append(1) }}",
    "{{ loop.__class__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../etc/passwd' %}",
    "{% import 'os' as os %}{{ os.getcwd() }}",
    "{{ config }} {{ request.application.__globals__ }}",
    "{{ joiner.__init__.__globals__ }}",
    "{% set x = code.__class__ %}{{ x }}",
]
ENDLESS = [
    "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
    "{% for a in range(100000000) %}x{% endfor %}",
    "{{ 'a' * 1000000000 }}",
    "{{ [0] * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'x'.ljust(1000000000) }}",
    "{{ 'x'|center(1000000000) }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40 + "{{ x }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for a in 'ab' recursive %}{{ loop('ab') }}{% endfor %}",
    "{% include 'alert.chat.txt' %}{% include 'alert.chat.txt' %}",
    "{% extends 'alert.chat.txt' %}",
    "{{ range(1000)|join(range(1000)|join('xxxxxxxxxx')) }}",
    "x" * 20_000,
    "x" * 70_000,
]
BROKEN = [
    "{{",
    "{% if %}",
    "{{ nobody }}",
    "{{ 1/0 }}",
    "{{ subject.x.y }}",
    "{{ 'a' < 5 }}",
    "{{ code|nofilter }}",
    "{% for i in range(9) %}" * 30 + "{% endfor %}" * 30,
    "{{ " + "(" * 500 + ")" * 500 + " }}",
]


@pytest.mark.parametrize(
    "template", INJECTIONS + ENDLESS + BROKEN, ids=range(len(INJECTIONS + ENDLESS + BROKEN))
)
def test_a_bad_template_does_nothing_and_loses_no_alert(
    post: Post, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    good = post.write("chat").text
    post.template("alert.chat.txt", template)
    before = monotonic()
    text = post.write("chat")
    assert monotonic() - before < 3
    assert text.text == good
    assert text.problems[0].startswith("config/templates/alert.chat.txt")
    assert str(tmp_path) not in " ".join(text.problems)
    assert not (tmp_path / "HACKED").exists()


def test_an_own_template_replaces_the_shipped_one_at_once(post: Post) -> None:
    post.template("sla_breach.short.txt", "{{ head }}LATE {{ number }}")
    assert post.write("short").text == "[K7Q2] LATE 123"
    post.template(
        "sla_breach.short.txt", "{{ head }}VERY LATE {{ number }} {{ due_at|when }} {{ due_at|ago }}"
    )
    assert post.write("short").text == "[K7Q2] VERY LATE 123 02:10 12 min"


def test_one_line_changes_what_every_text_says(post: Post) -> None:
    post.template("sla_breach.what.txt", "wir sind zu spät")
    assert "URGENT #123: wir sind zu spät." in post.write("short").text
    html = post.write("mail").html
    assert html is not None
    assert "Wir sind zu spät" in html


def test_a_text_message_without_the_code_gets_it(post: Post) -> None:
    post.template("alert.short.txt", "Help! " * 80)
    text = post.write("short").text
    assert text.startswith("[K7Q2] Help! Help!")
    assert len(text) <= 158


def test_templates_may_loop_count_and_put_together(post: Post) -> None:
    post.template(
        "bundle.chat.txt",
        "{{ head }}{% for alert in alerts %}{{ loop.index }} {{ alert.ref ~ '!' }}"
        "{{ ', ' if not loop.last }}{% endfor %}",
    )
    assert post.write("chat", alert(number=1), alert(number=2)).text == "[K7Q2] 1 #1!, 2 #2!"


def test_html_of_an_own_template_is_escaped_too(post: Post) -> None:
    post.template("alert.mail.html", "<p>{{ subject ~ '<' }}</p><p>{{ [subject]|join('<') }}</p>")
    html = post.write("mail", alert(subject="<i>")).html
    assert html == "<p>&lt;i&gt;&lt;</p><p>&lt;i&gt;</p>"
