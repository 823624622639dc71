"""Encryption, keyed hashes, and turning keys over."""

import base64
import stat
from pathlib import Path

import pytest

from searchapp.db.secrets import Secrets, load_secrets
from searchapp.errors import OperatorError
from searchapp.settings import Settings

OLD = base64.urlsafe_b64encode(bytes(range(32))).decode()
NEW = base64.urlsafe_b64encode(bytes(range(32, 64))).decode()


def test_encrypt__comes_back_and_is_never_the_same_twice() -> None:
    secrets = Secrets([OLD])
    first, second = secrets.encrypt("+821012345678"), secrets.encrypt("+821012345678")

    assert first != second
    assert b"1234" not in first
    assert secrets.decrypt(first) == secrets.decrypt(second) == "+821012345678"


def test_rotation__old_data_is_read_and_moves_to_the_new_key() -> None:
    cipher = Secrets([OLD]).encrypt("text")
    both = Secrets([NEW, OLD])

    assert both.decrypt(cipher) == "text"
    assert Secrets([NEW]).decrypt(both.encrypt(both.decrypt(cipher))) == "text"


def test_decrypt__without_its_key_says_what_to_do() -> None:
    cipher = Secrets([OLD]).encrypt("text")

    with pytest.raises(OperatorError, match="append the old one"):
        Secrets([NEW]).decrypt(cipher)


def test_hash__differs_by_purpose_and_by_key() -> None:
    secrets = Secrets([NEW, OLD])
    found = {secrets.hash("a", "x"), secrets.hash("b", "x"), Secrets([OLD]).hash("a", "x")}

    assert len(found) == 3
    assert secrets.hashes("a", "x") == [secrets.hash("a", "x"), Secrets([OLD]).hash("a", "x")]


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "x" * 44]])
def test_secrets__malformed_keys_are_refused(keys: list[str]) -> None:
    with pytest.raises(OperatorError, match="SEARCHAPP_SECRET_KEY"):
        Secrets(keys)


def test_load__makes_one_key_for_all_processes(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    first, second = load_secrets(settings), load_secrets(settings)

    assert first.key_names == second.key_names
    key = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert list(key.parent.iterdir()) == [key]


def test_load__needs_a_key_with_a_database_of_ones_own(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url="postgresql://h/d")

    with pytest.raises(OperatorError, match="must be set"):
        load_secrets(settings)


def test_load__a_data_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OperatorError, match="SEARCHAPP_DATA_DIR"):
        load_secrets(Settings(_env_file=None, data_dir=tmp_path / "file"))


def test_load__a_damaged_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")

    with pytest.raises(OperatorError, match=str(tmp_path / "secret.key")):
        load_secrets(Settings(_env_file=None, data_dir=tmp_path))
