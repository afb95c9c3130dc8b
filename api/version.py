"""Which version of ours is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def version() -> str | None:
    try:
        return installed("guangzhi")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return None
