"""What must not reach a log does not."""

import logging

import pytest

from searchapp.domain.ids import new_id
from searchapp.logs import configure_logs, get_logger, redact


@pytest.mark.parametrize(
    "text",
    [
        "+821012345678",
        "to 010-1234-5678 now",
        "01012345678",
        "+82 10 1234 5678",
        "+14155550123",
    ],
)
def test_redact__phone_numbers(text: str) -> None:
    assert "5678" not in redact(text)
    assert "[phone]" in redact(text)


def test_redact__job_ids() -> None:
    name = new_id()

    assert redact(f"GET /results/{name} 200") == f"GET /results/{name[:6]}… 200"


@pytest.mark.parametrize("text", ["took 1234 ms", "2026-11-22T05:03:34.123456Z", "port=5432"])
def test_redact__leaves_other_numbers(text: str) -> None:
    assert redact(text) == text


class Carrier:
    """Something of a library's own whose text holds too much."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Carrier {self.text}>"


@pytest.mark.parametrize("json", [True, False])
def test_logs__what_stands_beside_a_message_is_redacted_however_deep(
    json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    name = new_id()
    kept = logging.getLogger().handlers, logging.getLogger().level
    try:
        configure_logs(json=json)
        extra = {"job": {"args": [name, {"phone": "010-1234-5678"}]}, "row": Carrier(name)}
        logging.getLogger("some.library").warning("stalled", extra=extra)
        get_logger("ours").warning("stalled", **extra)
        try:
            raise ValueError(name, "+821012345678")
        except ValueError:
            logging.getLogger("some.library").exception("broken")
    finally:
        logging.getLogger().handlers, logging.getLogger().level = kept
    written = capsys.readouterr().err

    assert name not in written
    assert "12345678" not in written.replace("-", "")
    assert written.count(f"{name[:6]}…") >= 5


@pytest.mark.parametrize("json", [True, False])
def test_logs__libraries_and_ours_are_redacted(
    json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = logging.getLogger().handlers, logging.getLogger().level
    try:
        configure_logs(json=json)
        logging.getLogger("some.library").warning("sent to %s", "+821012345678")
        get_logger("ours").warning("sent", to="010-1234-5678")
    finally:
        logging.getLogger().handlers, logging.getLogger().level = kept
    written = capsys.readouterr().err

    assert written.count("[phone]") == 2
    assert "12345678" not in written.replace("-", "")
