"""``kill -9`` at any moment: nothing is lost and nothing is applied twice."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_watcher_that_is_killed_at_any_step_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(tmp_path)  # no disk has to be waited for
    with TemporaryDirectory(dir=memory) as place:
        command = [sys.executable, "-m", "tests.local.crash_driver", place]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    whole = found["whole"]
    assert list(whole["tickets"]) == ["desk-3.json", "fs-17.json"]
    assert sorted(whole["archive"]) == ["desk-1.json", "desk-2.json"]
    assert [note["text"] for note in whole["archive"]["desk-1.json"]["notes"]] == ["Looked at it.", "Done."]
    assert [each[:2] for each in whole["outcomes"]] == [
        [True, "desk-1"],
        [True, "desk-1"],
        [True, "desk-1"],
        [True, "desk-1"],
        [True, "desk-2"],
        [True, "desk-2"],
        [True, "desk-3"],
        [True, "fs-17"],
    ]
    assert [row.split()[2:4] for row in whole["history"] if "archived" in row] == [
        ["desk-1", "archived"],
        ["desk-2", "archived"],
    ]
    assert all(row.endswith("in tickets/.inbox") for row in whole["history"]), "and who did it"
    assert len(found["killed"]) > 30
    for step, state in enumerate(found["killed"], start=1):
        assert state == whole, f"killed before step {step}"
