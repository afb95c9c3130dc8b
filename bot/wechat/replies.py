"""The passive reply, in the body of our HTTP answer: one text message, or handing the person to the platform's 客服."""

from __future__ import annotations

import re

from bot.wechat.messages import WeChatMessage

# Stops the platform's redelivery and shows the person nothing.
SUCCESS = "success"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_reply(message: WeChatMessage, text: str, created: int) -> str:
    """XML that answers `message` with `text`; `created` in seconds since 1970."""
    return _reply(message, "text", created, f"<Content>{_cdata(text)}</Content>")


def transfer_reply(message: WeChatMessage, created: int) -> str:
    """XML that makes the platform put the person's messages into the queue of its own 客服."""
    return _reply(message, "transfer_customer_service", created)


def _reply(message: WeChatMessage, type: str, created: int, content: str = "") -> str:
    return (
        f"<xml><ToUserName>{_cdata(message.from_user)}</ToUserName>"
        f"<FromUserName>{_cdata(message.to_user)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>{_cdata(type)}</MsgType>{content}</xml>"
    )


def _cdata(text: str) -> str:
    # A text may contain the end mark of CDATA, and control characters that no XML can carry.
    return f"<![CDATA[{_NOT_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"
