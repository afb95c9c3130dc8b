"""which message shows a Telegram answer while it is being written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telegram_drafts",
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_telegram_drafts")),
    )
    op.create_index("ix_telegram_drafts_sent_at", "telegram_drafts", ["sent_at"], unique=False)


def downgrade() -> None:
    op.drop_table("telegram_drafts")
