"""The door of WeChat customer service: GET and POST /wechat-kf."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes.wecom import callback_router
from bot.wechat_kf.channel import WeChatKf

PATH = "/wechat-kf"


def wechat_kf_router(channel: WeChatKf) -> APIRouter:
    return callback_router(PATH, channel)
