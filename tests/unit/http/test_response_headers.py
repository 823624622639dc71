"""What pages may load, and which copies of clients are fresh."""

from __future__ import annotations

from pathlib import Path

from searchapp.http.response_headers import inline_hashes, matches, page_policy, script_hash
from searchapp.settings import Settings


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def directive(rules: str, name: str) -> list[str]:
    found = [part.split() for part in rules.split("; ") if part.split()[0] == name]
    return found[0][1:] if found else []


def test_page_policy__inline_scripts_by_hash_only() -> None:
    scripts = directive(page_policy(settings(), ["'sha256-abc'"]), "script-src")
    assert "'sha256-abc'" in scripts
    assert not [source for source in scripts if "unsafe" in source]


def test_page_policy__nothing_from_other_hosts() -> None:
    rules = page_policy(settings())
    assert "https:" not in rules
    assert directive(rules, "frame-ancestors") == ["'none'"]
    assert directive(rules, "object-src") == ["'none'"]


def test_page_policy__kakao_with_a_key_and_no_more_than_it_needs() -> None:
    with_key, without = (page_policy(settings(kakao_key=key)) for key in ("k", ""))
    for name, more in {
        "script-src": ["https://t1.kakaocdn.net/kakao_js_sdk/2.8.3/kakao.min.js"],
        "connect-src": ["https://kapi.kakao.com"],
        "form-action": ["https://sharer.kakao.com", "https://accounts.kakao.com"],
    }.items():
        assert directive(with_key, name) == [*directive(without, name), *more]
    assert "kakao" not in without


def test_page_policy__the_websocket_of_the_public_address() -> None:
    rules = page_policy(settings(public_url="https://chalkak.example"))
    assert "wss://chalkak.example" in directive(rules, "connect-src")
    assert "upgrade-insecure-requests" in rules


def test_inline_hashes__of_built_pages(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "index.html").write_text(
        '<script>window.a = 1;</script><script src="/a.js"></script>'
        '<script type="module">import "/b.js"</script>'
    )
    assert inline_hashes(tmp_path) == {
        script_hash("window.a = 1;"),
        script_hash('import "/b.js"'),
    }


def test_inline_hashes__no_page() -> None:
    assert inline_hashes(None) == set()


def test_script_hash__example_of_the_standard() -> None:
    # CSP Level 2, section 4.2.5: the hash of ``alert('Hello, world.');``.
    expected = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    assert script_hash("alert('Hello, world.');") == expected


def test_matches__lists_weak_tags_and_stars() -> None:
    assert matches(['"a", W/"b"'], '"b"')
    assert matches(["*"], '"b"')
    assert not matches([], '"b"')
    assert not matches(['"bb"', "b"], '"b"')
