"""when an edition ends, what it replaces, and what an operator says of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ADD COLUMN on both databases: a batch would copy the texts of every document on SQLite.
    op.add_column("documents", sa.Column("repealed", sa.Date(), nullable=True))
    op.add_column("documents", sa.Column("replaces", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("replaced_by", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("edits", sa.JSON(), nullable=True))


def downgrade() -> None:
    for column in ("edits", "replaced_by", "replaces", "repealed"):
        op.drop_column("documents", column)
