"""Which Python runs a script: one that has the packages, or the one of ``.venv`` beside the script.

Standard library only, and readable for an old Python: this is imported before everything else.
"""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec

NEEDS = (
    "click",
    "dotenv",
    "flask",
    "granian",
    "holidays",
    "jinja2",
    "jmespath",
    "phonenumbers",
    "pydantic",
    "regex",
    "requests",
    "schedule",
    "segno",
    "sqlalchemy",
    "twilio",
    "waitress",
    "watchdog",
    "yaml",
)
"""Every package that ``deskwatch/`` imports, by the name it is imported under."""


def has_the_packages(script: str) -> None:
    """Come back if this Python can run ``script``; otherwise run it again with ``.venv``, or say what to do.

    Exit codes: that of the script, or 2 when there is no ``.venv`` that could run it.
    """
    is_new_enough = sys.version_info >= (3, 11)
    if is_new_enough and all(find_spec(name) is not None for name in NEEDS):
        return
    script = os.path.realpath(script)
    folder = os.path.dirname(script)
    python = os.path.join(
        folder, ".venv", *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
    )
    own = os.path.abspath(sys.executable or "")
    if not os.path.exists(python) or os.path.normcase(own) == os.path.normcase(python):
        sys.stderr.write(
            "Deskwatch is not installed yet: run `python3 start.py check` in "
            + folder
            + " once, then this again.\n"
        )
        sys.exit(2)
    command = [python, script, *sys.argv[1:]]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(python, command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows has no exec: the child gets the Ctrl-C, we wait
    sys.exit(subprocess.call(command))
