"""Data folders for the journeys. Most begin with the library already in, once for all, because that is not their matter."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.household import WECHAT, Household

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"


@pytest.fixture
def moving_in(tmp_path: Path) -> Iterator[Callable[..., Household]]:
    """A household on a folder of its own; whatever it started is killed in the end."""
    households: list[Household] = []

    def move_in(**wanted: object) -> Household:
        folder = tmp_path / f"household-{len(households)}"
        folder.mkdir()
        households.append(Household(folder, **wanted))  # type: ignore[arg-type]
        return households[-1]

    yield move_in
    for household in households:
        household.close()


@pytest.fixture
def empty(moving_in: Callable[..., Household]) -> Household:
    """Nobody has ever been here."""
    return moving_in()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A closed home with the library in, for each embedding: made on first use, copied by every journey."""
    homes: dict[str, Path] = {}

    def furnish(embedding: str) -> Path:
        if embedding not in homes:
            household = Household(tmp_path_factory.mktemp(f"furnished-{embedding}"), embedding)
            household.run("documents")
            homes[embedding] = household.home
        return homes[embedding]

    return furnish


@pytest.fixture
def household(moving_in: Callable[..., Household], furnished: Callable[[str], Path]) -> Household:
    """The library is in; keywords only."""
    return _copy(moving_in(), furnished)


@pytest.fixture
def serving(household: Household) -> Household:
    """The web and an official account in safe mode, keywords only."""
    household.settings.update(WECHAT)
    household.serve()
    return household


@pytest.fixture
def by_meaning(moving_in: Callable[..., Household], furnished: Callable[[str], Path]) -> Household:
    """The library is in, with the built-in embedding."""
    return _copy(moving_in(embedding="builtin"), furnished)


def _copy(household: Household, furnished: Callable[[str], Path]) -> Household:
    shutil.copytree(furnished(household.embedding), household.home)
    return household


@pytest.fixture(scope="session")
def seeds() -> Path:
    if not SEEDS.is_dir():
        pytest.skip("needs ../shared/seeds, which is not part of the repository")
    return SEEDS
