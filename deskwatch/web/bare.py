"""Values of HTML attributes, without quotes where these would say nothing."""

import re

from markupsafe import Markup

_HARMLESS = re.compile(r"[\w:/.~%#-]+", re.ASCII)


def bare(value: str) -> Markup:
    """What stands after ``=`` in a tag that does not end in ``/>``: as it is, or escaped within quotes."""
    return Markup(value) if _HARMLESS.fullmatch(value) else Markup('"{}"').format(value)
