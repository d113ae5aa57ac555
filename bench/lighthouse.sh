#!/bin/sh
# Lighthouse on a wall of 200 tickets: accessibility, best practices and performance, desktop preset.
#
#   sh bench/lighthouse.sh [more of the address, such as "?kiosk=1"]
#
# Needs Chromium, and Lighthouse: npm install --prefix SOMEWHERE lighthouse, then LIGHTHOUSE=SOMEWHERE/node_modules/.bin/lighthouse
# (default: the one on the PATH). Exits with 1 when a score is below 0.95. Search engines are not wanted on a wall.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
lighthouse=${LIGHTHOUSE:-lighthouse}
case "${1:-}" in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
home=$(mktemp -d)
trap 'kill "$gui" 2>/dev/null || true; wait "$gui" 2>/dev/null || true; rm -rf "$home"' EXIT INT TERM
mkdir "$home/config" "$home/state"
echo 'helpdesk: {title: Helpdesk}' > "$home/config/boards.yaml"
echo 'bench: {kind: freshservice, base_url: "https://desk.example.com"}' > "$home/config/sources.yaml"
PYTHONPATH=$root "$python" "$root/bench/tickets.py" 200 "$home" > /dev/null
PYTHONPATH=$root:$root/bench "$python" -c 'import bytes, pathlib, sys; bytes.beat(pathlib.Path(sys.argv[1]))' "$home"
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" "$root/gui.py" --home "$home" --host 127.0.0.1 --port "$port" > "$home/log" 2>&1 &
gui=$!
url="http://127.0.0.1:$port/b/helpdesk${1:-}"
"$python" -c '
import sys, time, urllib.request
for _ in range(100):
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5); break
    except OSError:
        time.sleep(0.2)
else:
    sys.exit("the wall never answered")' "$url"
CHROME_PATH=${CHROMIUM:-$(command -v chromium || command -v google-chrome)} "$lighthouse" "$url" --quiet --preset=desktop \
    --only-categories=accessibility,best-practices,performance --output=json --output-path="$home/report.json" \
    --chrome-flags="--headless=new --no-sandbox --disable-gpu --no-first-run"
"$python" - "$home/report.json" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))
good = True
for name, category in report["categories"].items():
    good &= (category["score"] or 0) >= 0.95
    print(f"{'ok  ' if (category['score'] or 0) >= 0.95 else 'MISS'} {name}: {category['score']} (goal >= 0.95)")
    for ref in category["auditRefs"]:
        audit = report["audits"][ref["id"]]
        if ref["weight"] and audit["score"] is not None and audit["score"] < 0.9:
            print(f"     {audit['id']}: {audit['title']} {audit.get('displayValue', '')}")
sys.exit(0 if good else 1)
PYTHON
