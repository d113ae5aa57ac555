"""Control routes of the simulated Twilio, for tests and benches that are other processes. Bodies are JSON.

``POST /__switches {"list_lag": 2}``, ``/__fault {"name": "drop_after", "times": 2, "to": "+1…"}``,
``/__fate {"to": "+1…", "final": "undelivered", "code": 30003}``, ``/__reply {"from": "+1…", "text": "ack"}``,
``/__reset``; ``GET /__messages``, ``/__calls``, ``/__requests``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from deskwatch.demo import twilio_faults
from deskwatch.demo.twilio_routes import Answer, TwilioApi
from deskwatch.demo.twilio_state import SENDER, Fate

CONTROL = "/__"
_WHEN = ("times", "skip", "method", "resource", "to", "share")


def control(api: TwilioApi, path: str, raw: bytes) -> Answer:
    """Do what a control route asks."""
    try:
        wish = json.loads(raw or b"{}")
        told = _obey(api, path.removeprefix(CONTROL), wish)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        return Answer(status=400, body=json.dumps({"message": f"{problem!r}"}).encode())
    return Answer(status=200, body=json.dumps(told, default=_plain).encode())


def _obey(api: TwilioApi, what: str, wish: Mapping[str, Any]) -> Any:
    state = api.state
    match what:
        case "switches":
            state.switches = replace(state.switches, **wish)
            return asdict(state.switches)
        case "fault":
            when = {name: wish[name] for name in _WHEN if name in wish}
            args = {name: value for name, value in wish.items() if name not in (*_WHEN, "name")}
            api.faults.add(getattr(twilio_faults, wish["name"])(**args), **when)
        case "fate":
            state.fates[wish["to"]] = Fate(**{name: value for name, value in wish.items() if name != "to"})
        case "reply":
            return asdict(state.receive(wish["from"], wish["text"], to=wish.get("to", SENDER)))
        case "reset":
            state.reset()
            api.faults.clear()
            api.log.clear()
        case "messages":
            return [asdict(message) for message in state.accepted]
        case "calls":
            with state.lock:
                return [asdict(call) for call in state.calls]
        case "requests":
            return [asdict(record) for record in list(api.log)]
        case _:
            raise KeyError(what)
    return {}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else list(value)
