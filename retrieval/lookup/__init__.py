"""Exact questions: a clause, an article, a table by its number. No ranking, and never a guess."""

from retrieval.lookup.conductor import ClauseLookup

__all__ = ["ClauseLookup"]
