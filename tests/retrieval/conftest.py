"""One small assistant for the tests that only ask, and a fresh one for those that change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.terms import Segmenter
from retrieval.understanding import Reader
from tests.retrieval.world import World, open_world

OpenWorld = Callable[..., World]


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    return Segmenter()


@pytest.fixture(scope="session")
def reader(segmenter: Segmenter) -> Reader:
    return Reader(segmenter)


@pytest.fixture(scope="session")
def world(segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Only to be asked, never changed."""
    world = open_world(tmp_path_factory.mktemp("world"), segmenter)
    yield world
    world.database.close()


@pytest.fixture
def fresh_world(segmenter: Segmenter, tmp_path: Path) -> Iterator[OpenWorld]:
    """Opens a world of the test's own files and entries."""
    opened: list[World] = []

    def make(**parts: object) -> World:
        opened.append(open_world(tmp_path, segmenter, **parts))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for world in opened:
        world.database.close()
