"""Process start to first complete page, against `cat` of the same files, which are in the page cache."""

import subprocess
import sys
import time
from pathlib import Path

import rig

from tickets import write_folder


def cat(folder: Path) -> float:
    """Seconds that `cat` needs for every ticket file."""
    start = time.perf_counter()
    command = f"find {folder}/tickets -name '*.json' -print0 | xargs -0 cat >/dev/null"
    subprocess.run(command, shell=True, check=True)
    return time.perf_counter() - start


def first_page(folder: Path) -> float:
    """Seconds from starting gui.py to the first page that holds the tickets."""
    start = time.perf_counter()
    with rig.gui(folder) as (base, _):
        page = rig.fetch(f"{base}/b/{rig.BOARD}")[2]
        took = time.perf_counter() - start
        assert b"bench-" in page, "the page has no tickets"
        return took


def main(count: int = 100_000, rounds: int = 4) -> bool:
    """Print the ratio for ``count`` tickets and answer whether the goal was met."""
    with rig.home() as folder:
        write_folder(folder, count)
        took = rig.in_turns(rounds, cat=lambda: cat(folder), wall=lambda: first_page(folder))
    print(f"{count:,} files: cat {took['cat']:.2f} s, first page {took['wall']:.2f} s")
    return rig.verdict("start to first page ÷ cat", took["wall"] / took["cat"], "<=", 3.5, "x")


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
