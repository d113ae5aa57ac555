"""What holds for every test."""

import logging
from collections.abc import Iterator

import pytest


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
