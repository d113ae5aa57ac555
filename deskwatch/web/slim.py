"""Our scripts without what only their readers need: comments, blanks, and long names of things of their own.

Each script is one function that shares nothing but ``window.deskwatch``, so every name it declares is its own
and may be as short as one letter in what browsers load. The rest stays as it was written.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_letters

_TOKEN = re.compile(
    r"""(?P<left_out>\s+|/\*.*?\*/|//[^\n]*)
    |(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<pattern>/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[gim]*)
    |(?P<word>[\w$]+)
    |(?P<sign>\+\+|--|[^\w\s])""",
    re.DOTALL | re.VERBOSE,
)
_RESERVED = frozenset({"do", "if", "in"})
"""The words of the language that are as short as the names given here."""
_BEFORE_PATTERN = frozenset({"return", "typeof", "case", "in"})
"""Words that are no value: a slash after them begins a pattern, after any other it divides."""


def slim(script: str) -> str:
    """The same program in fewer bytes.

    It knows ES5 with a semicolon after every statement, which is how our scripts are written. A name they
    declare must not also be one of the browser that they use bare: say ``window.location``. The tests hold
    each script against this.
    """
    tokens = tokens_of(script)
    short = short_names(tokens)
    said = [short.get(t, t) if t in short and not is_property(tokens, i) else t for i, t in enumerate(tokens)]
    return "".join(_joined(said)) + "\n"


def tokens_of(script: str) -> list[str]:
    """The words, texts, patterns and signs that a script consists of."""
    tokens: list[str] = []
    at = 0
    while found := _TOKEN.match(script, at):
        divides = found.lastgroup == "pattern" and bool(tokens) and _is_value(tokens[-1])
        token = "/" if divides else found[0]
        if found.lastgroup != "left_out":
            tokens.append(token)
        at += len(token)
    return tokens


def _is_value(token: str) -> bool:
    """Whether a value ends here; of a closing bracket that is assumed."""
    return token[-1] in ")]}'\"" or (_is_word(token[-1]) and token not in _BEFORE_PATTERN)


def short_names(tokens: Sequence[str]) -> Mapping[str, str]:
    """A short name for each declared one; the commoner, the shorter. None means anything else."""
    declared = set(_declared(tokens))
    taken = (set(tokens) - declared) | _RESERVED
    often = Counter(t for i, t in enumerate(tokens) if t in declared and not is_property(tokens, i))
    free = (name for name in _names() if name not in taken)
    return {name: next(free) for name, _ in often.most_common()}


def _names() -> Iterator[str]:
    return ("".join(letters) for length in count(1) for letters in product(ascii_letters, repeat=length))


def _declared(tokens: Sequence[str]) -> Iterator[str]:
    for i, token in enumerate(tokens):
        if i and tokens[i - 1] == ".":
            continue
        if token == "function":
            opening = tokens.index("(", i)
            yield from tokens[i + 1 : opening]
            yield from (t for t in tokens[opening + 1 : tokens.index(")", opening)] if t != ",")
        elif token == "catch":
            yield tokens[i + 2]
        elif token == "var":
            yield from _variables(tokens, i + 1)


def _variables(tokens: Sequence[str], at: int) -> Iterator[str]:
    """The names of ``var a = f(b), c;``: the first, and those after a comma outside of brackets."""
    yield tokens[at]
    depth = 0
    while depth or tokens[at] not in (";", "in"):
        depth += (tokens[at] in "([{") - (tokens[at] in ")]}")
        if tokens[at] == "," and not depth:
            yield tokens[at + 1]
        at += 1


def is_property(tokens: Sequence[str], i: int) -> bool:
    """Whether a word is the name of a property: after a dot, or before the colon in an object."""
    return tokens[i - 1] == "." or (tokens[i - 1] in "{," and tokens[i + 1] == ":")


def _joined(tokens: Sequence[str]) -> Iterator[str]:
    before = ""
    for token in tokens:
        words = _is_word(before[-1:]) and _is_word(token[0])
        if words or (before[-1:] == token[0] and token[0] in "+-"):
            yield " "
        yield token
        before = token


def _is_word(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")
