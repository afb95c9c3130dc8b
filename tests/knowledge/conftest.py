"""A small knowledge room: a database in a folder of its own, a scripted embedding model, the field's dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from knowledge.catalog import Catalog
from knowledge.database import Base, Database
from knowledge.terms import Segmenter

settings.register_profile("untimed", deadline=None)  # two cores, shared: a slow example is no failure
settings.load_profile("untimed")

SHARED = Path(__file__).parents[3] / "shared"


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/{name}, which is not part of the repository")
    return folder


@pytest.fixture(scope="session")
def seeds() -> Path:
    return _folder("seeds")


@pytest.fixture(scope="session")
def regulations() -> Path:
    return _folder("regulations")


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'guangzhi.db'}")
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return Catalog(database)
