"""Which file systems do not tell about changes that other machines make."""

import os
import re
from pathlib import Path

_SHARES = re.compile(
    r"nfs\d*|cifs|smb\d*|smbfs|9p|afs|ceph|glusterfs|fuse\.(?!gvfsd).*|vboxsf|virtiofs|drvfs|prl_fs"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_file_system(folder: str, *, mounts: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The type of the network (or otherwise shared) file system that holds the folder, ``nfs4`` for example.

    None for local disks, and wherever the system does not say. The list of mounts is described in proc(5).
    """
    if folder.startswith(("\\\\", "//")):
        return "a Windows share"
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    deepest, kind = "", ""
    for line in lines:
        place, _, about = line.partition(" - ")
        words = place.split(" ")
        if len(words) < 5 or not about:
            continue
        point = _ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), words[4])
        inside = folder == point or folder.startswith(point.rstrip(os.sep) + os.sep)
        if inside and len(point) >= len(deepest):
            deepest, kind = point, about.split(" ")[0]
    return kind if _SHARES.fullmatch(kind) else None
