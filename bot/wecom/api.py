"""The calls we make to WeCom: a thin client that knows tokens, errcodes and which failures may have been taken.

wechatpy has a client for these calls. It asks for a new token without end where the platform keeps refusing, keeps it
in memory only, and waits without a time limit, so the calls are made here.
"""

from __future__ import annotations

import logging
from typing import Any

import httpx

from bot.errors import ChannelError, SendLater, SendRefused, SendUnknown
from bot.tokens import AccessTokens
from bot.wecom import wording

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
TOKEN_IS_OVER = (40014, 42001)
PAUSES = {-1: 5.0, 45009: 60.0, 45033: 5.0}  # the platform asks for patience: seconds
MISCONFIGURED = (40001, 40013, 40056, 48002, 60020, 95017, 301002)  # an operator can mend it: messages wait
MISCONFIGURED_PAUSE = 60.0

# Raised before anything of the request was on its way.
NOT_TAKEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


class WeComRefused(ChannelError):
    """The platform answered with an errcode."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(wording.explain(code))
        self.code = code
        self.message = message  # the platform's own words; may name persons, so it is not logged


class WeComUnreachable(ChannelError):
    """No answer, or none we can read. `maybe_taken`: the platform may have acted on the request all the same."""

    retryable = True

    def __init__(self, maybe_taken: bool) -> None:
        super().__init__(wording.UNREACHABLE)
        self.maybe_taken = maybe_taken


class Api:
    """One secret's calls. `name` names its access token among all channels."""

    def __init__(
        self,
        corp_id: str,
        secret: str,
        tokens: AccessTokens,
        name: str,
        *,
        url: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._corp_id = corp_id
        self._secret = secret
        self._tokens = tokens
        self._name = name
        self._client = httpx.Client(base_url=f"{url.rstrip('/')}/cgi-bin/", timeout=timeout)

    def close(self) -> None:
        self._client.close()

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The platform's answer. A token it no longer takes is renewed once.

        Raises WeComRefused, WeComUnreachable, and SendLater while another worker hangs in renewing the token.
        """
        token = self._token()
        try:
            return self._post(path, body, token)
        except WeComRefused as refusal:
            if refusal.code not in TOKEN_IS_OVER:
                raise
        self._tokens.expire(self._name, token)
        return self._post(path, body, self._token())

    def _token(self) -> str:
        return self._tokens.get(self._name, self._fetch, wording.BUSY)

    def _fetch(self) -> tuple[str, float]:
        try:
            answer = self._read(
                self._client.get("gettoken", params={"corpid": self._corp_id, "corpsecret": self._secret})
            )
        except (httpx.HTTPError, WeComUnreachable):
            raise WeComUnreachable(maybe_taken=False) from None  # the cause would show the address with the secret
        return str(answer["access_token"]), float(answer.get("expires_in", 7200))

    def _post(self, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        try:
            return self._read(self._client.post(path, params={"access_token": token}, json=body))
        except NOT_TAKEN:
            raise WeComUnreachable(maybe_taken=False) from None
        except httpx.HTTPError:
            raise WeComUnreachable(maybe_taken=True) from None

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = response.json()
            code = int(answer.get("errcode", 0))
        except (ValueError, AttributeError, TypeError):
            raise WeComUnreachable(maybe_taken=True) from None
        if code:
            raise WeComRefused(code, str(answer.get("errmsg", "")))
        if response.status_code != 200:
            raise WeComUnreachable(maybe_taken=True)
        return dict(answer)


def send(api: Api, path: str, body: dict[str, Any], *, repeatable: bool = False) -> dict[str, Any]:
    """Call, and say what a failure means for the message. `repeatable`: sent twice, it is shown once."""
    try:
        return api.call(path, body)
    except WeComUnreachable as error:
        if error.maybe_taken and not repeatable:
            raise SendUnknown(wording.MAYBE_TAKEN) from error
        raise
    except WeComRefused as refusal:
        raise meaning(refusal) from refusal


def meaning(refusal: WeComRefused) -> SendLater | SendRefused:
    """Whether to try a refused message again."""
    if refusal.code in PAUSES:
        return SendLater(PAUSES[refusal.code], str(refusal))
    if refusal.code in MISCONFIGURED:
        logger.error("%s", refusal)
        return SendLater(MISCONFIGURED_PAUSE, str(refusal))
    return SendRefused(str(refusal))
