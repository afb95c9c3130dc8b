"""How much one file may cost. Every bound is checked before the cost is paid, or while it is being paid."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    max_bytes: int = 50 * 1024 * 1024  # of the file as it lies on disk
    max_pages: int = 2000
    max_unpacked_bytes: int = 200 * 1024 * 1024  # of a zip container's parts together
    max_compression_ratio: int = 200  # of one part; WordprocessingML deflates 10–40 times
    max_characters: int = 5_000_000  # of the text that comes out
    max_markup_nodes: int = 4_000_000  # elements and attributes; libxml2 spends 100–200 bytes on each
    max_seconds: float = 120.0  # wall clock for one PDF
    max_memory_bytes: int = 1024 * 1024 * 1024  # address space for one PDF, where the platform can bound it


DEFAULT_LIMITS = Limits()
