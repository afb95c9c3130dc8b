"""A stand-in for the two addresses of WeChat that a web login needs, with the platform's own error codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

APP_ID, SECRET = "wx0123456789abcdef", "a-secret-of-the-account"
ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]


@dataclass
class Platform:
    """`openid` is who holds the phone; `trouble` is what the exchange answers instead: an errcode, or "page"."""

    openid: str = "oPerson-1"
    domain: str = "127.0.0.1"  # 网页授权域名
    trouble: int | str | None = None
    codes: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    states: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/connect/oauth2/authorize")
        def authorize(request: Request) -> Response:
            given = request.query_params
            if [*given] != ORDER or given["appid"] != APP_ID or given["scope"] != "snsapi_base":
                return HTMLResponse("该链接无法访问")
            if urlsplit(given["redirect_uri"]).hostname != self.domain or len(given["state"]) > 128:
                return HTMLResponse("redirect_uri 参数错误 10003")
            code = f"code{len(self.codes)}"
            self.codes[code] = self.openid
            self.states.append(given["state"])
            return RedirectResponse(
                f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}", 302
            )

        @app.get("/sns/oauth2/access_token")
        def exchange(appid: str, secret: str, code: str, grant_type: str) -> Response:
            if self.trouble == "page":
                return HTMLResponse("<h1>502 Bad Gateway</h1>", 502)
            error = self.trouble or self._refusal(appid, secret, code, grant_type)
            if error:
                return JSONResponse({"errcode": error, "errmsg": "refused, rid: 1"})
            self.used.add(code)
            told = {"access_token": "t", "expires_in": 7200, "refresh_token": "r", "scope": "snsapi_base"}
            return JSONResponse({**told, "openid": self.codes[code]})

        return app

    def _refusal(self, appid: str, secret: str, code: str, grant_type: str) -> int:
        if grant_type != "authorization_code":
            return 40002
        if appid != APP_ID:
            return 40013
        if secret != SECRET:
            return 40125
        return 40163 if code in self.used else 40029 if code not in self.codes else 0
