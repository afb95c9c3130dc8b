"""What can go wrong in the talking room.

BotError
├── ChannelError              a platform sent or refused something
│   ├── ForgedMessage         signature or key does not match
│   ├── StaleMessage          the timestamp is too old to be a delivery
│   ├── MalformedMessage      not the XML or JSON the platform documents, or too large
│   ├── ReplyRefused          the platform refused our reply
│   ├── SendLater             not now: again after so many seconds (a rate limit, an outage the platform announces)
│   ├── SendRefused           never: the platform will not take this message for this person
│   └── SendUnknown           it may have been taken: not sent again by itself
└── QuestionRefused           the person's text is not a question we can take
    ├── EmptyQuestion
    └── QuestionTooLong
"""


class BotError(Exception):
    retryable = False


class ChannelError(BotError):
    pass


class ForgedMessage(ChannelError):
    pass


class StaleMessage(ChannelError):
    pass


class MalformedMessage(ChannelError):
    pass


class ReplyRefused(ChannelError):
    pass


class SendLater(ChannelError):
    """`reason` is Chinese, for the operator's list. Waiting like this does not count as a failed attempt."""

    retryable = True

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.reason = reason


class SendRefused(ChannelError):
    """`reason` is Chinese, for the operator's list of dead letters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SendUnknown(ChannelError):
    """`reason` is Chinese, for the operator's list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class QuestionRefused(BotError):
    pass


class EmptyQuestion(QuestionRefused):
    pass


class QuestionTooLong(QuestionRefused):
    pass
