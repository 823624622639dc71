"""What an operator should look at first: the alerts of docs/operators/alerts.md, as this page can
tell them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from searchapp.web.admin.overview import Overview

LONG_WAIT = 30.0
"""Seconds that a search may wait for a worker."""

FAILING = 0.1
"""Part of an hour's searches that may fail."""

UNCLEAR_MESSAGES = 5


@dataclass
class Sign:
    """One thing to look at: its slug, and what it is about, such as a feed."""

    slug: str = ""
    about: str = ""


def attention(seen: Overview) -> Iterator[Sign]:
    """What is not as it should be, the most pressing first; empty while all is well."""
    failed = sum(part.failed for part in seen.minutes)
    ended = failed + sum(part.completed for part in seen.minutes)
    sms_failed = seen.spending[0].failed if seen.spending else 0
    signs = {
        "no_workers": seen.queue.workers == 0,
        "paused": seen.paused,
        "slow_queue": seen.queue.workers > 0 and seen.queue.oldest_seconds > LONG_WAIT,
        "failing": failed > FAILING * ended,
        "sms_stopped": seen.sms_stopped,
        "sms_unclear": seen.sms_states.get("unknown", 0) > UNCLEAR_MESSAGES,
        "sms_failed": sms_failed > 0,
        "no_products": not any(feed.products for feed in seen.feeds),
    }
    yield from (Sign(slug) for slug, holds in signs.items() if holds)
    for problem in seen.problems:
        about = f"{problem.feed}: {problem.detail}" if problem.detail else problem.feed
        yield Sign(f"import_{problem.kind}", about)
