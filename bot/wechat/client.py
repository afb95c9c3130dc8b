"""What we ask of the platform: a token, a message to be sent, a menu, a picture. Thin, typed, over httpx.

wechatpy has these calls too, but keeps a token for each process, and does not tell a request that never left from
one whose answer was lost: with messages that is the difference between trying again and saying something twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot import wording
from bot.errors import SendLater, SendRefused, SendUnknown
from bot.tokens import AccessTokens
from bot.wechat.settings import WeChatSettings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0  # twice the token and twice the message stay within the outbox's lease
PICTURE_LIMIT = 10 * 2**20  # bytes; the platform's own limit for pictures
PICTURE_HOSTS = (".qpic.cn", ".qlogo.cn", ".weixin.qq.com")  # where the platform keeps pictures

STALE_TOKEN = frozenset({40001, 40014, 42001})
# code → how many seconds to wait; a person or the day has to change something, or the platform is busy
_LATER = {-1: 3, 45009: 3600, 45011: 60, 40013: 300, 40125: 300, 40164: 300, 40243: 300, 89503: 3600, 50004: 300}


class WeChatApi:
    """The server side of one official account. `close` it."""

    def __init__(
        self,
        settings: WeChatSettings,
        tokens: AccessTokens,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        client: Callable[..., httpx.Client] = httpx.Client,
    ) -> None:
        self._app_id = settings.app_id
        self._secret = settings.app_secret.get_secret_value() if settings.app_secret else ""
        self._url = settings.api_url.rstrip("/")
        self._tokens = tokens
        self._http = client(timeout=timeout_seconds, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def send_text(self, openid: str, text: str) -> None:
        """Raises SendLater, SendRefused, SendUnknown, and httpx errors where the message never left."""
        self._call("/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": text}})

    def create_menu(self, menu: Mapping[str, Any]) -> None:
        self._call("/cgi-bin/menu/create", menu)

    def picture(self, url: str, media_id: str) -> bytes:
        """The bytes of a picture a person sent. Raises httpx errors, and SendRefused where it cannot be had."""
        if url and self._is_platforms(url):
            return self._download(url, {})
        if media_id and self._secret:
            return self._download(
                f"{self._url}/cgi-bin/media/get", {"access_token": self._token(), "media_id": media_id}
            )
        raise SendRefused(wording.WECHAT_NO_PICTURE)

    def _is_platforms(self, url: str) -> bool:
        """In the plain mode a body is not signed: who knows a signed address must not make us fetch another."""
        told, ours = urlsplit(url), urlsplit(self._url)
        if told.scheme not in ("http", "https") or not told.hostname:
            return False
        return told.netloc == ours.netloc or f".{told.hostname}".endswith(PICTURE_HOSTS)

    def _download(self, url: str, query: dict[str, str]) -> bytes:
        data = bytearray()
        with self._http.stream("GET", url, params=query or None) as response:
            response.raise_for_status()
            if "json" in response.headers.get("content-type", ""):
                response.read()
                raise SendRefused(wording.WECHAT_NO_PICTURE)
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > PICTURE_LIMIT:
                    raise SendRefused(wording.WECHAT_NO_PICTURE)
        return bytes(data)

    def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The platform's answer, once the token it refused was renewed. One refused twice is a matter for later."""
        answer: dict[str, Any] = {}
        for force in (False, True):
            token = self._token(force)
            answer = self._post(path, token, body)
            if answer.get("errcode", 0) not in STALE_TOKEN:
                break
            self._tokens.expire(self._name, token)
        _raise_for(answer)
        return answer

    def _post(self, path: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()  # escaped, a 汉字 would count and show as \uXXXX
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._http.post(
                f"{self._url}{path}", params={"access_token": token}, content=content, headers=headers
            )
            told = answer.json() if answer.status_code == 200 else None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise  # it never left
        except (httpx.HTTPError, ValueError) as error:
            raise SendUnknown(wording.WECHAT_NO_ANSWER) from error
        if not isinstance(told, dict):
            raise SendUnknown(wording.WECHAT_NO_ANSWER)
        return told

    def _token(self, force: bool = False) -> str:
        return self._tokens.get(self._name, lambda: self._fetch_token(force), wording.WECHAT_TOKEN_BUSY)

    def _fetch_token(self, force: bool) -> tuple[str, float]:
        """The stable kind: asked for twice, it is the same one, so that no worker ends another's."""
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        try:
            answer = self._http.post(f"{self._url}/cgi-bin/stable_token", json=body)
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SendLater(3, wording.WECHAT_NO_TOKEN) from error
        _raise_for(told)
        return str(told["access_token"]), float(told.get("expires_in", 7200))

    @property
    def _name(self) -> str:
        return f"wechat:{self._app_id}"


def _raise_for(answer: Mapping[str, Any]) -> None:
    """An error code of the platform in our terms."""
    code = int(answer.get("errcode", 0) or 0)
    if code == 0:
        return
    reason = explained(code)
    logger.warning("the WeChat platform answered with the error code %d", code)
    if code in STALE_TOKEN:
        raise SendLater(30, reason)
    if code in _LATER:
        raise SendLater(_LATER[code], reason)
    raise SendRefused(reason)


def explained(code: int) -> str:
    """What an error code means and what an operator can do, in Chinese."""
    known = wording.WECHAT_ERRORS.get(code)
    return f"{code}：{known}" if known else wording.WECHAT_ERROR_OTHER.format(code=code)
