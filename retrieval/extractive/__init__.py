"""Sentences to an answer, in the words of the documents."""

from __future__ import annotations

from retrieval.extractive.citing import cite
from retrieval.extractive.composing import Extract, compose
from retrieval.extractive.display import closed
from retrieval.extractive.lists import LONGEST_LIST
from retrieval.extractive.notes import LONGEST, with_notes

__all__ = ["LONGEST", "LONGEST_LIST", "Extract", "cite", "closed", "compose", "with_notes"]
