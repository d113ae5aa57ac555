"""What is wrong with one source, told from its part of the watcher's heartbeat.

The watcher says what went wrong as a kind and as an English sentence. Walls say their own sentence for the
kind, in their language; the watcher's is the detail. A kind that is not known here is shown as it was told.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deskwatch.web.trouble import Level, Trouble, instant_of, sentence
from deskwatch.web.wording import Phrase


class Naming(NamedTuple):
    """What a source is called on walls, and where what it lacks is to be said."""

    title: str
    mend: str

    @classmethod
    def of(cls, name: str) -> "Naming":
        """Of a source without a title in ``sources.yaml``."""
        return cls(name, f"under sources.{name}.statuses in config/sources.yaml")


class _Failure(NamedTuple):
    """How a kind of error is told: beside the source's name, as a title, and what follows from it."""

    short: str
    title: str
    words: str


_FAILURE_WORDS = {
    "auth": _Failure(
        "key refused", "{0} refuses the API key", "Nothing new comes from there until its key is replaced."
    ),
    "forbidden": _Failure(
        "reading forbidden",
        "{0} forbids reading",
        "The key lacks rights, or the account does not include this.",
    ),
    "rate_limited": _Failure(
        "asks for a pause",
        "{0} asks for a pause",
        "Its limit of requests is used up. It is asked again by itself.",
    ),
    "timeout": _Failure("no answer", "{0} does not answer", "It is asked again by itself."),
    "connection": _Failure("not reachable", "{0} cannot be reached", "It is asked again by itself."),
    "tls": _Failure(
        "certificate refused",
        "The certificate of {0} is not accepted",
        "Nothing is read from there until the certificate is right.",
    ),
    "server": _Failure(
        "has a fault", "{0} has a fault", "The fault lies there. It is asked again by itself."
    ),
    "answer": _Failure(
        "answers nonsense", "{0} answers nonsense", "Its answer is not used; the tickets stay as they were."
    ),
    "not_found": _Failure(
        "not there", "{0} is not there", "Nothing is found at the address that the configuration has for it."
    ),
    "config": _Failure(
        "set up wrongly", "{0} is set up wrongly", "Its part of the configuration needs mending."
    ),
    "store": _Failure(
        "cannot be stored",
        "Tickets of {0} cannot be stored",
        "The disk of the server may be full or write-protected.",
    ),
}


def short_of(said: Mapping[str, Any]) -> Phrase | None:
    """What is wrong with a source in two or three words: "key refused since 14:05"; ``None``: nothing."""
    error = said.get("error")
    if not isinstance(error, Mapping):
        return None
    failure = _FAILURE_WORDS.get(str(error.get("kind")))
    words = Phrase(failure.short) if failure else Phrase("fails")
    since = instant_of(error.get("since"))
    return Phrase("{0} since {1}", words, since.replace(second=0, microsecond=0)) if since else words


def source_troubles(named: Naming, said: Mapping[str, Any]) -> Iterator[Trouble]:
    """Everything a heartbeat says against a source."""
    name = named.title
    error = said.get("error")
    if isinstance(error, Mapping):
        yield _failing(name, error, said)
    doubted = said.get("doubted")
    if isinstance(doubted, Mapping) and doubted.get("missing"):
        yield _doubt(name, doubted)
    skew = said.get("clock_skew_seconds")
    if isinstance(skew, int | float) and abs(skew) > 120:
        words = Phrase(
            "The server and {0} disagree by {1} s. Countdowns are off by as much.", name, abs(round(skew))
        )
        yield Trouble("clock", Level.WARN, Phrase("Clock is wrong"), (words,))
    unmapped = [str(word) for word in said.get("unmapped") or ()]
    if unmapped:
        statuses = all("status" in word for word in unmapped)
        title = Phrase(
            "{0} has statuses without a phase" if statuses else "{0} uses words that nobody has mapped", name
        )
        words = Phrase("Such tickets may stand in the wrong section.")
        detail = (f"{', '.join(unmapped)}: name them {named.mend}.",)
        yield Trouble("unmapped", Level.NOTE, title, (words,), detail=detail)
    writes = said.get("writes")
    if isinstance(writes, Mapping) and writes.get("problem"):
        title, words = Phrase("Nothing is written into {0}", name), Phrase("Reading goes on.")
        detail = (f"{name}: {sentence(writes['problem'])}",)
        yield Trouble("writes", Level.NOTE, title, (words,), detail=detail)
    notes = said.get("notes")
    told = list(dict.fromkeys(str(note) for note in notes)) if isinstance(notes, list) else []
    if told:
        one = len(told) == 1
        title = Phrase("1 note about {1}" if one else "{0} notes about {1}", len(told), name)
        lines = tuple(f"{name}: {sentence(note)}" for note in told[:_MOST_NOTES])
        yield Trouble("note", Level.NOTE, title, (Phrase("For the administrator."),), detail=lines)


def _doubt(name: str, doubted: Mapping[str, Any]) -> Trouble:
    """Tickets that an answer lacks, and that are believed to be there."""
    one = doubted["missing"] == 1
    title = Phrase(
        "1 ticket missing from the answer of {1}" if one else "{0} tickets missing from the answer of {1}",
        doubted["missing"],
        name,
    )
    words = Phrase(
        "It is kept until a second look agrees." if one else "They are kept until a second look agrees."
    )
    detail = (f"{name}: {sentence(doubted['words'])}",) if doubted.get("words") else ()
    return Trouble("doubt", Level.WARN, title, (words,), detail=detail)


_MOST_NOTES = 10


def _failing(name: str, error: Mapping[str, Any], said: Mapping[str, Any]) -> Trouble:
    """An error by its kind; the words of the watcher are the detail, or all there is."""
    detail: tuple[str, ...]
    failure, told = _FAILURE_WORDS.get(str(error.get("kind"))), error.get("words")
    title = Phrase(failure.title if failure else "{0} fails", name)
    if error.get("status") not in (None, 200):
        title = Phrase("{0} (HTTP {1})", title, error["status"])
    if failure:
        words = [Phrase(failure.words)]
        detail = (f"{name}: {sentence(told)}",) if told else ()
    else:
        words = [Phrase("{0}", sentence(told or error.get("kind") or "no reason given"))]
        detail = ()
    next_try = instant_of(said.get("next_try_at"))
    if next_try:
        words.append(Phrase("Next try {0}.", next_try))
    return Trouble("helpdesk", Level.WARN, title, tuple(words), detail=detail)
