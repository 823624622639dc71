"""Settings that have no effect: told at the start, never a reason to stop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from searchapp.cli import processes, up
from searchapp.errors import OperatorError
from searchapp.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No ``.env`` of this machine, and no setting but those of the test."""
    monkeypatch.chdir(tmp_path)
    for name, _ in processes.unknown_settings():
        monkeypatch.delenv(name)
    monkeypatch.delenv(processes.SUPERVISOR, raising=False)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("SEARCHAPP_RETENTON_DAYS", "Did you mean SEARCHAPP_RETENTION_DAYS?"),
        ("searchapp_public_uri", "Did you mean SEARCHAPP_PUBLIC_URL?"),
        ("SEARCHAPP_TWILIO_TOKEN", "Did you mean TWILIO_AUTH_TOKEN?"),
        ("SEARCHAPP_DATABASE_URI", "Did you mean DATABASE_URL?"),
        ("SEARCHAPP_XYZZY", "See docs/settings.md."),
    ],
)
@pytest.mark.parametrize("in_file", [True, False])
def test_unknown_settings__with_the_nearest(
    name: str, advice: str, in_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_file:
        (tmp_path / ".env").write_text(f"SEARCHAPP_PORT=3001\n{name}=3\n", "utf-8")
    else:
        monkeypatch.setenv(name, "3")
    assert list(processes.unknown_settings()) == [(name.upper(), advice)]


def test_unknown_settings__none_of_those_that_others_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "SEARCHAPP_SUPERVISOR_PID", "SEARCHAPP_TEST_PHOTOS", "SEARCHAPP_CHAOS_SEED",
        "SEARCHAPP_WEB_SERVICE_HOST", "SEARCHAPP_WEB_SERVICE_PORT_HTTP", "SEARCHAPP_WEB_PORT",
        "SEARCHAPP_SERVICE_HOST", "SEARCHAPP_SERVICE_PORT", "SEARCHAPP_PORT_80_TCP",
        "SEARCHAPP_PORT_80_TCP_PROTO", "SEARCHAPP_PORT_3000_TCP_ADDR",
        "SEARCHAPP_RETENTION_DAYS", "DATABASE_URL", "PATH",
    ):  # fmt: skip
        monkeypatch.setenv(name, "1")
    assert list(processes.unknown_settings()) == []


def test_unknown_settings__none_in_what_the_project_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        path
        for folder in ("deploy", "docs", ".ci", "tools", "benchmarks", "searchapp", "tests/support")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".yaml", ".example", ".sh", ".service", ".env", ""}
        and path.is_file()
    ]
    named = {
        name
        for path in files
        for name in re.findall(r"SEARCHAPP_[A-Z_]*[A-Z]\b", path.read_text("utf-8", "replace"))
    }
    assert "SEARCHAPP_RETENTION_DAYS" in named
    for name in named:
        monkeypatch.setenv(name, "1")
    assert list(processes.unknown_settings()) == []


def test_warn_of_settings__in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEARCHAPP_SMS_PER_NUMBR_DAY", "1")
    processes.warn_of_settings()
    assert capsys.readouterr().err == (
        "warning: SEARCHAPP_SMS_PER_NUMBR_DAY is no setting and has no effect."
        " Did you mean SEARCHAPP_SMS_PER_NUMBER_DAY?\n"
    )
    monkeypatch.setenv(processes.SUPERVISOR, "1")
    processes.warn_of_settings()
    assert capsys.readouterr().err == "", "up has said it"


def test_warn_of_settings__messages_half_configured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for settings, told in (
        ({"twilio_account_sid": "AC1"}, "Twilio is not completely configured: it sends no message"),
        ({"sms_provider": "solapi"}, "Solapi is not completely configured: it sends no message"),
        ({"twilio_account_sid": "AC1", "sms": "off"}, ""),
    ):
        made = Settings(_env_file=None, **settings)
        monkeypatch.setattr(processes, "get_settings", lambda made=made: made)
        processes.warn_of_settings()
        said = capsys.readouterr().err
        assert told in said
        assert bool(said) is bool(told)


@pytest.mark.parametrize("setting", ["embedding_model", "region_model"])
def test_models__that_are_none_stop_up_and_are_told_by_web(
    setting: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(_env_file=None, **{setting: "marqo-fashionSiglip2"})

    def serving(_settings: Settings) -> None:
        raise InterruptedError

    for module in (up, processes):
        monkeypatch.setattr(module, "settings_for", lambda _port: settings)
    monkeypatch.setattr(up, "check_port", lambda *_: None)
    monkeypatch.setattr(processes, "ensure_schema", serving)
    name = f"SEARCHAPP_{setting.upper()}: marqo-fashionSiglip2 is neither"
    with pytest.raises(OperatorError, match=name):
        up.up()
    with pytest.raises(InterruptedError):
        processes.web()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"warning: {name}")
    assert "marqo-fashionSigLIP or PP-ShiTuV2" in line
