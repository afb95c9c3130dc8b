from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import api
from api import migrations
from api.migrations import DECLARING, metadata, migrate, newest
from knowledge.database import Database
from knowledge.errors import KnowledgeError


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'guangzhi.db'}"


def test_a_migrated_database_has_exactly_the_tables_that_the_rooms_declare(url: str) -> None:
    database = Database(url)
    migrate(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata()) == []
    database.close()


def test_migrating_again_changes_nothing(url: str) -> None:
    database = Database(url)
    migrate(database)
    migrate(database)
    database.close()


def test_the_newest_revision_by_file_name_is_the_one_that_alembic_would_upgrade_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert newest() == ScriptDirectory.from_config(config).get_current_head()


def test_a_database_of_a_later_version_is_refused_in_words(url: str) -> None:
    database = Database(url)
    migrate(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(KnowledgeError, match="升级"):
        migrate(database)
    database.close()


def test_a_database_that_cannot_be_opened_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="GUANGZHI_DATABASE_URL"):
        migrate(Database(f"sqlite:///{tmp_path}/nowhere/guangzhi.db"))


def test_every_module_that_declares_a_table_is_known() -> None:
    root = Path(api.__file__).parent.parent
    files = (path for room in ("knowledge", "retrieval", "bot", "api") for path in (root / room).rglob("*.py"))
    declaring = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in files
        if "__tablename__ =" in path.read_text("utf-8")
    }
    assert declaring == set(DECLARING)
