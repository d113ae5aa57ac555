"""Views a second: the wall, a page that re-reads the folder on every request, and nginx with the same bytes.

All over TLS with the same ECDSA certificate, in turns, in one run. Needs wrk, nginx and openssl on PATH.
"""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import rig

from tickets import write_folder

CONFIG = "web:\n  certificate: {cert}\n  key: {key}\n"
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; keepalive_requests 1000000; default_type text/html; types {{ }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key};
    gzip_static on; etag on; root {folder}/www;
  }}
}}
"""


def wrk(url: str, *headers: str, connections: int = 8, seconds: int = 3) -> float:
    """Requests a second; refuses a run in which the server answered with errors (a 304 is none)."""
    options = [part for header in headers for part in ("-H", header)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", *options, url]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in report and not any(header.startswith("If-None-Match") for header in headers):
        raise RuntimeError(report)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1])


@contextlib.contextmanager
def nginx(folder: Path, cert: Path, key: Path, body: bytes, zipped: bytes) -> Iterator[str]:
    """nginx, one worker, serving the wall's own bytes as a file and its own gzip beside it."""
    (folder / "www").mkdir()
    (folder / "www" / "rows").write_bytes(body)
    (folder / "www" / "rows.gz").write_bytes(zipped)
    port = rig.free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, cert=cert, key=key))
    url = f"https://127.0.0.1:{port}/rows"
    with rig.running(["nginx", "-c", folder / "nginx.conf"], lambda: rig.fetch(url)[0] == 200):
        yield url


@contextlib.contextmanager
def naive(folder: Path, cert: Path, key: Path) -> Iterator[str]:
    """The page of `naive_wall.py` under granian."""
    port = rig.free_port()
    url = f"https://127.0.0.1:{port}/"
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *(
            "--ssl-certificate",
            cert,
            "--ssl-keyfile",
            key,
            "--working-dir",
            rig.ROOT / "bench",
            "naive_wall:app",
        ),
    ]
    env = {"DESKWATCH_BENCH_HOME": str(folder), "PYTHONPATH": str(rig.ROOT)}
    with rig.running(command, lambda: rig.fetch(url)[0] == 200, env=env):
        yield url


def main(count: int = 10_000, rounds: int = 5) -> bool:
    """Print the ratios for ``count`` tickets and answer whether every goal was met."""
    with rig.home() as folder, contextlib.ExitStack() as servers:
        os.chmod(folder, 0o755)
        cert, key = rig.certificate(folder)
        (folder / "config" / "deskwatch.yaml").write_text(CONFIG.format(cert=cert, key=key))
        write_folder(folder, count)
        base, _ = servers.enter_context(rig.gui(folder, tls=True))
        ours = f"{base}/b/{rig.BOARD}/rows"
        _, headers, body = rig.fetch(ours)
        zipped = rig.fetch(ours, **{"Accept-Encoding": "gzip"})[2]
        theirs = servers.enter_context(nginx(folder, cert, key, body, zipped))
        slow = servers.enter_context(naive(folder, cert, key))
        their_etag = rig.fetch(theirs)[1]["etag"]
        gzip = "Accept-Encoding: gzip"
        speed = rig.in_turns(
            rounds,
            wall=lambda: wrk(ours, gzip),
            nginx=lambda: wrk(theirs, gzip),
            wall_304=lambda: wrk(ours, gzip, f"If-None-Match: {headers['etag']}"),
            nginx_304=lambda: wrk(theirs, f"If-None-Match: {their_etag}"),
            naive=lambda: wrk(slow, gzip, connections=1, seconds=4),
        )
    print(
        f"{count:,} tickets; wall {len(body):,} bytes, {len(zipped):,} gzipped; requests a second over TLS:"
    )
    print("  " + ", ".join(f"{name} {value:,.1f}" for name, value in speed.items()))
    goals = [
        rig.verdict(
            "views, wall ÷ page that re-reads the folder", speed["wall"] / speed["naive"], ">=", 500, "x"
        ),
        rig.verdict("gzipped wall, share of nginx", speed["wall"] / speed["nginx"], ">=", 0.35),
        rig.verdict("304, share of nginx", speed["wall_304"] / speed["nginx_304"], ">=", 0.20),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
