"""How the matrix products are computed; `docs/decisions/0005-embedding-precision.md` weighs the three."""

from enum import StrEnum


class Precision(StrEnum):
    """The value is part of the cached graph's file name."""

    FP32 = "fp32"
    BLOCK8 = "block8"  # 8-bit blocks of 64 for weights and activations: the default
    INT8 = "int8"  # dynamic quantisation, one activation scale for a batch: a vector depends on its companions
