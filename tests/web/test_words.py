"""The wall speaks two languages, and neither lacks a word."""

import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deskwatch.config import load
from deskwatch.settings.languages import CATALOGUES, languages
from deskwatch.web import worker
from deskwatch.web.wording import Wording, read_catalogue, wording
from tests.web.desk import NOW, ticket
from tests.web.test_assets import load_tool

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [language for language in languages() if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_is_missing(language):
    assert load_tool("words").missing(language) == []


@pytest.mark.processes
def test_a_translator_who_reads_the_first_lines_only_gets_no_traceback():
    ours, theirs = os.pipe()
    os.close(ours)  # as `| head` does when it has read enough
    tool = [sys.executable, ROOT / "tools" / "words.py", "xx"]
    run = subprocess.run(tool, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(theirs)
    assert (run.returncode, run.stderr) == (0, "")


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


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_keeps_words_that_nobody_says(language):
    assert load_tool("words").unused(language) == []


def test_the_tool_tells_a_translator_what_is_missing_and_what_is_wrong(tmp_path, capsys, monkeypatch):
    tool = load_tool("words")
    monkeypatch.setattr(tool, "CATALOGUES", tmp_path)
    monkeypatch.setattr(tool, "SCRIPTS", tmp_path)
    (tmp_path / "fr.yaml").write_text('"Overdue": "En retard"\n"{0} d": "jours"\n"Bread": "Pain"\n')
    monkeypatch.setattr(tool, "words_of_scripts", lambda: {"{0} d", "Overdue"})
    assert tool.main("fr", "--write") == 1
    said = capsys.readouterr().out
    assert '"Watcher silent": ""' in said
    assert '"Overdue"' not in said
    assert '# nobody says this any more: "Bread"' in said
    assert '# {0} must stand in the translation of "{0} d"' in said
    assert "En retard" in (tmp_path / "words-fr.js").read_text("utf-8")
    assert tool.main("xx") == 2
    assert "xx.yaml is not there: begin with a copy of de.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("slip", ["a: [", "- Overdue", '"Overdue": 5', "1: En retard", "\xff"])
def test_a_translator_whose_file_makes_no_sense_is_told_so_in_words(slip, tmp_path, monkeypatch):
    tool = load_tool("words")
    monkeypatch.setattr(tool, "CATALOGUES", tmp_path)
    (tmp_path / "fr.yaml").write_bytes(slip.encode("latin-1"))
    with pytest.raises(SystemExit, match=r"templates/words/fr\.yaml: "):
        tool.main("fr")


def test_a_slip_of_a_translator_costs_a_word_and_not_the_wall(tmp_path):
    slip = Wording("fr", {"{0} of {1}": "{0} de {2}", "{day} {month}": "{jour} {", "On call": ""})
    assert slip("{0} of {1}", 1, 2) == "1 of 2"
    assert slip("{day} {month}", day=1, month="Mai") == "1 Mai"
    assert slip("On call") == "On call"
    for slip in ("{0.ago}", "{0[ago]}", "{0:d}", "{0", "{1}", "{ago}"):
        assert Wording("fr", {"Data {0} old": slip})("Data {0} old", "1 h") == "Data 1 h old", slip
    broken = tmp_path / "fr.yaml"
    for text in ("- a", '"a": "b', '"a": 7', "\xff"):
        broken.write_text(text, "latin-1")
        assert read_catalogue(broken) == {}
    assert read_catalogue(tmp_path / "none.yaml") == {}


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


def test_the_tiles_are_called_otherwise_than_the_sections_and_tell_what_they_count(desk):
    desk.write(ticket(1), ticket(2, first_response_due_at=None))
    desk.step()

    def tiles(query):
        page = desk.get(f"/b/helpdesk{query}").text
        found = re.findall(r'<li class="tile[^>]*?(?: title="([^"]*)")?>.*?<b>(\d+)</b> <span>([^<]+)', page)
        return {words: (int(count), title) for title, count, words in found}

    assert tiles("")["Nothing due"] == (1, "Paused, met or no target")
    german = tiles("?lang=de")
    assert german["Nichts fällig"] == (1, "Pausiert, erfüllt oder ohne Ziel")
    assert german["Aktiv"] == (2, "")
    assert "Offen" not in german


def test_the_language_of_the_configuration_is_the_usual_one(make_desk):
    desk = make_desk(deskwatch="web: {language: de}")
    desk.beat()
    desk.step()
    assert "Keine offenen Tickets." in desk.get("/b/helpdesk").text
    assert "No open tickets." in desk.get("/b/helpdesk?lang=en").text
    assert "Tafeln" in desk.get("/boards").text


def test_a_language_that_is_added_while_all_runs_is_understood_at_once_and_spoken_by_the_next_worker(
    desk, tmp_path, monkeypatch
):
    languages.cache_clear()
    assert languages() == ("en", "de")
    for name in ("CATALOGUES", "SCRIPTS"):
        monkeypatch.setattr(sys.modules[languages.__module__], name, tmp_path)
    (tmp_path / "fr.yaml").write_text('"Overdue": "En retard"')
    (tmp_path / "words-fr.js").write_text("")
    desk.configure("deskwatch", "web: {language: fr}")
    assert load(desk.home).web.language == "fr"
    assert wording("fr").language == "en", "this worker lacks the script that the page would need"

    class BegunError(Exception):
        pass

    def begin():
        raise BegunError

    monkeypatch.setattr(worker, "Assets", begin)
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    try:
        with pytest.raises(BegunError):
            worker.load_app(desk.home)
        assert languages() == ("en", "fr")
        assert wording("fr").language == "fr"
    finally:
        languages.cache_clear()
        wording.cache_clear()


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
