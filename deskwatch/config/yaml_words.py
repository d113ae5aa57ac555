"""What the YAML parser complains about, in words that name the mend."""

import yaml

from deskwatch.config.yaml_nodes import Mark

_BRACKET = "a list or mapping in brackets is not closed or lacks a comma"
_INDENT = "the indentation does not fit the lines above"
_WORDS = (
    (
        "mapping values are not allowed",
        "not expected here: a colon is missing above, the indentation is wrong, or a text must be quoted",
    ),
    ("could not find expected ':'", "a setting without colon: write key: value"),
    ("found unexpected end of stream", "a quote that is opened here is never closed"),
    ("found unknown escape character", "a backslash inside \"…\": use '…' for paths and patterns"),
    ("did not find expected ',' or", _BRACKET),
    ("expected ',' or", _BRACKET),
    ("did not find expected key", _INDENT),
    ("did not find expected '-' indicator", "the indentation does not fit the list above"),
    ("expected <block end>", _INDENT),
    ("sequence entries are not allowed", "a list cannot start here: put it on a line of its own"),
    ("found undefined alias", "an alias (*name) whose anchor (&name) is not above it"),
    ("undefined tag handle", "tags (!…) are not allowed"),
    ("cannot start any token", "a text that begins with @, ` or % must be quoted"),
    ("expected the node content", "a value is missing here, or a text must be quoted"),
    ("did not find expected node content", "a value is missing here, or a text must be quoted"),
)


def explain_yaml(error: yaml.MarkedYAMLError, text: str) -> tuple[str, Mark]:
    """What is wrong and where. ``text`` is the file, to look at the line."""
    problem = f"{error.problem}"
    place, opened = error.problem_mark or error.context_mark, error.context_mark
    if place is None:
        return f"not valid YAML: {problem}", Mark(1, 1)
    if opened is not None and "unexpected end of stream" in problem:
        place = opened
    lines = text.split("\n")
    if place.line < len(lines):
        line, mark = lines[place.line], Mark(place.line + 1, place.column + 1)
    else:  # the parser counts the end of the file as a line
        line, mark = "", Mark(len(lines), len(lines[-1]) + 1)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab at the beginning of the line: indent with spaces", mark
    words = next((words for part, words in _WORDS if part in problem), f"not valid YAML: {problem}")
    if words is _BRACKET and opened is not None:
        words += f" (opened on line {opened.line + 1})"
    return words, mark
