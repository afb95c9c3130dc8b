from __future__ import annotations

import stat
from pathlib import Path

import pytest

from api import home
from knowledge.errors import HomeInUse


def test_a_home_opens_for_one_at_a_time(tmp_path: Path) -> None:
    lock = home.take(tmp_path)
    with pytest.raises(HomeInUse):
        home.take(tmp_path)
    lock.release()
    home.take(tmp_path).release()


def test_the_key_that_names_persons_is_made_once_and_is_private(tmp_path: Path) -> None:
    key = home.secret_key(tmp_path)
    assert home.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / home.SECRET_KEY).stat().st_mode) == 0o600
