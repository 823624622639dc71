"""Every setting, typed, read once from the environment or from ``.env``, and
what production refuses.

The names are those of the README's table; an empty value counts as absent.  Each check of a value
returns it as it was given; its ValueError tells what is wanted, and never repeats a secret.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError
from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from searchapp.domain.hosts import is_private_host
from searchapp.errors import OperatorError

MIN_PASSWORD = 12
"""Characters of an admin password."""

MIN_DIFFERENT = 6
"""Different characters of an admin password."""

_LARGEST_NETWORK = (2**24, 2**96)
"""Addresses of the widest network of proxies, IPv4 and IPv6: a /8 and a /32."""

_MIN_DISTINCT = 12
"""Distinct bytes in a key; 32 random ones have fewer than 20 about once in a billion keys."""


def check_production(settings: Settings) -> None:
    """Lets development pass, and production only when it is safe.

    :raises OperatorError: naming the first setting that is not.
    """
    if not settings.production:
        return
    for check in (key_problems, address_problems, password_problems, proxy_problems):
        for problem in check(settings):
            raise OperatorError(problem)


def key_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_SECRET_KEY."""
    if settings.secret_key is None:
        yield "SEARCHAPP_SECRET_KEY must be set in production: 32 random bytes, urlsafe base64."
        return
    for key in settings.secret_key.get_secret_value().split(","):
        try:
            raw = base64.urlsafe_b64decode(key.strip())
        except (ValueError, binascii.Error):
            raw = b""
        if len(raw) != 32 or len(set(raw)) < _MIN_DISTINCT:
            yield "SEARCHAPP_SECRET_KEY is weak or malformed: use 32 random bytes, urlsafe base64."


def address_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_PUBLIC_URL, the address in every text message."""
    parts = urlsplit(settings.base_url)
    if parts.scheme != "https" or not parts.hostname or is_private_host(parts.hostname):
        yield (
            "SEARCHAPP_PUBLIC_URL must be an https address that phones can open, "
            f"not {settings.base_url}"
        )


def password_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_ADMIN_PASSWORD; none at all keeps /admin closed."""
    if settings.admin_password is None:
        return
    password = settings.admin_password.get_secret_value()
    if password.startswith("$argon2") and not _is_hash(password):
        yield "SEARCHAPP_ADMIN_PASSWORD is no complete $argon2id$ hash: quote its $ signs."
    if len(password) < MIN_PASSWORD or len(set(password.lower())) < MIN_DIFFERENT:
        yield (
            f"SEARCHAPP_ADMIN_PASSWORD is weak: use {MIN_PASSWORD} characters or more, "
            f"{MIN_DIFFERENT} of them different."
        )


def _is_hash(text: str) -> bool:
    try:
        return extract_parameters(text).type is Type.ID
    except InvalidHashError:
        return False


def proxy_problems(settings: Settings) -> Iterator[str]:
    """What is wrong with SEARCHAPP_TRUSTED_PROXIES, which may claim any address for a client."""
    for name in settings.trusted_proxies:
        if ip_network(name, strict=False).num_addresses > _LARGEST_NETWORK[":" in name]:
            yield (
                f"SEARCHAPP_TRUSTED_PROXIES: {name} trusts too many addresses. Name the proxies' "
                "own network, 10.0.0.0/8 at the widest."
            )


_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}$")
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+)(?::[0-9]{1,5})?")
_AUTHORITY = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+$")


