"""The official account's web login: who opens the page inside WeChat is the person who writes to the account.

The platform tells us an openid for a code; from it comes the same keyed hash as from a message, and the openid itself
goes no further than this file.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import structlog

from api import wording
from api.errors import LoginFailed
from api.settings import LoginSettings
from bot.people import People
from bot.wechat.conversation import CHANNEL

WAY_BACK = "/h5/back"
STATE_SECONDS = 600  # from leaving for the platform to coming back
PASS_SECONDS = 30 * 24 * 3600
TIMEOUT_SECONDS = 5.0
REFUSALS = {  # by the platform's errcode; any other is for the operator
    **dict.fromkeys(("40029", "40163", "41008", "42003"), wording.LOGIN_EXPIRED),  # the code: wrong, used, missing, old
    "-1": wording.LOGIN_UNREACHABLE,  # busy
}
_STATE = re.compile(r"([0-9a-f]{8})([0-9a-f]{32})([0-9a-f]{40})")  # time, chance, signature: 80 of the platform's 128
_PASS = re.compile(r"([0-9a-f]{64})([0-9a-f]{8})([0-9a-f]{64})")  # person, end, signature

log = structlog.get_logger(__name__)


class H5Login:
    """`public_url` is where the platform sends people back to; `clock` is wall time in seconds.

    A state is signed, bound to the browser it was made for, and taken once by this process. Another worker of the
    same service would take it again within its ten minutes, but the platform takes its code only once anywhere.
    """

    def __init__(
        self, settings: LoginSettings, people: People, public_url: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._people = people
        self._back = public_url.rstrip("/") + WAY_BACK
        self._clock = clock
        self._taken: dict[str, float] = {}  # chance of a state → when it may be forgotten

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def secure(self) -> bool:
        """Whether people reach us by https, so that cookies may insist on it."""
        return self._back.startswith("https://")

    def way_there(self, browser: str) -> str:
        """Where to send a browser, named by what its cookie holds; it comes back to `WAY_BACK` with a code."""
        # The platform matches the order of the parameters, and the fragment too.
        asked = {
            "appid": self._settings.app_id,
            "redirect_uri": self._back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": self._state(browser),
        }
        return f"{self._settings.open_url}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"

    async def person(self, code: str, state: str, browser: str) -> str:
        """The keyed hash of who came back. Raises LoginFailed, in words for them."""
        if not code or not self._take(state, browser):
            raise LoginFailed(wording.LOGIN_EXPIRED)
        return self._people.person(CHANNEL, self.account, await self._openid(code))

    def pass_for(self, person: str) -> str:
        """What the person's browser keeps, good for thirty days."""
        body = f"{person}{int(self._clock()) + PASS_SECONDS:08x}"
        return body + self._sign("pass", body, 64)

    def holder(self, held: str) -> str | None:
        """The person this pass was made for; none where it is not ours, not whole, or too old."""
        found = _PASS.fullmatch(held)
        if found is None or not hmac.compare_digest(found[3], self._sign("pass", found[1] + found[2], 64)):
            return None
        return found[1] if int(found[2], 16) > self._clock() else None

    def _state(self, browser: str) -> str:
        body = f"{int(self._clock()):08x}{secrets.token_hex(16)}"
        return body + self._sign("state", body + browser, 40)

    def _take(self, state: str, browser: str) -> bool:
        """Whether this state was made for this browser, of late, and was not taken before."""
        found = _STATE.fullmatch(state)
        if found is None or not browser:
            return False
        if not hmac.compare_digest(found[3], self._sign("state", found[1] + found[2] + browser, 40)):
            return False
        now = self._clock()
        self._taken = {chance: end for chance, end in self._taken.items() if end > now}
        if int(found[1], 16) + STATE_SECONDS < now or found[2] in self._taken:
            return False
        self._taken[found[2]] = now + STATE_SECONDS
        return True

    def _sign(self, purpose: str, body: str, length: int) -> str:
        named = f"h5 {purpose}\n{body}".encode()  # a pass is no state, and neither is the hash of a person
        return hmac.new(self._people.key, named, hashlib.sha256).hexdigest()[:length]

    async def _openid(self, code: str) -> str:
        asked = {
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret.get_secret_value(),
            "code": code,
            "grant_type": "authorization_code",
        }
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                told = (await client.get(f"{self._settings.api_url}/sns/oauth2/access_token", params=asked)).json()
        except (httpx.HTTPError, ValueError) as error:
            # The kind alone: the error's own text has the address, and the address has the secret.
            log.warning("h5_login_unreachable", kind=type(error).__name__)
            raise LoginFailed(wording.LOGIN_UNREACHABLE) from None
        openid = told.get("openid") if isinstance(told, dict) else None
        if isinstance(openid, str) and openid:
            return openid
        refused = str(told.get("errcode")) if isinstance(told, dict) else "malformed"
        log.warning("h5_login_refused", errcode=refused)
        raise LoginFailed(REFUSALS.get(refused, wording.LOGIN_REFUSED))
