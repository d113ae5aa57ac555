"""A Luxafor flag on Linux: found, lit, found again after somebody pulled it out, dark at the end.

The kernel's hidraw takes a report number (0: the device has none) and the report, which has 8 bytes:
command 1 (steady), the lamps meant (255: all), red, green, blue, and three that stay 0.
https://docs.kernel.org/hid/hidraw.html
"""

import errno
import logging
import os
import re
from pathlib import Path

from deskwatch.core.light import COLOURS, Colour

log = logging.getLogger(__name__)

VENDOR, PRODUCT = 0x04D8, 0xF372
CLASS = Path("/sys/class/hidraw")
UDEV_RULE = (
    'KERNEL=="hidraw*", ATTRS{idVendor}=="04d8", ATTRS{idProduct}=="f372", MODE="0660", GROUP="plugdev"'
)

_STEADY, _ALL_LAMPS = 1, 255
_ID = re.compile(r"^HID_ID=[0-9A-F]+:([0-9A-F]{8}):([0-9A-F]{8})$", re.MULTILINE | re.IGNORECASE)


def report(colour: Colour) -> bytes:
    """What hidraw gets for a steady colour."""
    return bytes((0, _STEADY, _ALL_LAMPS, colour.red, colour.green, colour.blue, 0, 0, 0))


def find_flag(classes: Path = CLASS) -> str | None:
    """The device of the first flag that is plugged in."""
    try:
        entries = sorted(classes.iterdir())
    except OSError:
        return None
    for entry in entries:
        try:
            match = _ID.search((entry / "device" / "uevent").read_text("ascii", "replace"))
        except OSError:
            continue
        if match and (int(match[1], 16), int(match[2], 16)) == (VENDOR, PRODUCT):
            return f"/dev/{entry.name}"
    return None


class Flag:
    """The lamp. ``show`` never raises: what is wrong is told once, and tried again at the next call."""

    def __init__(self, device: str | None = None, *, classes: Path = CLASS) -> None:
        """``device``: such as ``/dev/hidraw0``; ``None``: the first flag that is plugged in."""
        self._device, self._classes = device, classes
        self._fd: int | None = None
        self._told = ""

    def show(self, colour: Colour) -> bool:
        """Light the lamp; say whether it is lit."""
        if self._fd is None and not self._open():
            return False
        assert self._fd is not None
        try:
            os.write(self._fd, report(colour))
        except OSError as problem:
            self._close()
            self._tell(f"The lamp does not answer ({os.strerror(problem.errno or 0)}); was it unplugged?")
            return False
        self._tell("")
        return True

    def close(self) -> None:
        """Dark, and let go."""
        if self._fd is not None:
            self.show(COLOURS["off"])
            self._close()

    def _open(self) -> bool:
        path = self._device or find_flag(self._classes)
        if path is None:
            self._tell("No Luxafor flag is plugged in; it is looked for again and again.")
            return False
        try:
            # without waiting: a pipe that nobody reads must not stop the loop
            self._fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as problem:
            if problem.errno in (errno.EACCES, errno.EPERM):
                self._tell(f"{path} may not be written to. Put this into /etc/udev/rules.d/: {UDEV_RULE}")
            else:
                self._tell(f"{path} cannot be opened ({os.strerror(problem.errno or 0)}).")
            return False
        log.info("The lamp is at %s.", path)
        return True

    def _close(self) -> None:
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def _tell(self, words: str) -> None:
        if words and words != self._told:
            log.warning("%s", words)
        self._told = words
