"""What the build does to Reflex's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.web.bundle import EARLY, SAME_ORIGIN, BuildError, PageBundle, quick, use_own_address

SOCKET = SAME_ORIGIN.replace("http", "ws")


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_use_own_address__every_quote(tmp_path: Path, quote: str) -> None:
    script = tmp_path / "assets" / "env.js"
    script.parent.mkdir()
    script.write_text(f"e={{E:{quote}{SOCKET}/_event{quote},P:{quote}{SAME_ORIGIN}/ping{quote}}}")
    use_own_address(tmp_path)
    assert script.read_text() == (
        f"e={{E:location.origin.replace(/^http/,`ws`)+{quote}/_event{quote},"
        f"P:location.origin+{quote}/ping{quote}}}"
    )


def test_use_own_address__no_socket_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("nothing")
    with pytest.raises(BuildError, match="websocket"):
        use_own_address(tmp_path)


def test_use_own_address__unknown_form_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(f"x=`${{y}}{SAME_ORIGIN}`")
    with pytest.raises(BuildError, match=r"a\.js"):
        use_own_address(tmp_path)


def test_static_assets__words_and_helpers() -> None:
    made = {str(path): text for path, text in PageBundle().get_static_assets()}
    assert set(made) == {
        "utils/texts.js",
        "utils/page.js",
        "utils/arrange.js",
        "utils/store.js",
    }
    assert "바로 찾기" in made["utils/texts.js"]


PAGE = (
    '<head><link rel="modulepreload" href="/assets/manifest-1.js"/>'
    '<link rel="modulepreload" href="/assets/entry-2.js"/>'
    '<link href="/assets/all-3.css" rel="stylesheet" type="text/css"/></head>'
    '<body>words<script type="module" async="">import "/assets/manifest-1.js";\n'
    'import * as route0 from "/assets/root-4.js";\n'
    'import * as route1 from "/assets/home-5.js";\n\n'
    '  window.__reactRouterRouteModules = {"root":route0,"routes/_index":route1};\n\n'
    'import("/assets/entry-2.js");</script></body>'
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A build with a stylesheet and the two pages that are not prerendered."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "all-3.css").write_text("p{margin:0}")
    (assets / "_results_.__job_id_._index-6.js").write_text("")
    (assets / "_s_.__share_id_._index-7.js").write_text("")
    return tmp_path


def test_quick__draws_from_the_first_answer_and_loads_modules_later(built: Path) -> None:
    html = quick(PAGE, built)
    assert "<style>p{margin:0}</style>" in html
    assert f"<script>{EARLY}</script>" in html
    assert 'media="not all" href="/assets/all-3.css"' in html
    assert 'modulepreload" href' not in html
    assert '<script type="module"' not in html
    start = html.rpartition("<script>")[2]
    for part in ("manifest-1", "root-4", "home-5", "entry-2", "_results_.__job_id_._index-6"):
        assert f"/assets/{part}.js" in start
    assert '["root", "routes/_index"]' in start
    assert 'import("/assets/entry-2.js")' in start


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('rel="modulepreload"', 'rel="other"'),
        ("import * as route1", "export * as route1"),
        ('import("/assets/entry-2.js")', "begin()"),
    ],
)
def test_quick__a_page_that_starts_in_another_way_is_an_error(
    built: Path, old: str, new: str
) -> None:
    with pytest.raises(BuildError, match="did Reflex change"):
        quick(PAGE.replace(old, new), built)


def test_quick__the_code_of_results_must_be_one_file(built: Path) -> None:
    (built / "assets" / "_results_.again-8.js").write_text("")
    with pytest.raises(BuildError, match="2 files are the code of /results/"):
        quick(PAGE, built)
