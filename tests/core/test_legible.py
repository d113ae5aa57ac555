"""Hostile and strange text is shown, and cannot harm its neighbours."""

import pytest

from deskwatch.core.legible import legible, legible_block


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mail is down", "Mail is down"),
        ("Mail\r\nis\tdown\x00", "Mail is down"),
        ("Größe 日本語 שלום", "Größe 日本語 שלום"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u200b\u2060", "U+200B U+2060"),
        ("", ""),
        ("a" * 200, "a" * 49 + "…"),
        ("日" * 200, "日" * 49 + "…"),
        ("<b>&amp;", "<b>&amp;"),
        ("\U0001f469\u200d\U0001f4bb works", "\U0001f469\u200d\U0001f4bb works"),
    ],
)
def test_text_is_shown_as_what_it_says(text, shown):
    assert legible(text, 50) == shown


def test_piled_up_marks_are_cut():
    assert legible("Z" + "\u0301" * 500 + "a", 50) == "Z" + "\u0301" * 4 + "a"


def test_a_description_keeps_its_lines_but_not_its_holes():
    assert legible_block("Hello,\n\n\n\nmail is\tdown\n\nAna\n", 300) == "Hello,\n\nmail is down\n\nAna"
    assert len(legible_block("word " * 500, 300)) <= 300
