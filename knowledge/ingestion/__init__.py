"""Documents in: files and folders → passages in both indexes and the catalog.

finding ──▶ ahead ──▶ preparing ─┬▶ conductor ──▶ vectors, catalog
            (a thread)  sheets ──┘      └──▶ pace, likeness
inspection: the same reading, nothing stored
"""

from knowledge.ingestion.conductor import Ingestion, Progress
from knowledge.ingestion.vectors import embedded_text

__all__ = ["Ingestion", "Progress", "embedded_text"]
