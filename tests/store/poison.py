"""Files that have no place in a ticket folder, as generator: name, and what puts it there."""

import os
from collections.abc import Callable
from pathlib import Path

from deskwatch.store.codec import encode_object
from tests.store.tickets import ticket

Drop = Callable[[Path], object]


def _good(**changes: object) -> bytes:
    return encode_object(ticket(99, **changes).to_dict())


def _with(name: str, value: bytes) -> bytes:
    return encode_object({**ticket(99).to_dict(), name: "HERE"}).replace(b'"HERE"', value)


def _bytes(content: bytes) -> Drop:
    return lambda path: path.write_bytes(content)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


BAD_JSON = [
    b"", b" ", b"\n\n", b"null", b"true", b"0", b'"ticket"', b"[]", b"[{}]", b"{}", b"{", b"}", b'{"key"',
    b'{"key":', b'{"key": "a"', b"{'key': 'a'}", b'{"key": "a",}', b"{key: 1}", b"// x\n{}",
    b'{"key": "a"} x', b'{"a": 01}', b'{"a": .5}', b'{"a": +1}', b'{"a": 0x1}', b'{"a": NaN}',
    b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": tru}', b'{"a": "\x00"}', b'{"a": "\n"}',
    b'{"a": "\\x41"}', b'{"a": "\\u12"}', b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b"\x00" * 100,
    b"\x1f\x8b\x08\x00", b"%PDF-1.7", b"[" * 200_000, b'{"a":' * 200_000, _good().decode().encode("utf-16"),
    _good().decode().encode("utf-32"), _good()[:100], _good()[50:], b"x" * 2_000_000,
]  # fmt: skip

BAD_FIELDS = [
    _good(key="desk-98"), _good(key="a\n\x1b\u202e" * 100), _with("schema", b'"' + b"x" * 9999 + b'"'),
    _good(key=""), _with("key", b"null"), _with("key", b"[]"), _with("schema", b"2"),
    _with("source", b'""'), _with("id", b"{}"), _with("subject", b"[1]"), _with("tags", b'"a"'),
    _with("tags", b"[{}]"), _with("status", b'"Open"'), _with("phase", b'"new"'), _with("phase", b"[]"),
    _with("priority", b'"P1"'), _with("requester", b'"Ana"'), _with("created_at", b'"soon"'),
    _with("created_at", b"1741600000"), _with("created_at", b'"2026-03-10T10:00:00"'), _with("created_at",
    b'"0001-01-01T00:00:00+10:00"'), _with("source_breached", b'"no"'), _with("number", b"9" * 5000),
    _with("number", b'"1", "x": 1e999'), _with("number", b'"1", "x": ' + b"[" * 150 + b"]" * 150),
]  # fmt: skip

ODD_FILES: list[Drop] = [
    _sparse,
    os.mkfifo,
    Path.mkdir,
    lambda path: path.symlink_to("/etc/passwd"),
    lambda path: path.symlink_to(path),
    lambda path: path.symlink_to("/dev/zero"),
]


def bad_files() -> list[tuple[str, Drop]]:
    """Name and maker of each; none of them is a ticket."""
    drops = [_bytes(content) for content in BAD_JSON + BAD_FIELDS] + ODD_FILES
    names = [f"bad-{n}.json" for n in range(len(drops))]
    odd_names = ["bad \n\x1b[31m.json", "b\u00e4d \u202e.json", os.fsdecode(b"bad-\xff.json"), "\u00a0.json"]
    return [*zip(names, drops, strict=True), *((name, _bytes(_good())) for name in odd_names)]


ODD_SUBJECTS = {
    "marks": "a" + "\u0300" * 5000,
    "line separator": "a\u2028b\u2029c",
    "end of script": "</script><script>alert(1)</script>",
    "right to left": "\u202eabc\u2066",
    "nul": "a\x00b",
    "escape": "\x1b[31m",
    "surrogate pair": "\U0001f525",
    "private use": "\ue000\U0010ffff",
}


def odd_but_good() -> dict[str, bytes]:
    """Tickets that are to be shown although they look strange: key to content of its file."""
    files = {
        f"odd-{n}": encode_object(ticket(1, key=f"odd-{n}", subject=subject).to_dict())
        for n, subject in enumerate(ODD_SUBJECTS.values())
    }
    plain = encode_object(ticket(1, key="odd-bom").to_dict())
    files["odd-bom"] = b"\xef\xbb\xbf" + plain
    files["odd-twice"] = plain.replace(b"odd-bom", b"odd-twice").replace(
        b'"id": "1"', b'"id": "0", "id": "1"'
    )
    files["odd-half"] = plain.replace(b"odd-bom", b"odd-half").replace(b'"Printer', b'"\\ud800 Printer')
    files["odd-number"] = plain.replace(b"odd-bom", b"odd-number").replace(b'"id": "1"', b'"id": 1')
    files["odd-few"] = b'{"key":"odd-few","source":"odd","id":"few"}'
    return files
