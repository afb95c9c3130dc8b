"""The small fitted models: what they look at, their weights, and how they were trained (`train`)."""
