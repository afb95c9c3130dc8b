"""The operations behind `guangzhi outbox` and `guangzhi wechat`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from api import wording
from api.errors import CommandFailed
from api.wiring import Assistant, Progress, open_wechat_api


def listing(assistant: Assistant, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The parts that were not sent, or may not have been; the newest first."""
    from bot.outbox import Outbox

    return {
        "letters": [
            {
                "id": letter.id,
                "channel": letter.channel,
                "account": letter.account,
                "person": letter.person[:12],
                "turn": letter.turn_id,
                "part": letter.part + 1,
                "state": letter.state,
                "attempts": letter.attempts,
                "error": letter.error,
                "created": letter.created_at.isoformat(timespec="seconds"),
            }
            for letter in Outbox(assistant.database).dead_letters()
        ]
    }


def resend(assistant: Assistant, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{id} → nothing. The serving process sends it. Raises CommandFailed where there is no such part."""
    from bot.outbox import Outbox

    if not Outbox(assistant.database).resend(int(params["id"])):
        raise CommandFailed(wording.OUTBOX_NO_SUCH.format(id=params["id"]))
    return {}


def push_menu(assistant: Assistant, params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """{path?} → how many buttons the account's menu has now. Raises MenuInvalid, CommandFailed."""
    from bot.errors import SendLater, SendRefused, SendUnknown
    from bot.wechat.menu import BUILT_IN, read_menu

    menu = read_menu(Path(params["path"]) if params.get("path") else BUILT_IN)
    settings = assistant.settings.wechat
    if settings is None or not settings.asks:
        raise CommandFailed(wording.WECHAT_NEEDS_SECRET)
    api = open_wechat_api(assistant, settings)
    try:
        api.create_menu(menu)
    except (SendLater, SendRefused, SendUnknown) as error:
        raise CommandFailed(wording.MENU_NOT_PUSHED.format(why=error)) from error
    except httpx.HTTPError as error:
        raise CommandFailed(wording.MENU_NOT_PUSHED.format(why=type(error).__name__)) from error
    finally:
        api.close()
    return {"buttons": len(menu["button"])}


OUTBOX_COMMANDS = {"outbox": listing, "outbox_resend": resend, "wechat_menu": push_menu}
