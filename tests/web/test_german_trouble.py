"""On a German wall no trouble, refusal or page that says one thing speaks English."""

import ast
import hashlib
import re
from datetime import UTC, timedelta
from pathlib import Path

import pytest
import yaml

import deskwatch.web
from deskwatch.core.changes import Change
from deskwatch.core.ticket import format_instant
from deskwatch.settings.languages import CATALOGUES
from deskwatch.sources.source import Kind
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.store.history import History
from deskwatch.web.discretion import discreet
from deskwatch.web.freshness import Patience, Signs, assess
from deskwatch.web.trouble import told_on_wall
from deskwatch.web.voice import Voice
from deskwatch.web.wording import Phrase, wording
from tests.web.desk import HOUR, MINUTE, NOW, SOURCES, ticket

CATALOGUE = yaml.safe_load((CATALOGUES / "de.yaml").read_text("utf-8"))
KINDS = [*Kind.__args__, "of a watcher to come"]
OUTSIDE = "192.0.2.7"
TOKEN = "a-wall-link-for-the-lobby"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
RULES = f"web: {{language: de}}\naccess: {{tokens: [{{name: lobby, sha256: {HASH}}}]}}\n"


def source(**said):
    return {"state": "ok", "last_good_at": format_instant(NOW - timedelta(seconds=5)), **said}


def failing(kind):
    error = {"kind": kind, "status": 401, "words": "kaputt", "since": format_instant(NOW - HOUR)}
    return source(state="failing", error=error, next_try_at=format_instant(NOW + MINUTE))


def beat(*, at=NOW, sources=None, **said):
    return {"schema": 1, "beat_at": format_instant(at), "sources": sources or {"desk": source()}, **said}


def child(state, **said):
    return {
        "beat_at": format_instant(NOW),
        "children": {"watcher": {"state": state, **said}, "gui": {"state": state}},
    }


SILENT_NOTIFIER = {"beat_at": format_instant(NOW - HOUR), "beat_every_seconds": 15}
AGAIN = {"last_exit": "killed by SIGKILL", "next_start_at": format_instant(NOW + MINUTE)}
SIGNS = {
    "never ran": Signs(),
    "silent": Signs(beat(at=NOW - HOUR), child("restarting", **AGAIN), SILENT_NOTIFIER),
    "ended": Signs(beat(at=NOW - HOUR), child("failed"), {"beat_at": "soon"}),
    "from the future": Signs(beat(at=NOW + HOUR)),
    "paused": Signs(beat(pause_until=format_instant(NOW + 24 * HOUR))),
    "our own": Signs(
        beat(), config_problems=["a: b"], folder_problem="weg", unreadable={"x.json": "x", "y.json": "y"}
    ),
    "one file": Signs(beat(), unreadable={"x.json": "x"}),
    "doubts": Signs(
        beat(
            sources={
                "a": source(
                    doubted={"missing": 1}, unmapped=["status 11"], notes=["n"], clock_skew_seconds=300
                ),
                "b": source(
                    doubted={"missing": 7}, unmapped=["P1"], notes=["n", "m"], writes={"problem": "p"}
                ),
            }
        )
    ),
    "every error": Signs(beat(sources={kind: failing(kind) for kind in KINDS})),
    **{kind: Signs(beat(sources={"desk": failing(kind)})) for kind in KINDS},
}


def judge(signs):
    patience = Patience.for_polling(timedelta(seconds=30), timedelta(seconds=60))
    return assess(signs, patience=lambda name: patience, now=NOW)


def templates(phrase):
    """The words of a phrase and of all that is filled in."""
    yield phrase.words
    for each in phrase.filled:
        if isinstance(each, Phrase):
            yield from templates(each)


