"""What is wrong with the configuration, one line for each mistake, in the three forms people ask for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake and its place. ``line`` and ``column`` count from 1; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    message: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        words = f"{self.path}: {self.message}" if self.path else self.message
        return f"{place}: {words}" if self.severity == "error" else f"{place}: warning: {words}"


def describe_problems(problems: Sequence[object]) -> str:
    """All problems, one a line, and a last line such as ``3 problems, 1 warning.``"""
    warnings = sum(isinstance(problem, Problem) and problem.severity == "warning" for problem in problems)
    count = _count(len(problems) - warnings, "problem") + (
        f", {_count(warnings, 'warning')}" if warnings else ""
    )
    return "\n".join([*(str(problem) for problem in problems), f"{count}."])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def problems_as_json(problems: Sequence[Problem]) -> str:
    """For ``check --format json``: ``ok``, and ``problems`` with file, line, column, path, message."""
    return json.dumps(
        {
            "ok": not any(problem.severity == "error" for problem in problems),
            "problems": [
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "path": problem.path,
                    "message": problem.message,
                    "severity": problem.severity,
                }
                for problem in problems
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def problems_as_github(problems: Sequence[Problem]) -> str:
    """For ``check --format github``: workflow commands that GitHub shows beside the changed line.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return "\n".join(_github_line(problem) for problem in problems)


def _github_line(problem: Problem) -> str:
    words = f"{problem.path}: {problem.message}" if problem.path else problem.message
    place = f"file={_escape(problem.file, ':,')}"
    if problem.line:
        place += f",line={problem.line},col={problem.column}"
    return f"::{problem.severity} {place}::{_escape(words)}"


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
