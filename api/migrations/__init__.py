"""Bringing a database to the tables that the rooms declare. Run at every start; nothing to do is the usual case."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from api import wording
from knowledge.database import Base, Database
from knowledge.errors import KnowledgeError


def metadata() -> MetaData:
    """The tables of all rooms: importing a module is what declares its tables."""
    for module in ("knowledge.catalog", "bot.turns", "bot.feedback"):
        import_module(module)
    return Base.metadata


def migrate(database: Database) -> None:
    """Raises KnowledgeError where the database cannot be opened, or comes from a later version of ours."""
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
