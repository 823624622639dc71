"""What messengers see of a link: the first answer of the real page, no script run."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.site import Site

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("path", ["/", "/results/" + "a" * 22, "/s/" + "a" * 22])
def test_preview__early_in_the_first_answer(site: Site, path: str) -> None:
    answer = httpx.get(site.url + path, headers={"range": "bytes=0-4095"}, trust_env=False)
    assert answer.status_code == 200
    head = answer.text[:4096]
    assert re.match(r"<!DOCTYPE html><html[^>]*><head><meta charset=", head, re.IGNORECASE)
    found = re.search(r'<meta property="og:image" content="([^"]+)"/>', head)
    assert found is not None
    picture = httpx.get(found[1], trust_env=False)
    assert picture.headers["content-type"] == "image/png"
    assert 'property="og:title"' in head
