"""The page everybody writes first: read the whole folder on every request, sort it, render every ticket.

It is the baseline of `bench/views.py`, served by the same server over the same TLS as the wall. `/browser`
is its sister, a stand-in for Ticket Dash in `bench/screen.py`: an empty table, JSON of every ticket, and a
script that appends rows one by one to `innerHTML`. DESKWATCH_BENCH_HOME names the home folder of both.
"""

import json
import os
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string

PAGE = """<!doctype html><title>Tickets</title><h1>{{ tickets|length }} tickets</h1><table>
{% for t in tickets %}<tr><td><a href="{{ t.url }}">{{ t.number }}</a></td><td>{{ t.subject }}</td>
<td>{{ t.requester.name }}</td><td>{{ t.agent.name if t.agent }}</td><td>{{ t.priority }}</td>
<td>{{ t.status.name }}</td><td>{{ t.resolution_due_at }}</td></tr>
{% endfor %}</table>"""

BROWSER_PAGE = """<!doctype html><title>Tickets</title><h1>Tickets</h1><table><thead><tr><th>ID<th>Subject<th>
Requester<th>Agent<th>Priority<th>SLA<th>Updated<th>Created</tr></thead>
<tbody id="rows"></tbody></table><script>
fetch('tickets.json').then(function (answer) { return answer.json(); }).then(function (tickets) {
  var body = document.getElementById('rows');
  tickets.forEach(function (t) {
    body.innerHTML += '<tr class="' + t.priority + '" data-k="' + t.key + '"><td><a href="' + t.url
      + '" title="' + t.description.slice(0, 300) + '">' + t.number + '</a></td><td>' + t.subject
      + '</td><td>' + t.requester.name + '</td><td>' + (t.agent ? t.agent.name : 'Unassigned')
      + '</td><td><span class="badge">' + t.priority + '</span></td><td><span class="badge">'
      + t.resolution_due_at + '</span></td><td>' + t.updated_at + '</td><td>' + t.created_at + '</td></tr>';
  });
});
</script>"""

app = Flask(__name__)


def tickets() -> list[dict[str, Any]]:
    """All tickets of the folder, most pressing first."""
    folder = Path(os.environ["DESKWATCH_BENCH_HOME"]) / "tickets"
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(found, key=lambda ticket: ticket["resolution_due_at"] or "9")


@app.get("/")
def wall() -> str:
    """A row for each of them."""
    return render_template_string(PAGE, tickets=tickets())


@app.get("/browser")
def browser_wall() -> str:
    """No row at all: the browser makes them."""
    return BROWSER_PAGE


@app.get("/tickets.json")
def tickets_json() -> list[dict[str, Any]]:
    """What it makes them of."""
    return tickets()
