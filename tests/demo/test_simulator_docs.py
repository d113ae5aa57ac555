"""``docs/simulator.md`` names what exists, all of it."""

import inspect
import re
from pathlib import Path

from deskwatch.demo import Helpdesk, faults

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text("utf-8")


def test_every_fault_is_in_the_docs_and_nothing_else_is():
    paragraph = TEXT[TEXT.index("Faults (`") : TEXT.index("`times=None`")]
    named = {word for group in re.findall(r"`([a-z_ \n]+)`", paragraph) for word in group.split()}
    made = {
        name
        for name, function in inspect.getmembers(faults, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == faults.__name__
    }
    assert named == made


def test_every_act_in_the_docs_exists():
    row = next(line for line in TEXT.splitlines() if line.startswith("| act as people"))
    for name in re.findall(r"[a-z_]{4,}", row.split("|")[2]):
        assert callable(getattr(Helpdesk, name)), name
