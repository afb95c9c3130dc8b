"""The account's menu, as an operator writes it and as the platform takes it.

buttons:
  - name: 常问
    items:
      - {name: 证书有效期, ask: 质量管理体系认证证书有效期几年}
      - {name: 查条款, say: 换个问法}
  - {name: 网页, url: "https://kb.example.org"}
  - {name: 转人工, say: 转人工}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot import wording
from bot.errors import BotError
from bot.rendering import size

BUILT_IN = Path(__file__).with_name("menu.yaml")
MOST_BUTTONS, MOST_ITEMS = 3, 5
LONGEST_NAME, LONGEST_ITEM_NAME, LONGEST_TEXT, LONGEST_URL = 16, 60, 120, 1024  # bytes
KEY = "say:"  # of a click: what the person said with it


class MenuInvalid(BotError):
    """The message is Chinese, names the file and the place."""


def read_menu(path: Path) -> dict[str, Any]:
    """The body of the platform's menu/create. Raises MenuInvalid."""
    try:
        given = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise MenuInvalid(wording.MENU_NOT_READ.format(path=path, why=why)) from error
    try:
        return {"button": [_button(one) for one in _listed(given, "buttons", MOST_BUTTONS, wording.MENU_NO_BUTTONS)]}
    except MenuInvalid as error:
        raise MenuInvalid(wording.MENU_INVALID.format(path=path, why=error)) from error


def text_of_click(key: str) -> str:
    """What a click says; empty for a menu that is not ours any more."""
    return key.removeprefix(KEY) if key.startswith(KEY) else ""


def _button(given: Any) -> dict[str, Any]:
    name = _name(given, LONGEST_NAME)
    if "items" not in given:
        return _item(given, LONGEST_NAME)
    _one_of(given, name, ("items", "ask", "say", "url"))
    items = _listed(given, "items", MOST_ITEMS, wording.MENU_TOO_MANY.format(name=name))
    return {"name": name, "sub_button": [_item(one, LONGEST_ITEM_NAME) for one in items]}


def _item(given: Any, longest: int) -> dict[str, Any]:
    name = _name(given, longest)
    kind = _one_of(given, name, ("ask", "say", "url"))
    value = str(given[kind]).strip()
    if kind == "url":
        if not value.startswith(("https://", "http://")) or size(value) > LONGEST_URL:
            raise MenuInvalid(wording.MENU_URL.format(name=name))
        return {"type": "view", "name": name, "url": value}
    if not 0 < size(value) <= LONGEST_TEXT:
        raise MenuInvalid(wording.MENU_TEXT_LONG.format(name=name))
    return {"type": "click", "name": name, "key": f"{KEY}{value}"}


def _listed(given: Any, name: str, most: int, why: str) -> Sequence[Any]:
    listed = given.get(name) if isinstance(given, Mapping) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= most:
        raise MenuInvalid(why)
    return listed


def _name(given: Any, longest: int) -> str:
    name = str(given.get("name") or "").strip() if isinstance(given, Mapping) else ""
    if not 0 < size(name) <= longest:
        raise MenuInvalid(wording.MENU_NAME.format(name=name or given))
    return name


def _one_of(given: Mapping[str, Any], name: str, kinds: Sequence[str]) -> str:
    there = [kind for kind in kinds if given.get(kind)]
    if len(there) != 1:
        raise MenuInvalid(wording.MENU_ONE_OF.format(name=name, given="、".join(there) or wording.MENU_NOTHING))
    return there[0]
