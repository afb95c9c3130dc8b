"""Bringing a database to the tables that the rooms declare. Run at every start; nothing to do is the usual case."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from api import wording
from knowledge.database import Base, Database
from knowledge.errors import KnowledgeError

DECLARING = (
    "knowledge.catalog",
    "bot.turns",
    "bot.feedback",
    "bot.outbox",
    "bot.addresses",
    "bot.tokens",
    "bot.telegram.drafts",
    "bot.wechat_kf.cursors",
    "api.keys",
)


def metadata() -> MetaData:
    """The tables of all rooms: importing a module is what declares its tables."""
    for module in DECLARING:
        import_module(module)
    return Base.metadata


def migrate(database: Database) -> None:
    """Raises KnowledgeError where the database cannot be opened, or comes from a later version of ours."""
    if _revision(database) != newest():
        _upgrade(database)


def newest() -> str:
    """The revision that this code expects: scripts are numbered, and a revision is its number."""
    numbers = (path.name.partition("_")[0] for path in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
    return max(numbers)


def _revision(database: Database) -> str | None:
    """What the database says it is at; asked without Alembic, whose import is a third of a second of every start."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with database.engine.connect() as connection:
            revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return revision
    except SQLAlchemyError:
        return None  # no such table yet, or no such database: the upgrade makes the one and names the other


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    try:
        with database.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise KnowledgeError(wording.DATABASE_NEWER.format(revision=error)) from error
    except SQLAlchemyError as error:
        raise KnowledgeError(wording.DATABASE_FAILED.format(why=getattr(error, "orig", error))) from error
