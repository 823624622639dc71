"""Every setting, typed, read once from the environment or from ``.env``.

The names are those of the README's table; an empty value counts as absent.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from searchapp import setting_types
from searchapp.errors import OperatorError

_OTHER_NAMES = ("SEARCHAPP_", "DATABASE_", "TWILIO_", "SOLAPI_", "SERPAPI_", "SENTRY_", "OTEL_")
"""How the names of settings begin; fields without a name of their own get the first."""

SiteAddress = Annotated[str, AfterValidator(setting_types.site_address)]
WebAddress = Annotated[str, AfterValidator(setting_types.web_address)]


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
    sms_prefixes: Annotated[tuple[str, ...], NoDecode, AfterValidator(setting_types.prefixes)] = (
        "+8210",
    )
    sms_per_number_day: int = Field(default=3, ge=0)
    sms_per_ip_day: int = Field(default=30, ge=0)
    sms_per_day: int = Field(default=200, ge=0)
    uploads_per_ip_hour: int = Field(default=120, ge=0)

    retention_days: int = Field(default=7, ge=1, le=365)
    trusted_proxies: Annotated[
        tuple[str, ...], NoDecode, AfterValidator(setting_types.networks)
    ] = ()
    embed_origins: Annotated[tuple[str, ...], NoDecode, AfterValidator(setting_types.origins)] = ()
    """Origins whose pages may show this site in a frame."""
    photo_store: Annotated[str, AfterValidator(setting_types.photo_store)] = "postgres"
    embedding_model: str = ""
    region_model: str = ""
    feedback_ranking: Literal["on", "off"] = "on"

    picture_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Private hosts, or ``host:port``, that feeds and their pictures may come from."""

    serpapi_key: SecretStr | None = Field(default=None, validation_alias="SERPAPI_KEY")
    serpapi_url: WebAddress = Field(
        default="https://serpapi.com",
        validation_alias=AliasChoices("SERPAPI_URL"),
    )
    outside_per_day: int = Field(default=100, ge=0)
    kakao_key: Annotated[str, AfterValidator(setting_types.plain_key)] = ""
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

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            setting_types.database_address(value.get_secret_value())
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _sentry(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            setting_types.sentry_address(value.get_secret_value())
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
        configured = {"twilio": self.twilio, "solapi": self.solapi}
        chosen: tuple[Literal["twilio", "solapi"], ...] = ("twilio", "solapi")
        return next(
            (name for name in chosen if configured[name] and self.sms_provider in ("", name)),
            None,
        )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process.

    :raises OperatorError: naming the first setting that cannot be read.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise OperatorError(_complaint(error)) from None


def _complaint(error: ValidationError) -> str:
    """The first thing that is wrong, by the name that the operator knows."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]).upper()
    if not name.startswith(_OTHER_NAMES):
        name = f"SEARCHAPP_{name}"
    wanted = first["msg"].removeprefix("Value error, ")
    return f"{name}: {wanted}. Correct it and start again."