def kinds_in_the_code():
    for path in Path(deskwatch.web.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Trouble":
                yield ast.literal_eval(node.args[0])


def test_the_signs_of_these_tests_make_every_kind_of_trouble_there_is():
    assert {t.kind for signs in SIGNS.values() for t in judge(signs).troubles} == set(kinds_in_the_code())


@pytest.mark.parametrize("signs", SIGNS.values(), ids=SIGNS)
def test_every_word_of_a_trouble_is_in_the_catalogue(signs):
    everything = judge(signs)
    for freshness in (everything, discreet(everything, [])):
        phrases = [phrase for t in freshness.troubles for phrase in (t.title, *t.words)]
        phrases += [s.words for s in freshness.sources if s.words]
        said = {words for phrase in phrases for words in templates(phrase)}
        assert {words for words in said if words not in CATALOGUE and words != "{0}"} == set()


def test_every_kind_of_error_a_helpdesk_can_have_has_a_sentence_of_its_own():
    words = {kind: judge(SIGNS[kind]).troubles[0] for kind in KINDS}
    assert all(t.title.filled[0].words != "{0} fails" for kind, t in words.items() if kind in Kind.__args__)
    voice = Voice(wording("de"), UTC, NOW)
    assert voice(*words["of a watcher to come"].words) == "kaputt. Nächster Versuch 13:01."
    assert words["of a watcher to come"].detail == ()


def test_a_trouble_reads_as_a_german_would_write_it():
    voice = Voice(wording("de"), UTC, NOW)
    (refused,) = judge(SIGNS["auth"]).troubles
    assert told_on_wall([refused], voice, elsewhere=True)[0][2:] == (
        "desk lehnt den API-Schlüssel ab (HTTP 401)",
        "Neues kommt erst wieder, wenn der Schlüssel ersetzt ist. Nächster Versuch 13:01. "
        "Einzelheiten: /boards",
    )
    assert voice(judge(SIGNS["auth"]).sources[0].words) == "Schlüssel abgelehnt seit 12:00"
    (paused,) = judge(SIGNS["paused"]).troubles
    assert voice(*paused.words).startswith("Bis 11. Mär 13:00 wird kein Helpdesk abgefragt")


# -- whole pages

ENGLISH = [
    re.compile(r"(?<!\w)" + re.sub(r"\\{\w*\\}", r"[^<>]{1,80}?", re.escape(english)) + r"(?!\w)")
    for english, german in CATALOGUE.items()
    if english != german and len(english.split()) > 1 and len(re.sub(r"\{\w*\}|\W", "", english)) > 5
]


def english_in(page):
    """What a German page says in English, its parts that are marked as English left out."""
    shown = re.sub(
        r'<(ul)[^>]* lang="en">.*?</\1>|<script.*?</script>|<style.*?</style>', "", page, flags=re.DOTALL
    )
    return {found[0] for pattern in ENGLISH if (found := pattern.search(shown))}


@pytest.fixture
def desk(make_desk):
    desk = make_desk(deskwatch=RULES)
    desk.write(
        ticket(1, priority="urgent", first_response_due_at=NOW - HOUR),
        ticket(2, agent=None, first_response_due_at=None),
        ticket(3, agent_responded_at=NOW),
    )
    return desk


def test_english_on_a_german_page_would_be_found(desk):
    desk.step()
    assert "Watcher silent" in english_in(desk.get("/b/helpdesk?lang=en").text)


@pytest.mark.parametrize("name", [name for name in SIGNS if name not in KINDS])
def test_no_page_about_trouble_speaks_english(desk, name):
    signs = SIGNS[name]
    for program, said in (
        ("watcher", signs.watcher),
        ("supervisor", signs.supervisor),
        ("notifier", signs.notifier),
    ):
        if said is not None:
            write_heartbeat(desk.home.state / f"{program}.json", dict(said))
    if signs.unreadable:
        (desk.home.tickets / "desk-9.json").write_text("{")
    if signs.config_problems:
        desk.configure("boards", "helpdesk: {nonsense: 1}")
    desk.step()
    pulse = desk.get("/b/helpdesk/pulse").json
    assert pulse["trouble"]
    told_where = str(pulse["trouble"]).count("Einzelheiten: /boards")
    assert told_where == any(t.detail for t in judge(signs).troubles), "once, for all of them"
    for path in ("/b/helpdesk", "/b/helpdesk?kiosk=1", "/b/helpdesk/pulse", "/boards"):
        assert english_in(desk.get(path).text) == set(), path
    assert english_in(desk.get("/readyz").text) or desk.get("/readyz").json["ready"], (
        "machines are told in English"
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/b/helpdesk", 200),
        ("/b/helpdesk/t/desk-1", 200),
        ("/b/helpdesk/t/desk-2", 200),
        ("/b/helpdesk/t/desk-3", 200),
        ("/b/helpdesk/t/desk-1/tip", 200),
        ("/b/helpdesk?agent=none&sort=-updated&kiosk=2&limit=x", 200),
        ("/on-call", 200),
        ("/boards", 200),
        ("/b/nope", 404),
        ("/nope", 404),
        ("/b/helpdesk/nope", 404),
        ("/b/helpdesk/t/nope", 404),
        ("/b/helpdesk/t/nope/tip", 404),
        ("/t/nope", 404),
        ("/fun/", 404),
        ("/on-call?person=zoe", 404),
        ("/on-call?days=x", 400),
        ("/w/wrong", 403),
        ("/static/nope.js", 404),
    ],
)
def test_no_page_speaks_english(desk, path, status):
    desk.beat()
    desk.step()
    reply = desk.get(path)
    assert reply.status == status
    assert english_in(reply.text) == set()
    assert status == 200 or '<html lang="de"' in reply.text


