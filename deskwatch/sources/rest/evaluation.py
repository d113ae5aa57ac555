"""Evaluates JMESPath within a limit of work, so that no expression on no answer takes more than a moment.

The language has no loops, but ``[@,@]|[@,@]|…`` doubles what it works on with every six characters. So work
is counted: each visit of a part of the expression, each entry of a list that is made, each sixteen characters
of a text that is made, and everything that lies below a value that is compared or written as text.
"""

from collections.abc import Callable
from math import prod
from typing import Any

from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

WHOLE = 500_000
"""Work that an expression on a whole answer may cost: about a tenth of a second, a second at worst."""

ONE = 20_000
"""Work that an expression on one item may cost; a path costs as much as it has names."""

MOST_REPEATS = 200
"""How often an expression may repeat what it finds: as many parts as a list of names may name."""

_DEEP = frozenset(("contains", "to_string"))
_CHARACTERS = 16


class TooCostlyError(ValueError):
    """An evaluation that was given up."""


class Allowance:
    """What one expression may cost over many values: bursts, but not each time.

    Counted in evaluations and not by a clock, so that the same values always have the same outcome.
    """

    __slots__ = ("_asked", "_free", "_most", "_once", "_spent", "_window")

    WINDOW = 1000
    """Evaluations after which spent work is forgotten."""
    MOST = 500_000
    """Work in a window: a quarter of a second for each expression and 1,000 items."""

    def __init__(self, once: int = ONE, *, most: int = MOST, window: int = WINDOW, free: int = 0) -> None:
        """``once``: what one evaluation may cost; ``free``: what does not count towards ``most``."""
        self._once, self._most, self._window, self._free = once, most, window, free
        self._asked = self._spent = 0

    @classmethod
    def for_answers(cls) -> "Allowance":
        """For whole answers, which may be large each time: three of twenty may be given up."""
        return cls(WHOLE, most=3 * WHOLE, window=20, free=WHOLE)

    def take(self) -> int:
        """How much the next evaluation may cost.

        Raises:
            TooCostlyError: those before have used it up.
        """
        self._asked += 1
        if self._asked > self._window:
            self._asked, self._spent = 1, 0
        if self._spent >= self._most:
            raise TooCostlyError("takes too long on what came before; make it simpler")
        return self._once

    def spend(self, work: int) -> None:
        """Count what it did cost."""
        if work > self._free:
            self._spent += work


class Evaluation(TreeInterpreter):
    """One evaluation; ``left`` is the work that it may still do."""

    _functions = Functions()
    _dict_cls = dict

    def __init__(self, most: int) -> None:
        self.left = most

    def visit(self, node: Any, value: Any) -> Any:
        """The value of a part of the expression."""
        self.left -= 1
        if self.left < 0:
            raise TooCostlyError("takes too long; make it simpler")
        return _VISITS[node["type"]](self, node, value)

    def charge(self, work: int) -> None:
        """Count work that is about to be done."""
        self.left -= work
        if self.left < 0:
            raise TooCostlyError("takes too long; make it simpler")

    def visit_flatten(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        flat: list[Any] = []
        self.charge(len(base))
        for element in base:
            if isinstance(element, list):
                self.charge(len(element))
                flat.extend(element)
            else:
                flat.append(element)
        return flat

    def visit_slice(self, node: Any, value: Any) -> Any:
        if isinstance(value, list):
            self.charge(len(value))
        return super().visit_slice(node, value)

    def visit_comparator(self, node: Any, value: Any) -> Any:
        left = self.visit(node["children"][0], value)
        right = self.visit(node["children"][1], value)
        if isinstance(left, list | dict) and isinstance(right, list | dict):
            self._charge_below(left)
            self._charge_below(right)
        if node["value"] not in ("eq", "ne") and not (_has_order(left) and _has_order(right)):
            return None
        return self.COMPARATOR_FUNC[node["value"]](left, right)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        name = node["value"]
        given = [self.visit(child, value) for child in node["children"]]
        for argument in given:
            if name in _DEEP:
                self._charge_below(argument)
            elif isinstance(argument, list):
                self.charge(sum(len(e) // _CHARACTERS + 1 if isinstance(e, str) else 1 for e in argument))
            elif isinstance(argument, str | dict):
                self.charge(len(argument) // (_CHARACTERS if isinstance(argument, str) else 1))
        return self._functions.call_function(name, given)

    def _charge_below(self, value: Any) -> None:
        """Count everything in a value; what appears in it twice counts twice, as it will be read twice."""
        waiting = [value]
        while waiting:
            part = waiting.pop()
            if isinstance(part, list | dict):
                self.charge(1 + len(part))
                waiting.extend(part.values() if isinstance(part, dict) else part)
            else:
                self.charge(1 + len(part) // _CHARACTERS if isinstance(part, str) else 1)


def _has_order(value: Any) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


_VISITS: dict[str, Callable[[Evaluation, Any, Any], Any]] = {
    name.removeprefix("visit_"): getattr(Evaluation, name)
    for name in dir(Evaluation)
    if name.startswith("visit_")
}


def unknown_function(node: Any) -> str | None:
    """Words about the first function of a parsed expression that does not exist or gets too few values."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict):
            continue
        waiting.extend(part["children"])
        if part["type"] == "function_expression":
            name, given = part["value"], len(part["children"])
            known = Functions.FUNCTION_TABLE.get(name)
            if known is None:
                there_are = ", ".join(sorted(Functions.FUNCTION_TABLE))
                return f"there is no function {name}() (there are {there_are})"
            wanted = known["signature"]
            more = bool(wanted) and bool(wanted[-1].get("variadic"))
            if given < len(wanted) or (given > len(wanted) and not more):
                least = "at least " if more else ""
                return f"{name}() takes {least}{len(wanted)} value{'s' * (len(wanted) != 1)}, not {given}"
    return None


def repeats(node: Any) -> int:
    """How often a part of the input may stand in what a parsed expression finds, at most.

    What is found shares its parts, however often they stand in it; who reads it meets each of them.
    """
    kind, parts = node["type"], node["children"]
    if kind in ("multi_select_list", "multi_select_dict"):
        return sum(map(repeats, parts)) or 1
    if kind in ("or_expression", "and_expression"):
        return max(map(repeats, parts))
    if kind in ("filter_projection", "comparator", "not_expression", "slice"):
        parts = parts[:2] if kind == "filter_projection" else []
    if kind == "function_expression":
        each = [repeats(part) for part in parts] or [1]
        if node["value"] == "not_null":
            return max(each)
        return prod(each) if node["value"] == "map" else sum(each)
    return prod(map(repeats, parts))
