"""What can go wrong in the talking room.

BotError
├── ChannelError              a platform sent or refused something
│   ├── ForgedMessage         signature or key does not match
│   ├── StaleMessage          the timestamp is too old to be a delivery
│   ├── MalformedMessage      not the XML or JSON the platform documents, or too large
│   └── ReplyRefused          the platform refused our reply
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


class QuestionRefused(BotError):
    pass


class EmptyQuestion(QuestionRefused):
    pass


class QuestionTooLong(QuestionRefused):
    pass
