"""Documents in: files and folders → passages in both indexes and the catalog.

finding ──▶ looking (ahead: a thread) ──▶ conductor ──▶ vector index, then catalog
              ├▶ preparing, sheets           └──▶ likeness, pace
              └▶ vectors (a pool embeds)
inspection: the same reading, nothing stored
"""

from knowledge.ingestion.conductor import Ingestion, Progress
from knowledge.ingestion.vectors import embedded_text

__all__ = ["Ingestion", "Progress", "embedded_text"]
