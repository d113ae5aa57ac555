"""Files to start from, one for each known helpdesk; ``ticket_watcher.py source new`` copies them."""

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent


def presets() -> Mapping[str, Path]:
    """Name to file, sorted by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def headline(text: str) -> str:
    """The sentence that begins a preset, below the line for editors."""
    lines = (line.removeprefix("#").strip() for line in text.splitlines()[1:])
    return next((line for line in lines if line), "")
