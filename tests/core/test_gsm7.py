import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.gsm7 import fit, is_gsm7, segments, septets, transliterate


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("It’s “down” – again…", 'It\'s "down" - again...'),
        ("Müller, Ångström, señor, ça", "Müller, Ångström, señor, ca"),
        ("Łódź, Dvořák, Þór", "Lodz, Dvorak, Thor"),
        ("Почта не работает", "Pochta ne rabotaet"),
        ("Σφάλμα", "ΣΦAΛMA"),
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("🔥🔥 Mail 邮件系统", "? Mail ?"),
        ("cafe\u0301", "café"),
        ("A\x1b[31mB\x00C\u202eD\u200bE", "A[31mBCDE"),
        ("one\r\ntwo", "one\ntwo"),
        ("ﬁle №5 ½", "file No5 1?2"),
        ("[K7Q2] {x} ~ | \\ ^ €5", "[K7Q2] {x} ~ | \\ ^ €5"),
    ],
)
def test_a_text_is_written_with_the_letters_of_the_alphabet(text: str, written: str) -> None:
    assert transliterate(text) == written


@given(st.text())
def test_any_text_becomes_gsm_7(text: str) -> None:
    written = transliterate(text)
    assert is_gsm7(written)
    assert not any(unicodedata.category(character) == "Cc" and character != "\n" for character in written)
    assert transliterate(written) == written


@given(st.text(), st.integers(0, 200))
def test_a_fitted_text_never_exceeds_its_room(text: str, limit: int) -> None:
    assert septets(fit(text, limit)) <= limit


def test_a_text_that_is_too_long_ends_after_a_whole_word() -> None:
    assert fit("Mail is down for everybody in the house", 20) == "Mail is down for..."
    assert fit("Mail is down", 12) == "Mail is down"
    assert fit("Donaudampfschifffahrtsgesellschaft", 12) == "Donaudamp..."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 152 + "€" + "a" * 153, 3),
        ("“" + "a" * 69, 1),
        ("“" + "a" * 70, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, count: int) -> None:
    assert segments(text) == count
