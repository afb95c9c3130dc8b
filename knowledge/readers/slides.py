"""To be written: PPTX."""

from __future__ import annotations

from knowledge.documents import ReadDocument
from knowledge.errors import UnsupportedFormat
from knowledge.readers.limits import Limits


def read_slides(name: str, data: bytes, limits: Limits) -> ReadDocument:
    raise UnsupportedFormat(f"{name}：还不支持这种文件。")
