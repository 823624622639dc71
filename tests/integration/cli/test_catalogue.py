"""The catalogue commands as an operator types them, on the real models."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from searchapp.catalogue import demo
from searchapp.db.engine import psycopg_dsn
from tests.support.commands import environment, run
from tests.support.forked import start

HEADER = "id,title,link,image_link,price,brand,product_type\n"
PICTURES = demo.FEED.with_name("pictures")
NAMES = sorted(path.stem for path in PICTURES.glob("*.webp"))


def feed_of(folder: Path, names: list[str], extra: str = "") -> Path:
    path = folder / "shop.csv"
    rows = [f"{n},{n},https://shop.kr/{n},{n}.webp,15000 KRW,나래,상의\n" for n in names]
    path.write_text(HEADER + "".join(rows) + extra)
    return path


@pytest.fixture
def env(database: str, tmp_path: Path) -> dict[str, str]:
    key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    return environment(tmp_path / "data", DATABASE_URL=database, SEARCHAPP_SECRET_KEY=key)


def test_import__counts_refusals_and_exit_codes(env: dict[str, str], tmp_path: Path) -> None:
    feed = feed_of(tmp_path, NAMES[:4], "bad,bad,javascript:x,a.webp,1 KRW,,\n")
    done = run("catalogue", "import", str(feed), "--images", str(PICTURES), env=env)
    assert done.returncode == 0, done.stderr
    assert "refused row 6 (bad): link must start with https:// or http://" in done.stdout
    assert "shop: 4 new, 0 changed, 0 unchanged, 1 refused, 0 removed" in done.stdout

    feed_of(tmp_path, NAMES[:1])
    done = run("catalogue", "import", str(feed), "--images", str(PICTURES), "--prune", env=env)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("error: 3 of 4 products")
    assert "4 products, 4 in stock" in run("catalogue", "stats", env=env).stdout

    done = run("catalogue", "remove", "shop", env=env)
    assert (done.returncode, done.stdout) == (0, "removed 4 products of shop\n")


def test_remove__a_failed_feed_is_forgotten(env: dict[str, str], tmp_path: Path) -> None:
    feed = feed_of(tmp_path, [], "bad,bad,javascript:x,a.webp,1 KRW,,\n")
    assert run("catalogue", "import", str(feed), "--images", str(PICTURES), env=env).returncode == 1
    told = run("doctor", env=env).stdout
    assert "✗ imports: the last import of shop failed" in told
    assert "catalogue remove shop" in told
    done = run("catalogue", "remove", "shop", env=env)
    assert (done.returncode, done.stdout) == (0, "removed 0 products of shop\n")
    assert "✓ imports: none interrupted" in run("doctor", env=env).stdout
    assert run("catalogue", "remove", "shop", env=env).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "none.csv"),
        ("import", "pyproject.toml"),
        ("import", "README.md", "--name", "a/b"),
        ("import", "README.md", "--images", "none"),
        ("import", "README.md", "--currency", "WON"),
        ("import", "README.md", "--shop-url", "my.shop"),
        ("remove", "none"),
        ("learn",),
        ("calibrate",),
        ("demo", "folder-without-photos-option"),
    ],
)
def test_mistakes__one_line(env: dict[str, str], arguments: tuple[str, ...]) -> None:
    done = run("catalogue", *arguments, env=env)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ")


def test_import__no_row_taken_is_an_error(env: dict[str, str], tmp_path: Path) -> None:
    done = run("catalogue", "import", str(feed_of(tmp_path, ["none"])), env=env)
    assert done.returncode == 1
    assert "refused row 2 (none): picture none.webp does not exist" in done.stdout


def test_import__notes_are_printed(env: dict[str, str], tmp_path: Path) -> None:
    feed = feed_of(tmp_path, NAMES[:1])
    feed.write_text(feed.read_text().replace("product_type", "availability"))
    done = run("catalogue", "import", str(feed), "--images", str(PICTURES), env=env)
    assert done.returncode == 0, done.stderr
    note = f"note on row 2 ({NAMES[0]}): availability '상의' is not known: taken as in stock"
    assert note in done.stdout.splitlines()


def test_calibrate__nothing_to_forget(env: dict[str, str]) -> None:
    done = run("catalogue", "calibrate", "--forget", env=env)
    assert (done.returncode, done.stdout) == (0, "there was nothing to forget\n")


def test_stats__products_that_wait_to_be_embedded_again(env: dict[str, str], database: str) -> None:
    with psycopg.connect(psycopg_dsn(database)) as connection:
        connection.execute(
            "INSERT INTO searchapp.products (feed, feed_id, title, link, brand, category, kind,"
            " colour, colour_family, image_key, row_digest, model, checked_at, updated_at,"
            " in_stock)"
            " SELECT 'shop', model, '', '', '', '', 'top', '', '', '', '', model, now(), now(),"
            " true"
            " FROM unnest(ARRAY['', 'lite']) AS model"
        )
    assert "embedded by no model, lite, changed" in run("catalogue", "stats", env=env).stdout


@pytest.mark.crash
def test_import__killed_and_started_again(
    env: dict[str, str], database: str, tmp_path: Path
) -> None:
    feed = feed_of(tmp_path, NAMES)
    command = ["catalogue", "import", str(feed), "--images", str(PICTURES)]
    with (tmp_path / "import.log").open("w") as log:
        process = start("searchapp", *command, env=env, stdout=log, stderr=log)
    until = time.monotonic() + 60
    written = 0
    while written == 0 and time.monotonic() < until:
        time.sleep(0.05)
        written = _products(database)
    assert " running: " in run("catalogue", "stats", env=env).stdout
    process.kill()
    process.wait()
    assert 0 < written <= len(NAMES)
    assert " interrupted: " in run("catalogue", "stats", env=env).stdout
    feed_of(tmp_path, NAMES[: written + 8])
    done = run(*command, env=env)
    assert done.returncode == 0, done.stderr
    counts = done.stdout.splitlines()[-1]
    unchanged = int(counts.split(" unchanged")[0].split()[-1])
    assert unchanged >= written


def _products(dsn: str) -> int:
    with psycopg.connect(psycopg_dsn(dsn)) as connection:
        row = connection.execute("SELECT count(*) FROM searchapp.products").fetchone()
    assert row is not None
    return int(row[0])


def test_stats__what_failed_and_what_is_one(env: dict[str, str], tmp_path: Path) -> None:
    feed = feed_of(tmp_path, NAMES[:1])
    with feed.open("a", encoding="utf-8") as file:
        file.write("x1\nx2\n")
    failed = run("catalogue", "import", str(feed), "--images", str(PICTURES), env=env)
    assert failed.returncode == 1
    for command in ("catalogue stats", "status"):
        assert "failed" in run(*command.split(), env=env).stdout.split("import", 1)[1]
    told = run("catalogue", "stats", env=env).stdout
    assert ": 1 product, 1 in stock, " in told
    assert "\n  1 garment, " in told
    assert "\n1 product in all\n" in told
