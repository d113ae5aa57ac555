"""Whether the tests take their time: DESKWATCH_THOROUGH=1 tries many more random and hostile inputs."""

import os

THOROUGH = os.environ.get("DESKWATCH_THOROUGH", "") not in ("", "0")


def at_most(usual: int, *, thorough: int) -> int:
    """How many to try: few each time, many in a thorough run."""
    return thorough if THOROUGH else usual
