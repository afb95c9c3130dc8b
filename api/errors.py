"""What can go wrong at the doors.

ApiError
├── SettingsInvalid     an environment variable is unknown or has no usable value
├── QuestionInvalid     an empty or over-long question
├── PortInUse           another program listens where `serve` should
├── AlreadyServing      this home is served by a running process
├── CommandFailed       a command sent to the serving process failed there
├── KeyRefused          a key for programs cannot be made as asked
├── KeyNotFound         no usable key of this name
├── KeyInvalid          no key, a wrong or a revoked one
├── ScopeMissing        the key is not for this door
├── QuotaSpent          the key was used as often as it may be   (retryable)
├── ServiceGone         the serving process ended in the middle of a command   (retryable)
└── LoginFailed         the platform would not say who opened the page          (retryable)

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


class KeyRefused(ApiError):
    pass


class KeyNotFound(ApiError):
    pass


class KeyInvalid(ApiError):
    pass


class ScopeMissing(ApiError):
    pass


class QuotaSpent(ApiError):
    """`seconds` until a request may be made again; `daily`: of the day's quota, not the minute's."""

    retryable = True

    def __init__(self, message: str, seconds: int, *, daily: bool) -> None:
        super().__init__(message)
        self.seconds, self.daily = seconds, daily


class ServiceGone(ApiError):
    retryable = True


class LoginFailed(ApiError):
    retryable = True
