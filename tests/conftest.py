"""What holds for every test."""

import logging
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONG = [
    "browser/test_quality.py",
    "scenarios/test_crash_storm.py",
    "browser/test_desk.py",
    "scenarios/test_processes.py",
    "browser/test_looks.py",
    "test_start.py",
    "browser/test_quality_kiosk.py",
    "web/test_process.py",
]
"""Files that take longest: those that keep a processor busy, and those that mostly wait, in turn."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Several workers begin with the long files, so that none has one left when the others are done."""
    if not hasattr(config, "workerinput"):
        return
    names = {item: item.path.relative_to(HERE).as_posix() for item in items}
    files = list(dict.fromkeys(names.values()))
    browser = [name for name in files if name.startswith("browser/") and name not in LONG]
    waiting = [name for name in files if name.startswith("scenarios/") and name not in LONG]
    first = [*LONG, *(name for name in chain(*zip_longest(browser, waiting)) if name)]
    place = {name: at for at, name in enumerate([*first, *(name for name in files if name not in first)])}
    items.sort(key=lambda item: place[names[item]])


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    """A command sets up logging to the standard error of its test, which is closed when the next one runs."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    if root.handlers != before:
        for handler in root.handlers:
            if handler not in before:
                handler.close()
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(False)
