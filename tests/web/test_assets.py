"""What browsers load: small, old-browser proof, vendored with recorded hashes, and nothing from elsewhere."""

import importlib.util
import re
from pathlib import Path

import pytest
from calmjs.parse import asttypes, es5

from deskwatch.web.assets import Assets
from deskwatch.web.slim import slim
from deskwatch.web.slim_style import short_properties, slim_style

STATIC = Path(__file__).parents[2] / "static"
OWN_SCRIPTS = sorted((STATIC / "js").glob("*.js"))
EVERYTHING = [*OWN_SCRIPTS, *sorted((STATIC / "css").glob("*.css")), *sorted((STATIC / "img").glob("*.svg"))]
TEMPLATES = sorted((STATIC.parent / "templates" / "dashboard").iterdir())


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, STATIC.parent / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_vendored_files_are_the_recorded_ones():
    assert load_tool("vendor").differences() == []


def served(*names):
    """Bytes of these files as a browser gets them, uncompressed."""
    return sum(len(Assets().find(name, "").body) for name in names)


@pytest.mark.parametrize("kiosk", [0, 1])
def test_the_scripts_of_a_page_stay_below_25_kb_in_any_language(desk, kiosk):
    page = desk.get(f"/b/helpdesk?lang=de&kiosk={kiosk}").text
    loaded = re.findall(r'<script src="\.\./static/([^?"]+)', page)
    assert len(loaded) == page.count("<script") == 5 - kiosk
    assert served(*loaded) <= 25_000


def test_the_style_sheets_stay_below_25_kb():
    sheets = {f"css/{p.name}" for p in (STATIC / "css").glob("*.css")}
    assert served(*(sheets - {"css/arcade.css"})) <= 25_000
    assert served("css/arcade.css") <= 4_000, "a theme that only those load who ask for it"


def names_in(node, kind):
    """The nodes of that kind which are in the same function as this one."""
    for child in node.children():
        if child is not None:
            if isinstance(child, kind):
                yield child
            if not isinstance(child, asttypes.FuncBase):
                yield from names_in(child, kind)


def meaning(script):
    """The program with every name that a function declares replaced by its number: who means whom."""
    tree, numbers = es5(script), {}

    def visit(node, scope):
        if isinstance(node, asttypes.FuncBase):
            inside = [x.identifier.value for x in names_in(node, (asttypes.VarDecl, asttypes.FuncDecl))]
            named = [node.identifier.value] if isinstance(node, asttypes.FuncExpr) and node.identifier else []
            own = [*named, *(p.value for p in node.parameters), *inside]
            own_scope = {**scope, **{name: (id(node), name) for name in own}}
            if isinstance(node, asttypes.FuncDecl):
                visit(node.identifier, scope)
            for child in (*node.parameters, *node.elements, *([node.identifier] if named else [])):
                visit(child, own_scope)
            return
        if isinstance(node, asttypes.Catch):
            scope = {**scope, node.identifier.value: (id(node), node.identifier.value)}
        is_name = isinstance(node, asttypes.Identifier) and not isinstance(node, asttypes.PropIdentifier)
        if is_name and node.value in scope:
            node.value = f"name_{numbers.setdefault(scope[node.value], len(numbers))}"
        for child in node.children():
            if child is not None:
                visit(child, scope)

    visit(tree, {})
    return str(tree)


@pytest.mark.parametrize("path", [*OWN_SCRIPTS, *(STATIC / "vendor").glob("*.js")], ids=lambda p: p.name)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_is_served_is_the_same_program_under_shorter_names(path):
    served = Assets().find(path.relative_to(STATIC).as_posix(), "").body.decode()
    assert meaning(served) == meaning(path.read_text())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "inside",
    [
        "var total = 1, rest = 2; var x = total /rest; var y = rest /total;",
        "var d = 1; var r = [/d x/, 'd']; return /d  d/.test(d) / d;",
        "var t = 1; return (/[/]t/).test(t) ? { t: t, u: [t, a] } : b;",
        "var n = 1; f(n - -1, n + +1, n++ + ++n, a.n, { n: n, m: n }, n ? n : 1, 0.5 * n);",
        "function name(name) { return name.name; } try { name(); } catch (name) { name(); }",
        "for (var k in o) if (k) { for (var i = 0, l = k.length; i < l; i++) { g(i, l); } }",
        "switch (x) { case y: z(); break; default: typeof y; } var y = 'it\\'s // no comment', z;",
    ],
)
def test_no_script_of_ours_means_something_else_when_it_is_slim(inside):
    script = f"(function () {{ 'use strict'; {inside} }})();"
    assert meaning(slim(script)) == meaning(script)
    assert len(slim(script)) < len(script)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_name_that_is_also_one_of_the_browser_is_noticed_here():
    script = "(function () { function a(location) { g(location); } return location.search; })();"
    assert meaning(slim(script)) != meaning(script)


def test_names_of_others_and_properties_keep_their_names():
    script = "(function () { var long = 1, o = { long: long, b: a.long }; x = f('long', /long/, o); })();"
    assert slim(script) == "(function(){var c=1,d={long:c,b:a.long};x=f('long',/long/,d);})();\n"


@pytest.mark.parametrize("path", [*EVERYTHING, *TEMPLATES], ids=lambda p: p.name)
def test_nothing_is_loaded_from_other_hosts(path):
    addresses = re.findall(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]+[^\s"')]*""", path.read_text())
    assert [a for a in addresses if not a.startswith("http://www.w3.org/")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_hold_no_inline_code_or_style(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style", text)
    assert "|safe" not in text


@pytest.mark.parametrize("path", [*OWN_SCRIPTS, *(STATIC / "vendor").glob("*.js")], ids=lambda p: p.name)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_scripts_are_es5_so_that_old_tvs_run_them(path):
    es5(path.read_text())


def test_a_style_sheet_is_served_without_comments_and_with_short_names_for_its_properties():
    sheet = (
        "/* why */\n:root { --long: #fff; --none: ; }\n@media (a: b) { p > a, i { color: var(--long); } }\n"
    )
    assert slim_style(sheet, short_properties([sheet])) == (
        ":root{--a:#fff;--b: }@media (a:b){p>a,i{color:var(--a)}}\n"
    )
    assert slim_style('a::before { content: "a:  b"; }', {}) == 'a::before{content:"a:  b"}\n'


@pytest.mark.parametrize("path", sorted((STATIC / "css").glob("*.css")), ids=lambda p: p.name)
def test_what_is_served_of_a_style_sheet_has_all_of_its_rules(path):
    served = Assets().find(f"css/{path.name}", "").body.decode()
    whole = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert served.count("{") == whole.count("{")
    assert served.count("var(") == whole.count("var(")
    assert re.findall(r"\.[a-z]+\b", served) == re.findall(r"\.[a-z]+\b", whole)
