"""To be written: XLSX."""

from __future__ import annotations

from knowledge.documents import ReadDocument
from knowledge.errors import UnsupportedFormat
from knowledge.readers.limits import Limits


def read_workbook(name: str, data: bytes, limits: Limits) -> ReadDocument:
    raise UnsupportedFormat(f"{name}：还不支持这种文件。")


def read_csv(name: str, data: bytes, limits: Limits) -> ReadDocument:
    raise UnsupportedFormat(f"{name}：还不支持这种文件。")
