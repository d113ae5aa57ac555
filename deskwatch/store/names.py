"""Ticket keys as file names that no key can lead out of the folder, on any system, and no two keys share."""

import hashlib
import re
import unicodedata

SUFFIX = ".json"
LONGEST = 120
"""Characters of a file name, its suffix included."""

_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")
_PLAIN = re.compile(rf"(?!{_DEVICE.pattern})[a-z0-9](?:[a-z0-9_-]|\.(?!\.|h[0-9a-f]{{32}}$))*(?<!\.)")
_STRANGE = re.compile(r"[^a-z0-9_-]+")


def file_name(key: str) -> str:
    """The one file name of a ticket key: ``freshservice-17.json``.

    Lower-case ASCII letters, digits, ``_``, ``-`` and single dots stay as they are. Any other key gets a
    readable part and a hash: very long ones, names of Windows devices, and capitals, which some systems fold.
    """
    if is_plain(key):
        return key + SUFFIX
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    readable = _STRANGE.sub("-", unicodedata.normalize("NFKD", key[:200]).casefold()).strip("-_")[:40]
    if _DEVICE.match(readable + "."):
        readable = "x-" + readable
    return f"{readable or 'x'}.h{digest}{SUFFIX}"


def is_plain(key: str) -> bool:
    """Whether the key itself, with ``.json`` behind it, is its file name."""
    return len(key) <= LONGEST - len(SUFFIX) and _PLAIN.fullmatch(key) is not None


def printable(name: str) -> str:
    """A file name as found on disk, for logs and pages: what is not UTF-8 or not printable is escaped."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def is_ticket_file(name: str) -> bool:
    """Whether a file of this name is meant to be a ticket: not hidden, and ending in ``.json``."""
    return name.endswith(SUFFIX) and name[0] != "."
