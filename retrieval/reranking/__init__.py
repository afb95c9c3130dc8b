"""The first candidates put in a better order, by a small fitted model here or by a service elsewhere.

Neither touches a passage's `score`: how far it stands out of what was found is what refusal goes by.
"""

from retrieval.reranking.features import NAMES, Candidate, FeatureReader, Features
from retrieval.reranking.model import Reranker, load_weights
from retrieval.reranking.remote import RemoteReranker, RerankSettings

__all__ = [
    "NAMES",
    "Candidate",
    "FeatureReader",
    "Features",
    "RemoteReranker",
    "RerankSettings",
    "Reranker",
    "load_weights",
]
