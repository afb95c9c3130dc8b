from __future__ import annotations

import base64
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api import home
from api.app import create_app
from api.errors import AlreadyServing, PortInUse
from api.jobs import announce
from api.serving import listen, serve
from api.settings import Settings, WebSettings
from api.wiring import Assistant, silent
from bot.wechat.settings import WeChatSettings
from tests.api.conftest import settings_for


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_port_in_use_is_named_with_the_way_round_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"--port {port + 1}"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_refused_in_words() -> None:
    with pytest.raises(PortInUse, match="不能在"):
        listen("192.0.2.1", free_port())


def test_a_home_that_is_served_is_not_served_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("served")
    lock = home.take(folder)
    announce(folder, "http://127.0.0.1:9")
    settings: Settings = replace(settings_for(folder), web=WebSettings(port=free_port()))
    with pytest.raises(AlreadyServing, match=r"http://127\.0\.0\.1:9"):
        serve(settings, print, silent)
    lock.release()


def test_the_official_account_has_a_door_only_when_it_is_configured(
    assistant: Assistant, open_client: Callable[..., TestClient]
) -> None:
    forged = {"signature": "0" * 40, "timestamp": "1", "nonce": "n", "echostr": "e"}
    assert open_client().get("/wechat", params=forged).status_code == 404
    key = base64.b64encode(bytes(32)).decode().rstrip("=")
    wechat = WeChatSettings(token=SecretStr("t"), aes_key=SecretStr(key), app_id="wx1", mode="safe")
    configured = replace(assistant, settings=replace(assistant.settings, wechat=wechat))
    with TestClient(create_app(configured)) as client:
        assert client.get("/wechat", params=forged).status_code == 403
        assert client.post("/wechat", content=b"x" * 10_000_000).status_code == 413
