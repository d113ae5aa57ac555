"""A home with configuration files, written as an admin would."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deskwatch.config import Checked, check

Write = Callable[..., Path]
Problems = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write(hours="...")`` writes ``config/hours.yaml``; answers the home."""

    def write(**files: str) -> Path:
        (tmp_path / "config").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "config" / f"{name}.yaml").write_text(text, "utf-8")
        return tmp_path

    return write


@pytest.fixture
def problems(tmp_path: Path) -> Problems:
    """Every problem of the home, as the admin reads it."""

    def problems(**env: str) -> list[str]:
        checked: Checked = check(tmp_path, env=env)
        return [str(problem) for problem in checked.problems]

    return problems
