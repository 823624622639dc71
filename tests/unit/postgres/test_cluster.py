"""A data folder of another major version is refused before anything is started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from searchapp.postgres import EmbeddedPostgresError, cluster
from searchapp.postgres.account import Account
from searchapp.postgres.paths import Place, socket_folder


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path, Account(os.getuid(), os.getgid(), switch=False))


def test_version__of_a_folder_without_a_cluster(place: Place) -> None:
    assert cluster.major_version(place) is None
    cluster.check_version(place)


@pytest.mark.parametrize(("written", "found"), [("17\n", 17), ("9.6\n", 9)])
def test_version__another_one_names_the_command(place: Place, written: str, found: int) -> None:
    place.cluster.mkdir()
    (place.cluster / "PG_VERSION").write_text(written)
    assert cluster.major_version(place) == found
    with pytest.raises(EmbeddedPostgresError, match="upgrade-database --old-programs"):
        cluster.check_version(place)


def test_version__ours_passes(place: Place) -> None:
    place.cluster.mkdir()
    (place.cluster / "PG_VERSION").write_text(f"{cluster.programs_version()}\n")
    cluster.check_version(place)


def test_socket_folder__a_long_path_gets_a_short_one_that_lasts(tmp_path: Path) -> None:
    own = tmp_path / ("long" * 30)
    short = socket_folder(own, os.getuid())
    assert short != own
    assert len(os.fsencode(short)) < 90
    assert short == socket_folder(own, os.getuid())
    assert socket_folder(Path("/srv/data/postgres"), os.getuid()) == Path("/srv/data/postgres")
