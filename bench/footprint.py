"""What the GUI holds and burns when nothing happens: memory at 10,000 tickets, processor share when idle."""

import sys
import time

import rig

from tickets import write_folder


def main(count: int = 10_000, seconds: int = 60) -> bool:
    """Print memory and idle share; answer whether the goals were met."""
    with rig.home() as folder:
        write_folder(folder, count)
        with rig.gui(folder) as (base, process):
            for path in (
                "/",
                f"/b/{rig.BOARD}",
                f"/b/{rig.BOARD}/rows",
                f"/b/{rig.BOARD}/pulse",
                "/api/v1/tickets",
                "/readyz",
            ):
                rig.fetch(base + path)
            time.sleep(20)  # files as young as these are read once more at the first rescan
            before, start = rig.cpu_seconds(process.pid), time.perf_counter()
            time.sleep(seconds)
            idle = 100 * (rig.cpu_seconds(process.pid) - before) / (time.perf_counter() - start)
            memory = rig.memory_mib(process.pid)
    goals = [
        rig.verdict(f"memory of the GUI at {count:,} tickets", memory, "<=", 110, " MiB"),
        rig.verdict("idle share of one core", idle, "<=", 0.5, " %"),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
