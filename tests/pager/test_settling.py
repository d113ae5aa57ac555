from deskwatch.channels.sms import text_with_code
from deskwatch.core.gsm7 import ONE_SEGMENT, septets
from deskwatch.pager.settling import marked_as_repeat
from tests.pager.provider import Pager


def test_a_mail_that_may_repeat_says_so_in_each_of_its_parts() -> None:
    page = (
        Pager()
        .make(channel="mail")
        .with_(subject="[#12] Mail is down", html='<html><body class="x"><p>Mail is down</body></html>')
    )
    marked = marked_as_repeat(page)
    assert marked.subject == "(may repeat) [#12] Mail is down"
    assert marked.text == f"(may repeat) {page.text}"
    assert marked.html == '<html><body class="x"><p>(may repeat)</p><p>Mail is down</body></html>'


def test_what_has_no_subject_gets_none() -> None:
    assert marked_as_repeat(Pager().make()).subject == ""


def test_a_text_message_that_may_repeat_keeps_its_code_and_one_segment() -> None:
    page = Pager().make()
    long = page.with_(text=f"[{page.code}] " + "Mail is down " * 11)
    body = text_with_code(marked_as_repeat(long).text, page.code)
    assert body.startswith(f"(may repeat) [{page.code}]")
    assert septets(body) <= ONE_SEGMENT
