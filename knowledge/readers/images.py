"""To be written: image."""

from __future__ import annotations

from knowledge.documents import ReadDocument
from knowledge.errors import UnsupportedFormat
from knowledge.readers.limits import Limits


def read_image(name: str, data: bytes, limits: Limits) -> ReadDocument:
    raise UnsupportedFormat(f"{name}：还不支持这种文件。")
