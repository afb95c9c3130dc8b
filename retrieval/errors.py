"""What can go wrong while answering.

RetrievalError
├── EvaluationInvalid     a question set breaks its format
└── ModelUnavailable      the chat model did not answer      (retryable)
"""


class RetrievalError(Exception):
    retryable = False


class EvaluationInvalid(RetrievalError):
    pass


class ModelUnavailable(RetrievalError):
    retryable = True
