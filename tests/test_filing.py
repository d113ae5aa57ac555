"""Whatever dies at whatever moment: the history has every change once."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_the_history_has_each_change_once_however_often_the_watcher_is_killed(tmp_path: Path) -> None:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(tmp_path)  # no disk has to be waited for
    seeds = [3, 21, *range(100, 110)]
    with TemporaryDirectory(dir=memory) as place:
        command = [sys.executable, "-m", "tests.history_kills", place, *map(str, seeds)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert sum(home["deaths"] for home in found) > 2 * len(seeds)
    for seed, home in zip(seeds, found, strict=True):
        assert len(home["whole"]) > 10
        assert home["killed"] == home["whole"], f"seed {seed}"
        assert home["left"] == 0, "what the database has is not kept twice"
