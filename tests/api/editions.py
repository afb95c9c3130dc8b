"""A made-up standard in two editions, and a home that holds them."""

from __future__ import annotations

from pathlib import Path

from api import home
from api.commands import run
from api.wiring import Assistant, open_assistant, silent
from tests.api.conftest import settings_for

OLD = """# 光模块端面清洁规范

T/GMJ 001—2019

2019-03-01 发布　2019-04-01 实施

## 1 范围

本规范规定了光模块端面清洁的要求。

## 2 要求

### 2.1 清洁周期

光模块端面应每三十天清洁一次。

### 2.2 记录

清洁记录应保存两年。
"""
NEW = (
    OLD.replace("2019-03-01", "2023-05-01")
    .replace("2019-04-01", "2023-06-01")
    .replace("001—2019", "001—2023")
    .replace("三十天", "十五天")
    .replace("### 2.2 记录", "### 2.2 人员\n\n清洁人员应经过培训。\n\n### 2.3 记录")
)
OLD_NAME, NEW_NAME = "T/GMJ 001-2019", "T/GMJ 001-2023"


def open_with_editions(folder: Path) -> Assistant:
    """The caller closes it."""
    files = {"旧.md": OLD, "新.md": NEW}
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    assistant = open_assistant(settings_for(folder / "home"), home.take(folder / "home"))
    run(assistant, "ingest", {"paths": [str(folder / name) for name in files]}, silent)
    return assistant
