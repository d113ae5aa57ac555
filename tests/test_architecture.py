"""The house rules that a reader relies on, checked on the source itself."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "deskwatch"
SCRIPTS = ("gui", "ticket_watcher", "notifier")
LONGEST_MODULE, LONGEST_SCRIPT = 350, 60

EVERYWHERE = {"errors", "clock"}
PROCESS = {"daemon", "logs", "cli", "ctrl_c"}
"""What makes a program out of a pipeline: the loop, the log, the command line, Ctrl-C."""

MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "settings": {"errors"},
    "wire": {"settings"},
    "sources": {"core", "settings", "wire"},
    "channels": {"core", "settings", "wire"},
    "messages": {"core"},
    "store": {"core"},
    "ics": {"core", "settings", "store", "wire"},
    "config": {"core", "settings", "sources", "channels", "ics"},
    "web": {"core", "settings", "store", "config", "ics", "daemon", "logs"},
    "light": {"core", "settings", "store", "config", "wire", "web"},
    "gui_commands": {"core", "settings", "store", "config", "web", "light", *PROCESS},
    "local": {"core", "settings", "store", "sources", "config"},
    "door": {"core", "settings", "store", "sources", "config", "local", *PROCESS},
    "own_tickets": {"core", "store", "sources", "config", "local", *PROCESS},
    "watch_menu": {"sources", "cli"},
    "watch_source": {"core", "sources", "config", "watch_commands", *PROCESS},
    "watch": {"core", "store", "sources", "config", "rounds", "watched", "filing", "write_back"},
    "rounds": {"core", "store", "sources", "watched", "filing"},
    "write_back": {"core", "store", "sources", "write_ledger"},
    "write_ledger": {"core", "store"},
    "filing": {"core", "store"},
    "watched": {"core", "settings", "store", "sources", "config", "write_back"},
    "one_ticket": {"core", "settings", "store"},
    "watch_commands": {
        "one_ticket",
        "core",
        "store",
        "sources",
        "config",
        "watch",
        "watched",
        "beside",
        "local",
        "door",
        *PROCESS,
    },
    "pager": {"core", "store", "config", "channels", "messages", "ics"},
    "notify": {"core", "store", "config", "channels", "messages", "pager", "ics"},
    "notify_commands": {
        "one_ticket",
        "core",
        "settings",
        "store",
        "config",
        "channels",
        "messages",
        "pager",
        "notify",
        "ics",
        *PROCESS,
    },
    "watch_import": {"config", "sources", "watch_commands", "logs"},
    "migrate": {"core", "settings", "store", "config", "sources", "cli", "logs"},
    "beside": {"demo"},
    "demo": {"core", "config", "store", *PROCESS},
    "errors": set(),
    "clock": set(),
    "logs": set(),
    "daemon": {"logs"},
    "ctrl_c": set(),
    "interpreter": set(),
    "cli": {"config", "ctrl_c", "daemon", "logs"},
    "console": {"logs"},
    "child": {"console", "daemon", "logs"},
    "restarts": {"child"},
    "welcome": {"logs"},
    "supervisor": {"core", "store", "child", "console", "daemon", "restarts"},
    "config_commands": {"config", "cli", "logs"},
    "lineup": {
        "beside",
        "store",
        "config",
        "web",
        "supervisor",
        "child",
        "console",
        "welcome",
        *PROCESS,
    },
    "__main__": {"config", "ctrl_c", "lineup", "cli"},
}
"""Who may know whom inside the package; ``errors`` and ``clock`` may be known by all but the core."""

MAY_NOT_BE_CALLED = {
    "utils", "util", "helpers", "helper", "common", "commons", "manager", "managers", "misc", "base", "tools",
}  # fmt: skip
CLOCK_READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic",
    "time.time_ns", "time.monotonic_ns", "time.perf_counter", "time.localtime", "time.gmtime", "time.sleep",
}  # fmt: skip


@dataclass(frozen=True)
class Module:
    """A source file of ours."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def unit(self) -> str:
        """The folder or file directly below the package."""
        return self.path.relative_to(PACKAGE).with_suffix("").parts[0]

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"), self.name)

    def imports(self) -> Iterator[str]:
        """Dotted names of everything imported, also inside functions."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: imports are written in full"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def test_imports_point_inward() -> None:
    outward = []
    for module in MODULES:
        if module.path == PACKAGE / "__init__.py":
            continue
        assert module.unit in MAY_IMPORT, f"{module.unit} is new: say in MAY_IMPORT whom it may know"
        allowed = MAY_IMPORT[module.unit] | {module.unit} | (EVERYWHERE if module.unit != "core" else set())
        known = {name.split(".")[1] for name in module.imports() if name.startswith("deskwatch.")}
        if not known <= allowed | {"__version__"}:
            outward.append(f"{module.name} knows {sorted(known - allowed)}")
    assert outward == []


def test_the_core_does_no_input_or_output() -> None:
    outside = {"os", "pathlib", "io", "socket", "requests", "subprocess", "threading", "time", "logging"}
    core = [module for module in MODULES if module.unit == "core"]
    assert [m.name for m in core if {name.split(".")[0] for name in m.imports()} & outside] == []


def test_the_clock_is_read_in_one_place_and_nobody_sleeps() -> None:
    reads = []
    for module in MODULES:
        if module.unit == "clock":
            continue
        reads += [f"{module.name} imports {name}" for name in module.imports() if name in CLOCK_READS]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node).removeprefix("dt.") in CLOCK_READS:
                reads.append(f"{module.name}:{node.lineno} {ast.unparse(node)}")
    assert reads == [], "take `now` as an argument instead"


def test_a_module_ends_before_the_reader_gets_tired() -> None:
    lengths = {module.name: len(module.path.read_text("utf-8").splitlines()) for module in MODULES}
    tiring = {name: length for name, length in lengths.items() if length > LONGEST_MODULE}
    assert tiring == {}, "split it by what it knows"


def test_a_module_is_named_after_what_it_knows() -> None:
    vague = [m.name for m in MODULES if set(re.split(r"[_\W]+", m.path.stem.lower())) & MAY_NOT_BE_CALLED]
    assert vague == []


def test_a_broad_except_is_logged_or_raised_again() -> None:
    silent = [
        f"{module.name}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _is_loud(node)
    ]
    assert silent == []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")


def _is_loud(handler: ast.ExceptHandler) -> bool:
    return "log.exception" in ast.unparse(handler) or "raise" in ast.unparse(handler)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_only_puts_parts_together(script: str) -> None:
    length = len((ROOT / f"{script}.py").read_text("utf-8").splitlines())
    assert length <= LONGEST_SCRIPT, f"{script}.py has {length} lines: it should call, not decide"


def test_start_py_needs_nothing_but_the_standard_library() -> None:
    names = {name.split(".")[0] for name in Module(ROOT / "start.py").imports()}
    assert names <= set(sys.stdlib_module_names)


def test_start_py_can_be_parsed_by_a_python_that_is_too_old() -> None:
    ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 6))


def test_the_simulated_helpdesk_is_known_only_where_programs_are_put_together() -> None:
    knowing = {
        module.unit
        for module in MODULES
        if any(name.startswith("deskwatch.demo") for name in module.imports()) and module.unit != "demo"
    }
    assert knowing <= {"__main__", "beside"}
