"""The files a page needs beside itself: read once, addressed by fingerprint, kept by browsers for ever."""

import mimetypes
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from deskwatch.web.printing import FOR_EVER, Printed, fingerprint
from deskwatch.web.slim import slim
from deskwatch.web.slim_style import short_properties, slim_style

STATIC = Path(__file__).resolve().parents[2] / "static"

_SERVED = {".css", ".js", ".svg", ".png", ".woff2", ".ico", ".webmanifest"}
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Assets:
    """The static files by their path below ``static/``. Nothing else is served: no path meets the disk."""

    def __init__(self, root: Path = STATIC) -> None:
        files = sorted(p for p in root.rglob("*") if p.is_file() and p.suffix in _SERVED)
        short = short_properties(p.read_text("utf-8") for p in files if p.parent.name == "css")
        self._files: Mapping[str, Printed] = {
            p.relative_to(root).as_posix(): _printed(p, short) for p in files
        }
        self._kept = {name: replace(file, cache_control=FOR_EVER) for name, file in self._files.items()}
        self.build = fingerprint("".join(f.version for f in self._files.values()).encode())[:12]

    @property
    def files(self) -> Mapping[str, Printed]:
        """All of them by their names."""
        return self._files

    def url(self, name: str) -> str:
        """The address of a file, relative to the root of the site; it changes whenever the file does.

        Raises:
            KeyError: there is no such file.
        """
        return f"static/{name}?v={self._files[name].version[:12]}"

    def find(self, name: str, query: str) -> Printed | None:
        """The file, to be kept for ever when it was asked for by its fingerprint."""
        kept = query == f"v={self._files[name].version[:12]}" if name in self._files else False
        return self._kept[name] if kept else self._files.get(name)


def _printed(path: Path, short: Mapping[str, str]) -> Printed:
    content_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = path.read_bytes()
    if path.suffix == ".js":
        content = slim(content.decode("utf-8")).encode("utf-8")
    elif path.parent.name == "css":
        content = slim_style(content.decode("utf-8"), short).encode("utf-8")
    return Printed(content, content_type)
