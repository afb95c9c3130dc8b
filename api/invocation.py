"""What the subcommands share: settings, the line to the data folder, options, JSON on standard output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from api.calling import Line
    from api.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def settings_of_command() -> Settings:
    from api.logs import configure
    from api.wiring import settings_from_environment

    settings = settings_from_environment()
    configure(settings.web.log_level)
    return settings


@contextmanager
def open_line() -> Iterator[Line]:
    settings = settings_of_command()
    from api.calling import connect
    from api.terminal import announcing_waits

    with announcing_waits() as progress, connect(settings, progress) as line:
        yield line


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
