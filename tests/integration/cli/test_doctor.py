"""``doctor`` on systems in which one thing each is broken: it names the thing, and what to do."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from searchapp.cli import doctor, page
from searchapp.db.engine import psycopg_dsn
from searchapp.db.schema import migrate
from searchapp.settings import Settings

PRODUCT = (
    "INSERT INTO searchapp.products (feed, feed_id, title, link, brand, category, kind, colour,"
    " colour_family, in_stock, image_key, row_digest, model, checked_at, updated_at)"
    " VALUES ('f', '1', '', '', '', '', 'whole', '', '', true, 'k', '', 'older', now(), now())"
)

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
MODELS = Path(__file__).parents[2] / "unit/vision/data"


def _found(**settings: Any) -> dict[str, doctor.Finding]:
    """What doctor says, by the name of what it looked at."""
    made = Settings(_env_file=None, **{"secret_key": KEY, **settings})
    return {finding.name: finding for finding in doctor.findings(made)}


def test_all_is_well(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "has_page", lambda: True)
    found = _found(database_url=database)
    assert {name: finding.advice for name, finding in found.items() if finding.advice} == {}
    assert set(found) == {
        "secret key", "database", "pgvector", "schema", "stored numbers", "clock", "catalogue",
        "LISTEN/NOTIFY",
        "imports", "photo store", "models", "page", "public URL", "SMS", "outside source", "admin",
    }  # fmt: skip


def test_database__away() -> None:
    found = _found(database_url="postgresql://u:topsecret@127.0.0.1:1/x")
    assert "DATABASE_URL" in found["database"].advice
    assert "topsecret" not in found["database"].found
    assert found["models"].advice == ""


def test_key__missing_or_malformed(database: str) -> None:
    for key in (None, "short"):
        found = _found(database_url=database, secret_key=key)
        assert "SEARCHAPP_SECRET_KEY" in found["secret key"].advice


def test_catalogue__described_by_another_model(database: str) -> None:
    with psycopg.connect(psycopg_dsn(database), autocommit=True) as connection:
        connection.execute(PRODUCT)
        try:
            found = _found(database_url=database)["catalogue"]
        finally:
            connection.execute("DELETE FROM searchapp.products")
    assert found.found == "1 product, 1 of another model"
    assert "catalogue reindex" in found.advice


def test_schema__behind(database: str) -> None:
    migrate(database, down="0001")
    try:
        found = _found(database_url=database)["schema"]
    finally:
        migrate(database)
    assert (found.found, found.advice) == ("revision 0001", "Run: migrate")


def test_schema__not_made(database: str) -> None:
    migrate(database, down="base")
    try:
        found = _found(database_url=database)
    finally:
        migrate(database)
    for name in ("schema", "stored numbers", "catalogue", "imports"):
        assert found[name].advice == "Run: migrate"
    assert found["imports"].found == "no table yet"


def test_models__not_there(database: str) -> None:
    found = _found(database_url=database, embedding_model="/nowhere.onnx")
    assert "/nowhere.onnx" in found["models"].advice
    assert [name for name, one in found.items() if "/nowhere.onnx" in one.advice] == ["models"]


def test_models__that_open_and_can_not_look_at_a_picture(database: str) -> None:
    embedding = str(MODELS / "embedding/model.onnx")
    for reported, line in (
        ({"region_model": embedding}, "pred_boxes"),
        ({"embedding_model": str(MODELS / "odd/text.onnx")}, "input_ids"),
    ):
        found = _found(database_url=database, **reported)["models"]
        assert line in found.advice
        assert "\n" not in found.advice
    assert _found(database_url=database, embedding_model=embedding)["models"].advice == ""


def test_page__not_built(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "has_page", lambda: False)
    assert _found(database_url=database)["page"].advice == "Run: build"


def test_photo_store__not_reached_or_read_only(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    found = _found(database_url=database, photo_store="s3://photos/a")["photo store"]
    assert "SEARCHAPP_PHOTO_STORE" in found.advice
    with psycopg.connect(psycopg_dsn(database)) as connection:
        connection.read_only = True
        found = doctor._photo_store(connection, Settings(_env_file=None))
    assert (found.found, bool(found.advice)) == ("the database, read-only", True)


def test_disk__full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    assert doctor._room(settings).advice == ""
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=9e8))
    room = doctor._room(settings)
    assert (room.found, str(tmp_path) in room.advice) == ("0.9 GB left", True)


def test_sms__half_configured(database: str) -> None:
    found = _found(database_url=database, twilio_account_sid="AC0")
    assert "TWILIO_AUTH_TOKEN" in found["SMS"].advice


@pytest.mark.parametrize("address", ["", "http://me.kr", "https://localhost:3000"])
def test_outside__a_key_that_does_nothing(database: str, address: str) -> None:
    found = _found(database_url=database, serpapi_key="k", public_url=address)["outside source"]
    assert "off" in found.found
    assert "SEARCHAPP_PUBLIC_URL" in found.advice


def test_outside__on_or_without_a_key(database: str) -> None:
    found = _found(database_url=database, serpapi_key="k", public_url="https://me.kr")
    assert (found["outside source"].advice, "100" in found["outside source"].found) == ("", True)
    assert _found(database_url=database)["outside source"].advice == ""


def test_production__refuses_what_is_weak(database: str) -> None:
    weak = base64.urlsafe_b64encode(bytes(32)).decode()
    found = _found(database_url=database, env="production", secret_key=weak, admin_password="short")
    for name in ("secret key", "public URL", "admin"):
        assert found[name].advice, name


class _Answering:
    """A server that gives one answer to whatever it is asked."""

    def __init__(
        self, row: tuple[Any, ...] | None, version: int = 150000, may_create: bool = True
    ) -> None:
        self._row = row
        self._may_create = may_create
        self.info = SimpleNamespace(server_version=version, dbname="shop")

    def execute(self, query: str) -> _Answering:
        if "rolsuper" in query:
            self._row = (self._may_create, "shop")
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._row


@pytest.mark.parametrize(
    ("row", "version", "may_create", "advised"),
    [
        (None, 150000, True, {"pgvector": "Install pgvector on the database server."}),
        ((None, "0.8.0"), 150000, True, {"pgvector": "Run: migrate"}),
        (
            (None, "0.8.0"),
            150000,
            False,
            {
                "pgvector": "A superuser must run in shop: CREATE EXTENSION vector; this role may"
                " not. Then run: migrate"
            },
        ),
        (("0.8.0", "0.8.0"), 140012, True, {"database": "Use Postgres 15 or newer."}),
    ],
)
def test_server__too_old_or_without_pgvector(
    row: tuple[Any, ...] | None, version: int, may_create: bool, advised: dict[str, str]
) -> None:
    server = _Answering(row, version, may_create)
    found = doctor._database(server)  # type: ignore[arg-type]
    assert {one.name: one.advice for one in found if one.advice} == advised


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        ((False, False, None), "Grant CREATE on the database to this role."),
        ((True, True, False), "Let this role own schema searchapp."),
    ],
)
def test_schema__rights_are_missing(row: tuple[Any, ...], advice: str) -> None:
    assert doctor._schema(_Answering(row)).advice == advice  # type: ignore[arg-type]


def test_clock__wrong() -> None:
    elsewhere = _Answering((datetime.now(UTC) - timedelta(hours=1),))
    assert "NTP" in doctor._clock(elsewhere).advice  # type: ignore[arg-type]