def test_refusals_and_the_first_seconds_are_told_in_german_too(desk, make_desk):
    assert "werden gelesen" in desk.get("/b/helpdesk").text
    assert "werden gelesen" in desk.get("/b/helpdesk/t/desk-1").text
    desk.beat()
    desk.step()
    assert "Dieses Gerät darf die Tafel nicht ansehen." in desk.get("/", client=OUTSIDE).text
    assert "Dieses Gerät" not in desk.get("/?lang=en", client=OUTSIDE).text
    stranger = desk.get("/", host="evil.example")
    assert (stranger.status, english_in(stranger.text)) == (421, set())
    assert english_in(desk.get("/", host="").text) == set()
    closed = make_desk(deskwatch="web: {language: de}")
    closed.step()
    assert "Nur der Server selbst darf" in closed.get("/", client=OUTSIDE).text


def test_what_breaks_is_told_in_german_and_the_exception_stays_in_the_log(desk, monkeypatch):
    desk.beat()
    desk.step()
    monkeypatch.setattr(desk.feed, "edition", lambda *a, **k: 1 / 0)
    broken = desk.get("/b/helpdesk")
    assert (broken.status, broken.text) == (
        500,
        "Etwas ist schiefgegangen. Was, steht im Protokoll von gui.py.\n",
    )
    monkeypatch.setattr("deskwatch.web.ticket_page._find", lambda *a: 1 / 0)
    broken = desk.get("/b/helpdesk/t/desk-1")
    assert "Etwas ist schiefgegangen." in broken.text
    assert "division" not in broken.text


def test_the_history_of_a_ticket_is_told_in_german(desk):
    desk.beat()
    desk.step()
    changed = {"ticket": "desk-1", "by": "desk", "cause": "read from the helpdesk", "at": NOW}
    history = History(desk.feed.published.config.database)
    history.add(
        [
            Change(field="priority", old="low", new="urgent", **changed),
            Change(field="phase", old="waiting_on_third_party", new="customer_replied", **changed),
            Change(field="archived", old=None, new="it was marked as spam", **changed),
            Change(field="archived", old=None, new="closed", **changed),
            Change(field="archived", old=None, new="words {of} others", **changed),
        ]
    )
    history.close()
    page = desk.get("/b/helpdesk/t/desk-1").text
    for said in (
        "Niedrig → Dringend",
        "Wartet auf Dritte → Kunde hat geantwortet",
        "es wurde als Spam markiert",
        "Geschlossen",
        "words {of} others",
    ):
        assert said in page
    assert english_in(page) == set()


def test_details_with_files_and_settings_are_on_the_list_of_boards_and_not_on_the_wall(desk):
    (desk.home.tickets / "desk-9.json").write_text("{")
    desk.beat(**failing("auth"), unmapped=["status 'Geparkt'"], notes=["odd <b>list</b>"])
    desk.configure("sources", SOURCES + "  nonsense: 1\n")
    desk.step()
    wall, boards = desk.get("/b/helpdesk").text, desk.get("/boards").text
    for said in ("desk-9.json", "nonsense", "status &#39;Geparkt&#39;", "odd &lt;b&gt;list", "kaputt"):
        assert said in boards
        assert said not in wall
