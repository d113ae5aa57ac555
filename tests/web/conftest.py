"""The desk most tests of the dashboard start from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.desk import Desk


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[..., Desk]:
    """Makes a desk with settings of its own."""
    made = 0

    def make(**settings: Any) -> Desk:
        nonlocal made
        made += 1
        return Desk(tmp_path / f"home{made}", **settings)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """An empty desk whose watcher works."""
    desk = make_desk()
    desk.beat()
    desk.step()
    return desk
