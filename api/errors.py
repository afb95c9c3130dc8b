"""What can go wrong at the doors.

ApiError
├── SettingsInvalid     an environment variable is unknown or has no usable value
├── QuestionInvalid     an empty or over-long question
├── PortInUse           another program listens where `serve` should
├── AlreadyServing      this home is served by a running process
├── CommandFailed       a command sent to the serving process failed there
└── ServiceGone         the serving process ended in the middle of a command   (retryable)

Every message is Chinese: an operator reads it as it stands.
"""


class ApiError(Exception):
    retryable = False


class SettingsInvalid(ApiError):
    pass


class QuestionInvalid(ApiError):
    pass


class PortInUse(ApiError):
    pass


class AlreadyServing(ApiError):
    pass


class CommandFailed(ApiError):
    pass


class ServiceGone(ApiError):
    retryable = True