def valid_web_address(value: str) -> str:
    """``http(s)://HOST``; nothing at all is for the default."""
    parts = _split(value)
    if value and (parts is None or parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address like https://example.com")
    return value


def valid_site_address(value: str) -> str:
    """The address that people use: without a path, as every page lies at the root of its host."""
    parts = _split(valid_web_address(value))
    if parts is not None and (parts.path.strip("/") or parts.query or parts.fragment):
        raise ValueError(
            "must have no path, as in https://example.com: give the site a host name of its own"
        )
    if parts is not None and value and not _AUTHORITY.fullmatch(parts.netloc):
        raise ValueError("must be a plain host name as in https://example.com (xn--... for others)")
    return value


def valid_hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names or addresses of hosts, each alone or with a port, in small letters."""
    if not all(_HOST.fullmatch(value) for value in values):
        raise ValueError("takes hosts like files.example or 10.0.0.5:8080, separated by commas")
    return tuple(value.lower() for value in values)


def valid_origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Origins of pages: scheme, host and port, and nothing else."""
    if not all(_ORIGIN.fullmatch(value) and _split(value) for value in values):
        raise ValueError("takes origins like https://shop.example, separated by commas")
    return values


def valid_database_address(value: str) -> str:
    """A libpq URL, as SQLAlchemy and psycopg read it."""
    parts = _split(value)
    if parts is None or parts.scheme not in _SCHEMES or not parts.path.strip("/"):
        raise ValueError(
            "must be postgresql://USER:PASSWORD@HOST:PORT/NAME, with %XX for special characters "
            "in the password"
        )
    return value


def valid_sentry_address(value: str) -> str:
    """``https://KEY@HOST/PROJECT``, as Sentry shows it."""
    parts = _split(value)
    if parts is None or not (parts.scheme in {"http", "https"} and parts.username):
        raise ValueError("must be https://KEY@HOST/PROJECT, as Sentry shows it")
    return value


def valid_photo_store(value: str) -> str:
    """``postgres``, or a bucket."""
    parts = _split(value)
    if value != "postgres" and (parts is None or parts.scheme != "s3" or not parts.netloc):
        raise ValueError("takes `postgres` or s3://bucket/prefix")
    return value


def valid_prefixes(values: tuple[str, ...]) -> tuple[str, ...]:
    """The beginnings of international numbers; none would allow no number at all."""
    if not values or not all(_PREFIX.match(value) for value in values):
        raise ValueError("takes beginnings of numbers like +8210, separated by commas")
    return values


def valid_networks(values: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks."""
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            raise ValueError(
                f"{value} is not a network: use addresses like 10.0.0.5 or 10.0.0.0/8, separated "
                "by commas"
            ) from None
    return values


def valid_plain_key(value: str) -> str:
    """A key that stands in the page: letters and digits."""
    if value and not _PLAIN.match(value):
        raise ValueError("takes a key of letters and digits")
    return value


def _split(value: str) -> SplitResult | None:
    """The parts of an address, or None if it has no readable ones."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


_OTHER_NAMES = ("SEARCHAPP_", "DATABASE_", "TWILIO_", "SOLAPI_", "SERPAPI_", "SENTRY_", "OTEL_")
"""How the names of settings begin; fields without a name of their own get the first."""

SiteAddress = Annotated[str, AfterValidator(valid_site_address)]
WebAddress = Annotated[str, AfterValidator(valid_web_address)]
Cap = Annotated[int, Field(ge=0, le=1_000_000_000)]  # As a column can count; 0 = no limit.


class Settings(BaseSettings):
    """What an operator can set.  All of it is optional."""

    model_config = SettingsConfigDict(
        env_prefix="SEARCHAPP_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    env: Literal["development", "production"] = "development"
    log_level: Literal["", "debug", "info", "warning"] = ""
    """Empty: ``info`` in production, ``warning`` in development."""
    data_dir: Path = Path(".data")
    port: int = Field(default=3000, ge=1, le=65535)
    workers: int = Field(default=1, ge=0, le=64)
    public_url: SiteAddress = ""
    secret_key: SecretStr | None = None
    admin_password: SecretStr | None = None

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    database_direct_url: SecretStr | None = Field(
        default=None, validation_alias="DATABASE_DIRECT_URL"
    )

    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr | None = Field(default=None, validation_alias="TWILIO_AUTH_TOKEN")
    twilio_from: str = Field(default="", validation_alias="TWILIO_FROM")
    twilio_messaging_service_sid: str = Field(
        default="", validation_alias="TWILIO_MESSAGING_SERVICE_SID"
    )
    twilio_api_url: WebAddress = Field(default="", validation_alias="TWILIO_API_URL")

    sms_provider: Literal["", "twilio", "solapi"] = ""
    solapi_api_key: str = Field(default="", validation_alias="SOLAPI_API_KEY")
    solapi_api_secret: SecretStr | None = Field(default=None, validation_alias="SOLAPI_API_SECRET")
    solapi_from: str = Field(default="", validation_alias="SOLAPI_FROM")
    solapi_api_url: WebAddress = Field(default="", validation_alias="SOLAPI_API_URL")
    solapi_kakao_channel: str = Field(default="", validation_alias="SOLAPI_KAKAO_CHANNEL")
    solapi_kakao_template: str = Field(default="", validation_alias="SOLAPI_KAKAO_TEMPLATE")

    sms: Literal["on", "off"] = "on"
    sms_prefixes: Annotated[tuple[str, ...], NoDecode, AfterValidator(valid_prefixes)] = ("+8210",)
    sms_per_number_day: Cap = 3
    sms_per_ip_day: Cap = 30
    sms_per_day: Cap = 200
    uploads_per_ip_hour: Cap = 120

    retention_days: int = Field(default=7, ge=1, le=365)
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, AfterValidator(valid_networks)] = ()
    embed_origins: Annotated[tuple[str, ...], NoDecode, AfterValidator(valid_origins)] = ()
    """Origins whose pages may show this site in a frame."""
    photo_store: Annotated[str, AfterValidator(valid_photo_store)] = "postgres"
    embedding_model: str = ""
    region_model: str = ""
    feedback_ranking: Literal["on", "off"] = "on"
    picture_hosts: Annotated[tuple[str, ...], NoDecode, AfterValidator(valid_hosts)] = ()
    """Private hosts, or ``host:port``, that feeds and their pictures may come from."""

    serpapi_key: SecretStr | None = Field(default=None, validation_alias="SERPAPI_KEY")
    serpapi_url: WebAddress = Field(default="https://serpapi.com", validation_alias="SERPAPI_URL")
    outside_per_day: Cap = 100
    kakao_key: Annotated[str, AfterValidator(valid_plain_key)] = ""
    sentry_dsn: SecretStr | None = Field(default=None, validation_alias="SENTRY_DSN")
    otel_endpoint: WebAddress = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")

    @field_validator(
        "sms_prefixes", "trusted_proxies", "picture_hosts", "embed_origins", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """Lists are comma-separated in the environment."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        """Processes started in other folders must agree on the data folder."""
        return value.expanduser().absolute()

    @field_validator("database_url", "database_direct_url", "sentry_dsn")
    @classmethod
    def _address(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        check = valid_sentry_address if info.field_name == "sentry_dsn" else valid_database_address
        if value is not None:
            check(value.get_secret_value())
        return value

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def base_url(self) -> str:
        """The address that people use, without a slash at its end."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def embedded(self) -> bool:
        """Whether the embedded Postgres is in use."""
        return self.database_url is None

    @property
    def twilio(self) -> bool:
        """Whether Twilio is configured well enough to send."""
        sender = self.twilio_from or self.twilio_messaging_service_sid
        return bool(self.twilio_account_sid and self.twilio_auth_token and sender)

    @property
    def solapi(self) -> bool:
        """Whether Solapi is configured well enough to send."""
        return bool(self.solapi_api_key and self.solapi_api_secret and self.solapi_from)

    @property
    def solapi_kakao(self) -> bool:
        """Whether Solapi sends KakaoTalk 알림톡 first."""
        return bool(self.solapi_kakao_channel and self.solapi_kakao_template)

    @property
    def provider(self) -> Literal["twilio", "solapi"] | None:
        """The provider that sends text messages: the one that is set, else one that is configured.

        None if there is none, or if the one that is set is not configured.
        """
        if self.twilio and self.sms_provider != "solapi":
            return "twilio"
        return "solapi" if self.solapi and self.sms_provider != "twilio" else None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process.

    :raises OperatorError: naming the first setting that cannot be read.
    """
    try:
        _check_env_file(Path(".env"))
        return Settings()
    except ValidationError as error:
        raise OperatorError(_complaint(error)) from None
    except UnicodeDecodeError as error:
        raise OperatorError(f".env is not UTF-8 ({error.reason}): save it as UTF-8.") from None


def _check_env_file(path: Path) -> None:
    """:raises OperatorError: a line of it cannot be read; python-dotenv passes over such a one."""
    if path.is_dir():
        raise OperatorError(".env is a folder: remove it, or put a file in its place.")
    text = path.read_text("utf-8") if path.is_file() else ""
    if number := next((at.original.line for at in parse_stream(StringIO(text)) if at.error), 0):
        raise OperatorError(f"The file .env cannot be read at line {number}: write NAME=value.")


def _complaint(error: ValidationError) -> str:
    """The first thing that is wrong, by the name that the operator knows."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]).upper()
    if not name.startswith(_OTHER_NAMES):
        name = f"SEARCHAPP_{name}"
    if name == "SEARCHAPP_PORT" and "://" in str(first["input"]):
        return (
            f"{name} is {first['input']}: Kubernetes sets it for a service called searchapp. Set "
            "enableServiceLinks: false for the pod, or give the service another name."
        )
    wanted = first["msg"].removeprefix("Value error, ")
    return f"{name}: {wanted}. Correct it and start again."
