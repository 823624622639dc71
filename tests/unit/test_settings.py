"""Settings as the environment gives them."""

from pathlib import Path

import pytest

from searchapp.errors import OperatorError
from searchapp.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No ``.env`` of this machine, and nothing remembered."""
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()


def test_defaults() -> None:
    settings = Settings(_env_file=None)

    assert (settings.port, settings.workers, settings.retention_days) == (3000, 1, 7)
    assert settings.base_url == "http://localhost:3000"
    assert settings.sms_prefixes == ("+8210",)
    assert settings.embedded
    assert not settings.twilio


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHAPP_SMS_PREFIXES", "+8210, +1")
    monkeypatch.setenv("SEARCHAPP_SMS_PER_NUMBER_DAY", "0")
    monkeypatch.setenv("SEARCHAPP_TRUSTED_PROXIES", "10.0.0.0/8")
    monkeypatch.setenv("SEARCHAPP_PUBLIC_URL", "https://a.example/")
    monkeypatch.setenv("DATABASE_URL", "postgresql://h/d")
    settings = get_settings()

    assert settings.sms_prefixes == ("+8210", "+1")
    assert settings.sms_per_number_day == 0
    assert settings.trusted_proxies == ("10.0.0.0/8",)
    assert settings.base_url == "https://a.example"
    assert not settings.embedded


def test_empty_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("SEARCHAPP_PORT", "")

    assert get_settings().embedded
    assert get_settings().port == 3000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEARCHAPP_PORT", "70000"),
        ("SEARCHAPP_ENV", "prod"),
        ("SEARCHAPP_SMS", "maybe"),
        ("SEARCHAPP_RETENTION_DAYS", "0"),
        ("SEARCHAPP_PUBLIC_URL", "chalkak.example.com"),
        ("SEARCHAPP_PUBLIC_URL", "ftp://example.com"),
        ("SEARCHAPP_PUBLIC_URL", "https://example.com/shop"),
        ("SEARCHAPP_PUBLIC_URL", "https://example.com/?a=b"),
        ("SEARCHAPP_PUBLIC_URL", "https://user:password@example.com"),
        ("SEARCHAPP_PUBLIC_URL", "https://example .com"),
        ("SEARCHAPP_PUBLIC_URL", "https://찰칵.example"),
        ("SEARCHAPP_PICTURE_HOSTS", "http://files.example/"),
        ("SEARCHAPP_PICTURE_HOSTS", "files.example other.example"),
        ("SEARCHAPP_PICTURE_HOSTS", "*"),
        ("SEARCHAPP_EMBED_ORIGINS", "shop.example"),
        ("SEARCHAPP_EMBED_ORIGINS", "https://shop.example/"),
        ("SEARCHAPP_EMBED_ORIGINS", "https://shop.example https://evil.example"),
        ("SEARCHAPP_EMBED_ORIGINS", "https://a.example;script-src *"),
        ("SEARCHAPP_EMBED_ORIGINS", "https://*.example"),
        ("SEARCHAPP_SMS_PER_DAY", "3000000000"),
        ("SEARCHAPP_SMS_PER_IP_DAY", "3000000000"),
        ("SEARCHAPP_SMS_PER_NUMBER_DAY", "3000000000"),
        ("SEARCHAPP_UPLOADS_PER_IP_HOUR", "9999999999999999999"),
        ("SEARCHAPP_OUTSIDE_PER_DAY", "3000000000"),
        ("SEARCHAPP_SMS_PREFIXES", "8210"),
        ("SEARCHAPP_SMS_PREFIXES", ","),
        ("SEARCHAPP_TRUSTED_PROXIES", "proxy"),
        ("SEARCHAPP_PHOTO_STORE", "s3://"),
        ("SEARCHAPP_PHOTO_STORE", "s3:/bucket"),
        ("SEARCHAPP_PHOTO_STORE", "gs://bucket"),
        ("SEARCHAPP_PHOTO_STORE", "/photos"),
        ("SEARCHAPP_KAKAO_KEY", "a; script-src *"),
        ("SERPAPI_URL", "serpapi"),
        ("TWILIO_API_URL", "twilio"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("SENTRY_DSN", "https://sentry.example/1"),
        ("DATABASE_URL", "localhost"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "postgresql://h"),
        ("DATABASE_URL", "postgresql://u:p/w@h:5432/d"),
        ("DATABASE_DIRECT_URL", "postgresql://u:p@h:70000/d"),
    ],
)
def test_bad_value__names_the_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(OperatorError, match=f"^{name}: ") as refused:
        get_settings()
    assert "Value error" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEARCHAPP_PUBLIC_URL", "https://chalkak.example.com"),
        ("SEARCHAPP_PUBLIC_URL", "https://chalkak.example.com:8443/"),
        ("SEARCHAPP_PUBLIC_URL", "http://[::1]:3000"),
        ("SEARCHAPP_PICTURE_HOSTS", "files.example, 10.0.0.5:8080, ::1"),
        ("SEARCHAPP_EMBED_ORIGINS", "https://shop.example, http://localhost:8080"),
        ("SEARCHAPP_TRUSTED_PROXIES", "10.0.0.5/8, ::1"),
        ("SEARCHAPP_PHOTO_STORE", "s3://bucket/a/b"),
        ("SENTRY_DSN", "https://key@sentry.example/1"),
        ("DATABASE_URL", "postgres://u:p%2Fw@h:5432/d?sslmode=require"),
        ("DATABASE_URL", "postgresql://u@/d?host=/run/postgresql&port=5433"),
    ],
)
def test_good_value(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    get_settings()


def test_bad_database__no_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:" + "topsecret" + "/x@h:5432/d")

    with pytest.raises(OperatorError) as refused:
        get_settings()
    assert "topsecret" not in str(refused.value)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ({"TWILIO_FROM": "+15005550006"}, True),
        ({"TWILIO_MESSAGING_SERVICE_SID": "MG0"}, True),
        ({}, False),
    ],
)
def test_twilio__needs_a_sender(
    names: dict[str, str], wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TWILIO_ACCOUNT_SID": "AC0", "TWILIO_AUTH_TOKEN": "t", **names}.items():
        monkeypatch.setenv(name, value)

    assert get_settings().twilio is wanted


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "topsecret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:topsecret@h/d")

    assert "topsecret" not in repr(get_settings())


def test_env_file__in_another_encoding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_bytes("SEARCHAPP_ADMIN_PASSWORD=비밀번호".encode("cp949"))

    with pytest.raises(OperatorError, match=r"\.env is not UTF-8"):
        get_settings()


@pytest.mark.parametrize("line", ["SEARCHAPP_PORT: 3001", "set SEARCHAPP_PORT=3001", "A='open"])
def test_env_file__a_line_that_cannot_be_read(line: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SEARCHAPP_WORKERS=2\n{line}\n", "utf-8")
    with pytest.raises(OperatorError, match=r"^The file \.env .* line 2: write NAME=value"):
        get_settings()


def test_port__of_a_service_that_kubernetes_calls_searchapp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEARCHAPP_PORT", "tcp://10.0.0.1:80")
    with pytest.raises(
        OperatorError, match=r"^SEARCHAPP_PORT is tcp://10\.0\.0\.1:80.*Kubernetes"
    ) as said:
        get_settings()
    assert "enableServiceLinks: false" in str(said.value)


def test_env_file__a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(OperatorError, match="is a folder"):
        get_settings()
