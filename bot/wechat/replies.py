"""The passive reply: one text message in the body of our HTTP answer."""

from __future__ import annotations

import re

from bot.wechat.messages import WeChatMessage

# Stops the platform's redelivery and shows the person nothing.
SUCCESS = "success"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_reply(message: WeChatMessage, text: str, created: int) -> str:
    """XML that answers `message` with `text`; `created` in seconds since 1970."""
    return (
        f"<xml><ToUserName>{_cdata(message.from_user)}</ToUserName>"
        f"<FromUserName>{_cdata(message.to_user)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>{_cdata('text')}</MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    )


def _cdata(text: str) -> str:
    # A text may contain the end mark of CDATA, and control characters that no XML can carry.
    return f"<![CDATA[{_NOT_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"
