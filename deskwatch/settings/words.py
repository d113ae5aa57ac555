"""How a setting is quoted in an error, and what its writer may have meant."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches


def nearest(word: str, words: Collection[str]) -> str:
    """`` Did you mean "x"?`` when one of ``words`` resembles ``word``, else nothing."""
    folded = {known.casefold(): known for known in words}
    asked = word.casefold()
    close = get_close_matches(asked, list(folded), n=3, cutoff=0.6)
    close.sort(key=lambda known: known[:1] != asked[:1])  # people rarely mistype the first letter
    return f' Did you mean "{folded[close[0]]}"?' if close else ""


def nearest_words(wanted: str, known: Iterable[str]) -> str:
    """``. Did you mean "ana"?``, or the names there are when they are few."""
    names = list(known)
    if hint := nearest(wanted, names):
        return f".{hint}"
    return f" (there: {', '.join(names)})" if 0 < len(names) <= 8 else ""


def clip(text: str) -> str:
    """A text quoted for an error: one line, at most 40 characters."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
