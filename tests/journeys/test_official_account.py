"""A verified official account from end to end: `guangzhi serve` and the platform's stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from bot.simulators.wechat import WeChatPlatform
from bot.simulators.wechat_api import WeChatApiServer
from tests.bot.wechat.conftest import AES_KEY
from tests.bot.wechat.house import APP_ID, TOKEN
from tests.journeys.household import CERTIFICATE, WECHAT, Household, until

pytestmark = pytest.mark.slow


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[WeChatPlatform]:
    with WeChatApiServer(APP_ID, "a-secret") as api:
        settings = {
            **WECHAT,
            "GUANGZHI_WECHAT_VERIFIED": "yes",
            "GUANGZHI_WECHAT_APP_SECRET": "a-secret",
            "GUANGZHI_WECHAT_API_URL": api.url,
            "GUANGZHI_CONTACT": "商会秘书处",
        }
        house = Household(tmp_path, settings=settings)
        house.serve()
        platform = WeChatPlatform(f"{house.url}/wechat", TOKEN, aes_key=AES_KEY, app_id=APP_ID, api=api)
        yield platform
        platform.close()
        house.close()


def test_voice_menu_and_a_photo_reach_the_knowledge(platform: WeChatPlatform, tmp_path: Path) -> None:
    assert "8.5.2" in (platform.deliver(platform.voice("o-1", "八点五点二讲什么。")).text or "")
    assert "三年" in (platform.deliver(platform.click("o-1", f"say:{CERTIFICATE}")).text or "")
    fonts = [*sorted(Path("/usr/share/fonts").rglob("*CJK*Regular*")), *sorted(Path("/usr/share/fonts").rglob("*wqy*"))]
    if not fonts:
        pytest.skip("no Chinese font here")
    picture = Image.new("RGB", (1000, 160), "white")
    text = "质量管理体系认证证书有效期几年？"
    ImageDraw.Draw(picture).text((30, 50), text, fill="black", font=ImageFont.truetype(str(fonts[0]), 48))
    picture.save(tmp_path / "photo.png")
    platform.deliver(platform.image("o-2", (tmp_path / "photo.png").read_bytes()))
    until(lambda: "三年" in "".join(one.text for one in platform.screens.of("o-2")), "the photo's question is answered")
