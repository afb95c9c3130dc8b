"""Run by Alembic. `migrate` hands a connection over; the alembic command line gives its own URL."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from api.migrations import metadata
from knowledge.database import Database, Moment


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """A migration must not depend on types of ours that may change: a Moment is a DateTime with a zone."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run(connection: Connection) -> None:
    # SQLite cannot alter a constraint in place; batch mode copies the table instead.
    context.configure(connection=connection, target_metadata=metadata(), render_item=render_item, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(context.config.get_main_option("sqlalchemy.url") or "").engine.begin() as own:
        run(own)
