"""What the build does to Reflex's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.web.bundle import SAME_ORIGIN, BuildError, PageBundle, use_own_address

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
    assert set(made) == {"utils/texts.js", "utils/page.js", "utils/store.js"}
    assert "바로 찾기" in made["utils/texts.js"]
