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
    max_seconds: float = 120.0  # wall clock for one file, pages that are recognised apart
    max_memory_bytes: int = 1024 * 1024 * 1024  # address space for one file, where the platform can bound it
    max_recognised_pages: int = 500  # pages without text in one PDF or image: one takes about a second
    max_page_seconds: float = 60.0  # wall clock for recognising one page
    max_recognition_memory_bytes: int = 2 * 1024 * 1024 * 1024  # address space for that, the models with it
    max_image_pixels: int = 120_000_000  # of an image file; A3 at 600 dpi has 70 million
    max_cells: int = 1_000_000  # of a workbook or a CSV file: cells with something in them
    max_members: int = 2_000  # files in a ZIP archive, those of an inner archive with them
    max_archive_bytes: int = 500 * 1024 * 1024  # of a ZIP archive's members together, unpacked; one at a time in memory


DEFAULT_LIMITS = Limits()
