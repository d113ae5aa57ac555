"""The recipes in deploy/ and .ci/ are at least well formed, and name only what exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("no systemd-analyze on this machine")
    for unit in UNITS:
        installed = unit.read_text("utf-8").replace("/opt/deskwatch/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(installed)
    command = [checker, "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    result = subprocess.run(command, capture_output=True, text=True)
    complaints = [line for line in result.stderr.splitlines() if "deskwatch" in line]
    assert complaints == []


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.stem
)
def test_a_unit_starts_a_script_that_exists_with_no_more_rights_than_it_needs(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    command = next(line for line in lines if line.startswith("ExecStart="))
    script = re.findall(r"python (\w+\.py)", command)
    assert len(script) == 1
    assert (ROOT / script[0]).exists()
    assert {"ProtectSystem=strict", "NoNewPrivileges=yes", "User=deskwatch"} <= set(lines)
    assert ("ReadWritePaths=" in "\n".join(lines)) == (unit.stem != "deskwatch-gui"), (
        "only the wall writes nothing"
    )


def test_the_windows_service_runs_the_module_that_start_py_runs() -> None:
    service = ElementTree.parse(ROOT / "deploy" / "windows" / "deskwatch.xml").getroot()
    assert (service.findtext("arguments") or "").startswith("-m deskwatch ")
    assert "-m deskwatch " in (ROOT / "deploy" / "windows" / "nssm-install.bat").read_text("utf-8")


def test_compose_runs_the_three_scripts() -> None:
    services = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text("utf-8"))["services"]
    scripts = {service["command"][1] for service in services.values()}
    assert scripts == {"ticket_watcher.py", "notifier.py", "gui.py"}
    assert all((ROOT / script).exists() for script in scripts)
    assert all(mount.endswith(":ro") for mount in services["gui"]["volumes"]), "the wall writes nothing"


def test_secrets_stay_out_of_an_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".env", "token.txt", "config/secrets", "*.pem"} <= set(ignored)


def test_the_gate_is_a_script_that_bash_can_read() -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    gate = ROOT / ".ci" / "run"
    subprocess.run([bash, "-n", gate], check=True)
    assert "set -euo pipefail" in gate.read_text("utf-8")


def test_files_that_the_operations_page_names_exist() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    named = set(re.findall(r"(?:deploy|docs)/[\w./-]+\w", page))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_operations_page_names_every_exit_code() -> None:
    from deskwatch import cli

    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    codes = [cli.OK, cli.FINDINGS, cli.USAGE, cli.LOCK_HELD, cli.UNREACHABLE, cli.INTERRUPTED]
    assert [code for code in codes if f"| {code} |" not in page] == []
