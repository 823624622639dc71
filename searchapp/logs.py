"""Logs: one event a line, as JSON in production and as text in development.

Callers never pass a phone number, a photo or a whole job id; :func:`redact` is the second line of
defence, for what libraries log.
"""

from __future__ import annotations

import logging
import re
import sys

import structlog

_ID = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{6})[A-Za-z0-9_-]{16}(?![A-Za-z0-9_-])")
_PHONE = re.compile(
    r"(?<![\w.:-])(?:\+?82[- ]?|0)1[0-9][- ]?\d{3,4}[- ]?\d{4}(?!\w)|\+\d{8,15}(?!\w)"
)


def redact(text: str) -> str:
    """``text`` with the tails of job ids and with phone numbers taken out."""
    return _PHONE.sub("[phone]", _ID.sub(r"\1…", text))


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)
"""The steps for our own lines and for those of libraries."""


def _formatter(*, json: bool) -> structlog.stdlib.ProcessorFormatter:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
            lambda _logger, _name, line: redact(str(line)),  # With all that is beside it.
        ],
    )


def configure_logs(*, json: bool, level: int = logging.INFO) -> None:
    """Sends every log line of this process to stderr through one pipeline."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(json=json))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # What Pillow and others warn of on the way, a broken EXIF entry say, is a line like any other.
    logging.captureWarnings(True)
    for noisy in ("httpx", "httpcore", "procrastinate", "twilio", "PIL", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose calls name an event and its facts: ``log.info("claimed", job=…)``."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
