"""A sender that only remembers: for tests, and the shortest example of the port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from searchapp.domain.phone import Phone
from searchapp.notify.ports import Accepted, Answer, Found, LookUpFailed, Outgoing, Unclear
from searchapp.notify.texts import has_link


@dataclass
class MemorySender:
    """Accepts everything.  ``answers`` are given first, one a message, for rehearsing trouble;
    while it is ``away`` nothing is taken and nothing is known."""

    clock: Callable[[], datetime]
    answers: list[Answer] = field(default_factory=list)
    sent: list[tuple[datetime, str, Outgoing]] = field(default_factory=list)
    away: bool = False
    name: str = "memory"
    asks_for_reports: bool = False

    async def send(self, message: Outgoing) -> Answer:
        """Remembers ``message`` unless a rehearsed answer comes first."""
        if self.away:
            return Unclear("away")
        answer = self.answers.pop(0) if self.answers else Accepted(f"memory-{len(self.sent) + 1}")
        if isinstance(answer, Accepted):
            self.sent.append((self.clock(), answer.provider_id, message))
        return answer

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """The newest remembered message with that number and link."""
        if self.away:
            raise LookUpFailed("away")
        for at, provider_id, message in reversed(self.sent):
            if message.to == to and at >= since and has_link(message.body, link):
                return Found(provider_id)
        return None

    async def close(self) -> None:
        """Nothing to let go of."""
