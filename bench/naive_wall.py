"""The page everybody writes first: read the whole folder on every request, sort it, render every ticket.

It is the baseline of `bench/views.py`, served by the same server over the same TLS as the wall.
DESKWATCH_BENCH_HOME names its home folder.
"""

import json
import os
from pathlib import Path

from flask import Flask, render_template_string

PAGE = """<!doctype html><title>Tickets</title><h1>{{ tickets|length }} tickets</h1><table>
{% for t in tickets %}<tr><td><a href="{{ t.url }}">{{ t.number }}</a></td><td>{{ t.subject }}</td>
<td>{{ t.requester.name }}</td><td>{{ t.agent.name if t.agent }}</td><td>{{ t.priority }}</td>
<td>{{ t.status.name }}</td><td>{{ t.resolution_due_at }}</td></tr>
{% endfor %}</table>"""

app = Flask(__name__)


@app.get("/")
def wall() -> str:
    """All tickets of the folder, most pressing first."""
    folder = Path(os.environ["DESKWATCH_BENCH_HOME"]) / "tickets"
    tickets = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    tickets.sort(key=lambda ticket: ticket["resolution_due_at"] or "9")
    return render_template_string(PAGE, tickets=tickets)
