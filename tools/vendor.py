#!/usr/bin/env python3
"""Fetches the vendored files of static/vendor again, or (``--check``) compares them with their hashes.

Needs npm for fetching. To update a library change its version in static/vendor/VENDOR.json, run this, read
the difference, and commit files and hashes together.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
RECORD = VENDOR / "VENDOR.json"


def sha256(path: Path) -> str:
    """The hash of a file as hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def differences() -> list[str]:
    """What is not as VENDOR.json says: wrong, missing or unrecorded files."""
    recorded = {
        f["path"]: f["sha256"] for library in json.loads(RECORD.read_text()) for f in library["files"]
    }
    present = {p.name: sha256(p) for p in VENDOR.iterdir() if p != RECORD}
    return [
        f"static/vendor/{name}: recorded {recorded.get(name, 'nowhere')}, is {present.get(name, 'missing')}"
        for name in sorted(recorded.keys() | present.keys())
        if recorded.get(name) != present.get(name)
    ]


def fetch(library: dict[str, object]) -> None:
    """Download one library from the npm registry and put its files and hashes in place."""
    with tempfile.TemporaryDirectory() as folder:
        what = f"{library['name']}@{library['version']}"
        subprocess.run(["npm", "pack", "--silent", what], cwd=folder, check=True, timeout=120)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            for file in library["files"]:  # type: ignore[attr-defined]
                content = archive.extractfile(f"package/{file['from']}")
                (VENDOR / file["path"]).write_bytes(content.read())  # type: ignore[union-attr]
                file["sha256"] = sha256(VENDOR / file["path"])


def main() -> int:
    """Fetch or check; 1 when something differs."""
    if "--check" not in sys.argv[1:]:
        libraries = json.loads(RECORD.read_text())
        for library in libraries:
            fetch(library)
        RECORD.write_text(json.dumps(libraries, indent=2) + "\n")
    found = differences()
    print("\n".join(found) or "All vendored files are as recorded.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
