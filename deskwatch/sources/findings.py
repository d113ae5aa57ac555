"""What ``check --live`` found, collected call by call."""

from deskwatch.sources.source import Finding, SourceError

SKEW_LIMIT = 120.0
"""Seconds that this machine's clock may be off before anybody has to care."""


class Findings:
    """Collects findings about one account."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def say(self, ok: bool, words: str, *, unreachable: bool = False) -> None:
        """One more, in words."""
        self.found.append(Finding(ok, words, unreachable))

    def fail(self, error: SourceError) -> None:
        """An error; a refused key is a finding, anything else means that nobody could be asked."""
        self.say(False, error.words, unreachable=error.kind not in ("auth", "forbidden"))

    def tell_clock(self, skew: float | None) -> None:
        """``skew``: seconds this machine's clock is ahead of the helpdesk's."""
        if skew is not None and abs(skew) > SKEW_LIMIT:
            ahead = "ahead of" if skew > 0 else "behind"
            self.say(False, f"this machine's clock is {abs(skew):.0f} s {ahead} the helpdesk's; set it right")
