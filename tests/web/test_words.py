"""The wall speaks two languages, and neither lacks a word."""

import string

import pytest
import yaml

from deskwatch.web.wording import CATALOGUES, LANGUAGES, wording
from tests.web.desk import NOW, ticket
from tests.web.test_assets import load_tool

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_is_missing(language):
    assert load_tool("words").missing(language) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_keeps_the_places_that_are_filled_in(language):
    def places(text):
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)

    catalogue = yaml.safe_load((CATALOGUES / f"{language}.yaml").read_text("utf-8"))
    assert {text: said for text, said in catalogue.items() if places(text) != places(said)} == {}


@pytest.mark.parametrize("language", OTHERS)
def test_what_browsers_say_themselves_is_in_their_script(language):
    tool = load_tool("words")
    written = (tool.SCRIPTS / f"words-{language}.js").read_text("utf-8")
    assert written == tool.script(language), f"run: python tools/words.py {language} --write"


def test_a_word_that_a_language_lacks_stays_english():
    assert wording("de")("a word that nobody translates") == "a word that nobody translates"
    assert wording("tlh")("Overdue") == "Overdue"


def test_a_screen_asks_for_its_language(desk):
    desk.write(ticket(1, agent=None))
    desk.step()
    english, german = desk.get("/b/helpdesk"), desk.get("/b/helpdesk?lang=de")
    assert '<html lang="en"' in english.text
    assert '<html lang="de"' in german.text
    assert "Unassigned" in english.text
    assert "Niemand" in german.text
    assert "Unassigned" not in german.text
    assert "words-de.js" in german.text
    assert "words-de.js" not in english.text


def test_the_language_of_the_configuration_is_the_usual_one(make_desk):
    desk = make_desk(deskwatch="web: {language: de}")
    desk.beat()
    desk.step()
    assert "Keine offenen Tickets." in desk.get("/b/helpdesk").text
    assert "No open tickets." in desk.get("/b/helpdesk?lang=en").text
    assert "Tafeln" in desk.get("/boards").text


def test_dates_are_told_in_the_language_of_the_screen(desk):
    desk.write(ticket(1, first_response_due_at=NOW.replace(month=3, day=12)))
    desk.step()
    assert "12 Mar 14:00" in desk.get("/b/helpdesk").text
    assert "12. Mär 14:00" in desk.get("/b/helpdesk?lang=de").text
    assert desk.get("/b/helpdesk/pulse?lang=de").json["today"] == "10. Mär"


def test_rows_and_screen_links_speak_the_language_of_the_screen(desk):
    desk.write(ticket(1, subject="", priority="urgent", first_response_due_at=NOW.replace(hour=1)))
    desk.step()
    rows = desk.get("/b/helpdesk/rows?lang=de").text
    for said in ("Überfällig", "Dringend", "Antwort war fällig", "(ohne Betreff)"):
        assert said in rows
    assert not [english for english in ("Overdue", "Urgent", "Response") if english in rows]
    assert wording("de")("From 5 metres") == "Aus 5 Metern"
