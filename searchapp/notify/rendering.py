"""Makes what a sender hands over from a row of the outbox."""

from __future__ import annotations

from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.message import MessageKind
from searchapp.domain.phone import Phone
from searchapp.notify.ports import Outgoing
from searchapp.notify.texts import compose, link_of
from searchapp.settings import Settings


class NoNumber(Exception):
    """The message's number was deleted: it can not be sent, or looked up, any more."""


def body_of(settings: Settings, row: MessageRow) -> str:
    """The words of a message."""
    link = link_of(settings.base_url, row.job_id, row.ordinal)
    return compose(MessageKind(row.kind), row.matches, row.lang, link)


def draft(settings: Settings, secrets: Secrets, row: MessageRow) -> Outgoing:
    """The message, with its number in plain text: keep it out of logs and of any state.

    :raises NoNumber: when there is no number any more.
    :raises OperatorError: when the key that sealed the number is missing.
    """
    if row.phone_cipher is None:
        raise NoNumber
    return Outgoing(
        to=Phone(secrets.decrypt(row.phone_cipher)),
        body=body_of(settings, row),
        link=link_of(settings.base_url, row.job_id, row.ordinal),
        reference=row.message_id,
    )
