"""A ticket id comes from outside: its file must not leave the folder nor take another ticket's place."""

import re
import string
from pathlib import PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskwatch.store.names import LONGEST, file_name, is_plain, is_ticket_file

keys = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=string.ascii_letters + string.digits + "._-/\\: %\0\n", max_size=200),
    st.from_regex(r"[a-z0-9]{1,3}(\.h[0-9a-f]{32})?", fullmatch=True),
)


@pytest.mark.parametrize("key", ["freshservice-17", "it-desk-4.5", "a_b-c", "7", "console-1", "x" * 115])
def test_an_ordinary_key_is_its_own_file_name(key):
    assert file_name(key) == f"{key}.json"


ODD = [
    "../../etc/passwd",
    "..",
    ".",
    "",
    ".hidden",
    "-rf",
    "a..b",
    "a.",
    "FS-1",
    "con",
    "nul.x",
    "lpt1",
    "a/b",
]
ODD += ["a\\b", "a b", "ä-1", "x" * 116, "\ud800", "a\n", "fs-1.h" + "0" * 32]


@pytest.mark.parametrize("key", ODD)
def test_any_other_key_gets_a_hash(key):
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*\.h[0-9a-f]{32}\.json", file_name(key))


def test_a_hashed_name_still_tells_people_which_ticket_it_is():
    assert file_name("Jira-ABC-12").startswith("jira-abc-12.h")
    assert file_name("desk-Übung 9").startswith("desk-u-bung-9.h")


@given(keys)
@example("CON")
@example("com1.txt")
@example("İ" * 120)
def test_no_key_leads_out_of_the_folder_or_to_a_device(key):
    name = file_name(key)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)
    assert len(name) <= LONGEST
    assert ".." not in name
    assert not name.removesuffix(".json").endswith(".")
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name, re.IGNORECASE)
    assert PureWindowsPath(name).name == name
    assert is_ticket_file(name)


@given(keys, keys)
@example("FS-1", "fs-1")
@example("a", "a.h" + "0" * 32)
def test_no_two_keys_share_a_file_even_where_capitals_are_ignored(one, other):
    if one != other:
        assert file_name(one).casefold() != file_name(other).casefold()


@given(keys)
def test_the_name_of_a_hashed_file_is_not_a_plain_key(key):
    stem = file_name(key).removesuffix(".json")
    assert is_plain(key) == (stem == key)
    assert is_plain(stem) == is_plain(key)


@pytest.mark.parametrize("name", [".staging", ".a.json", "README.md", "17.txt", "a.json.tmp", ".json"])
def test_other_files_in_the_folder_are_left_alone(name):
    assert not is_ticket_file(name)
