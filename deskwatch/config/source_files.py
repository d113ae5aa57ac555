"""``config/sources.d/``: one file for each helpdesk that is described in YAML, beside ``sources.yaml``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from deskwatch.config.explain import problem_at
from deskwatch.config.fields import NAME_PATTERN
from deskwatch.config.files import ConfigFile
from deskwatch.config.home import Home
from deskwatch.config.machine import Machine
from deskwatch.config.problems import Problem
from deskwatch.config.sources import FOLDER, AnySource
from deskwatch.sources.rest.mistakes import doubts, mistakes
from deskwatch.sources.rest.settings import RestSettings


class SourceFile(ConfigFile[RestSettings]):
    """One described helpdesk. Its settings are also compared with each other."""

    def __init__(self, folder: Path, name: str, *, shown: str | None = None) -> None:
        super().__init__(folder, name, RestSettings, no_settings(), shown=shown)

    def validate(self, machine: Machine, *, needs_secrets: bool) -> RestSettings:
        """What the file means; nothing when it is empty or wrong (then see ``problems``)."""
        settings = super().validate(machine, needs_secrets=needs_secrets)
        if settings is not None:
            root, shown = self.document.root, self.shown
            self.problems += [problem_at(root, shown, place, words) for place, words in mistakes(settings)]
            doubtful = (problem_at(root, shown, place, words) for place, words in doubts(settings))
            self.problems += [replace(problem, severity="warning") for problem in doubtful]
        return settings


SourceFiles = Mapping[str, SourceFile]
"""Source name to its file."""


def source_files(home: Home) -> tuple[SourceFiles, list[Problem]]:
    """The files of ``config/sources.d/``, and what is wrong with their names."""
    folder = home.config / FOLDER
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.name[0] != ".")
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except OSError as error:
        return {}, [Problem(f"config/{FOLDER}", message=f"cannot be read ({error.strerror})")]
    files, problems = dict[str, SourceFile](), list[Problem]()
    for path in paths:
        shown = f"config/{FOLDER}/{path.name}"
        if path.suffix != ".yaml":
            problems.append(
                Problem(shown, message="is not read: rename it to end in .yaml", severity="warning")
            )
        elif not re.fullmatch(NAME_PATTERN, path.stem):
            problems.append(
                Problem(
                    shown,
                    message="cannot be a source: its name becomes part of ticket keys, so use small letters, "
                    "digits, - and _ (at most 40)",
                )
            )
        else:
            files[path.stem] = file = SourceFile(home.config, f"{FOLDER}/{path.stem}")
            if file.document.root is None and not file.problems:
                problems.append(Problem(shown, message="is empty; describe a helpdesk in it, or delete it"))
    return files, problems


def no_settings() -> Any:
    """What a file with mistakes stands for; nobody uses it, for then there is no configuration."""
    return None


def name_problems(listed: ConfigFile[Any], files: SourceFiles) -> Iterator[Problem]:
    """Names that two sources share, or that could give two tickets one key."""
    names = listed.keys() or ()
    for name in sorted(files.keys() & set(names)):
        words = f"config/{FOLDER}/{name}.yaml has this name already; rename one of the two"
        yield problem_at(listed.document.root, listed.shown, (name,), words)
    for name in sorted(files):
        for other in sorted({*names, *files}):
            if other != name and other.startswith(f"{name}-"):
                words = (
                    f"the name of source {other} begins with {name}-, so that two tickets could get one key; "
                    "rename one of the two"
                )
                yield Problem(f"config/{FOLDER}/{name}.yaml", message=words)


def all_sources(listed: Mapping[str, AnySource], files: Mapping[str, RestSettings]) -> dict[str, AnySource]:
    """Every source there is, those of ``sources.yaml`` first."""
    return {**listed, **files}
