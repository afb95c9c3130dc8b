"""「什么是金样」, 「认证和认可的区别」: the sentence that defines just this term, in its own words."""

from __future__ import annotations

from retrieval.definitions.answering import Definitions

__all__ = ["Definitions"]
