"""What production refuses, one setting at a time."""

import base64
from typing import Any

import pytest
from argon2 import PasswordHasher

from searchapp.errors import OperatorError
from searchapp.settings import Settings, check_production

_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
_SAFE: dict[str, Any] = {
    "env": "production",
    "secret_key": _KEY,
    "public_url": "https://find.example.com",
    "admin_password": "correct horse battery",
}


def _settings(**changed: Any) -> Settings:
    return Settings(_env_file=None, **(_SAFE | changed))


def test_check__safe_settings_pass() -> None:
    check_production(_settings())


@pytest.mark.parametrize("proxies", [("10.0.0.0/8",), ("192.0.2.7", "fd00::/32")])
def test_check__networks_of_proxies_pass(proxies: tuple[str, ...]) -> None:
    check_production(_settings(trusted_proxies=proxies))


def test_check__a_hash_as_password_passes() -> None:
    check_production(_settings(admin_password=PasswordHasher().hash("letmein")))


def test_check__development_passes_with_nothing() -> None:
    check_production(Settings(_env_file=None))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"secret_key": None}, "SEARCHAPP_SECRET_KEY"),
        ({"secret_key": "short"}, "SEARCHAPP_SECRET_KEY"),
        (
            {"secret_key": base64.urlsafe_b64encode(b"a" * 32).decode()},
            "SEARCHAPP_SECRET_KEY",
        ),
        ({"secret_key": f"{_KEY},short"}, "SEARCHAPP_SECRET_KEY"),
        ({"public_url": ""}, "SEARCHAPP_PUBLIC_URL"),
        ({"public_url": "http://find.example.com"}, "SEARCHAPP_PUBLIC_URL"),
        ({"public_url": "https://localhost"}, "SEARCHAPP_PUBLIC_URL"),
        ({"public_url": "https://192.168.0.2"}, "SEARCHAPP_PUBLIC_URL"),
        ({"admin_password": "letmein"}, "SEARCHAPP_ADMIN_PASSWORD"),
        ({"admin_password": "a" * 12}, "SEARCHAPP_ADMIN_PASSWORD"),
        ({"admin_password": "aAbBaAbBaAbB"}, "SEARCHAPP_ADMIN_PASSWORD"),
        ({"admin_password": "$argon2id$v=19$m=65536"}, "SEARCHAPP_ADMIN_PASSWORD"),
        ({"trusted_proxies": ("0.0.0.0/0",)}, "SEARCHAPP_TRUSTED_PROXIES"),
        ({"trusted_proxies": ("10.0.0.5", "::/0")}, "SEARCHAPP_TRUSTED_PROXIES"),
    ],
)
def test_check__refuses(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(OperatorError, match=named):
        check_production(_settings(**changed))
