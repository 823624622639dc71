"""What an operator should look at first: the alerts of docs/operators/alerts.md, as this page can
tell them."""

from __future__ import annotations

from collections.abc import Iterator

from searchapp.web.admin.overview import Overview

LONG_WAIT = 30.0
"""Seconds that a search may wait for a worker."""

FAILING = 0.1
"""Part of an hour's searches that may fail."""

UNCLEAR_MESSAGES = 5


def attention(seen: Overview) -> Iterator[str]:
    """The slugs of what is not as it should be, the most pressing first; none is a quiet house."""
    failed = sum(part.failed for part in seen.minutes)
    ended = failed + sum(part.completed for part in seen.minutes)
    sms_failed = seen.spending[0].failed if seen.spending else 0
    signs = {
        "no_workers": seen.queue.workers == 0,
        "slow_queue": seen.queue.workers > 0 and seen.queue.oldest_seconds > LONG_WAIT,
        "failing": failed > FAILING * ended,
        "sms_stopped": seen.sms_stopped,
        "sms_unclear": seen.sms_states.get("unknown", 0) > UNCLEAR_MESSAGES,
        "sms_failed": sms_failed > 0,
        "no_products": not any(feed.products for feed in seen.feeds),
    }
    return (slug for slug, holds in signs.items() if holds)
