from pathlib import Path

import pytest

from tests.messages.post import Post


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """Nothing but the shipped templates."""
    return Post(tmp_path)
