"""What every benchmark here needs: a home folder, a certificate, a server on a free port, a fair median."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOARD = "helpdesk"
UNVERIFIED = ssl._create_unverified_context()


def free_port() -> int:
    """A free port below the range from which the kernel picks client ports: many clients cannot steal it."""
    for port in range(20000 + os.getpid() % 5000, 32000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("no free port between 20000 and 32000")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed ECDSA P-256 pair for 127.0.0.1, by openssl."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30"
    name = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", *kind.split(), *name.split(), "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    return cert, key


@contextlib.contextmanager
def home(config: dict[str, str] | None = None) -> Iterator[Path]:
    """A throw-away home folder with the given configuration files."""
    folder = Path(tempfile.mkdtemp(prefix="deskwatch-bench-"))
    try:
        for part in ("config", "tickets", "state"):
            (folder / part).mkdir()
        for name, text in (config or {}).items():
            (folder / "config" / name).write_text(text, encoding="utf-8")
        yield folder
    finally:
        shutil.rmtree(folder)


def fetch(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One GET: status, headers in lower case, body. A refusal is an answer too."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30, context=UNVERIFIED) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, {k.lower(): v for k, v in refusal.headers.items()}, refusal.read()


@contextlib.contextmanager
def running(
    command: Sequence[str | Path], ready: Callable[[], bool], *, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that is ended with the block; entered when ``ready()`` first answers true."""
    words = [str(part) for part in command]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=log, stderr=log)
        try:
            wait_until(lambda: answers(ready) or process.poll() is not None, within=60, what=f"{words}")
            if process.poll() is not None:
                log.seek(0)
                raise RuntimeError(f"{words} ended: {log.read().decode()[-2000:]}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def gui(folder: Path, *, tls: bool = False) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The real gui.py on ``folder``, its tickets loaded: base URL and process."""
    port = free_port()
    base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    command = [sys.executable, ROOT / "gui.py", "--home", folder, "--host", "127.0.0.1", "--port", str(port)]
    with running(command, lambda: fetch(f"{base}/b/{BOARD}/rows")[0] == 200) as process:
        yield base, process


def answers(ready: Callable[[], bool]) -> bool:
    """Whether ``ready()`` is true, counting a refused connection as not yet."""
    try:
        return ready()
    except OSError:
        return False


def wait_until(true: Callable[[], object], *, within: float, what: str) -> float:
    """Wait for ``true()`` and answer the seconds it took."""
    start = time.perf_counter()
    while not true():
        if time.perf_counter() - start > within:
            raise RuntimeError(f"waited {within:.0f} s in vain for {what}")
        time.sleep(0.005)
    return time.perf_counter() - start


def in_turns(rounds: int, **rivals: Callable[[], float]) -> dict[str, float]:
    """Medians of rivals that take turns, so that noise meets all of them; the first round only warms up."""
    values: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(rounds + 1):
        for name, measure in rivals.items():
            value = measure()
            if turn:
                values[name].append(value)
    return {name: statistics.median(found) for name, found in values.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tree_of(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def memory_mib(pid: int) -> float:
    """Proportional set size of a process tree, in MiB."""
    lines = (line for p in tree_of(pid) for line in Path(f"/proc/{p}/smaps_rollup").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree so far."""
    ticks = 0
    for p in tree_of(pid):
        fields = Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def verdict(what: str, measured: float, bound: str, limit: float, unit: str = "") -> bool:
    """Print one line of the report; ``bound`` is ``<=`` or ``>=``."""
    good = measured <= limit if bound == "<=" else measured >= limit
    print(f"{'ok  ' if good else 'MISS'} {what}: {measured:,.3g}{unit} (goal {bound} {limit:,g}{unit})")
    return good


def shown_numbers(base: str) -> list[str]:
    """Numbers of tickets that have a row on the board right now, in the order of the page."""
    page = fetch(f"{base}/b/{BOARD}/rows")[2].decode()
    return list(dict.fromkeys(re.findall(r'<tr[^>]* data-k="?bench-(\d+)', page)))
