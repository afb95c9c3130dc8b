"""`guangzhi keys` and `guangzhi mcp`: doors for other programs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api import wording
from api.invocation import AsJson, open_line, print_json, settings_of_command

keys = typer.Typer(help="密钥：让别的程序用 /v1（兼容 OpenAI）和 /mcp。", no_args_is_help=True)


@keys.command("add")
def add_key(
    name: Annotated[str, typer.Argument(metavar="名字", help="给谁用的，如 客服机器人")],
    scope: Annotated[list[str] | None, typer.Option(help="用途，可以写几次：chat（对话）、search（检索）、mcp")] = None,
    per_day: Annotated[int, typer.Option("--per-day", help="每天最多几次，0 为不限", min=0)] = 1000,
    per_minute: Annotated[int, typer.Option("--per-minute", help="每分钟最多几次，0 为不限", min=0)] = 60,
    as_json: AsJson = False,
) -> None:
    """新建一个密钥。密钥本身只显示这一次，这里只存它的散列。"""
    settings = settings_of_command()
    asked = {"name": name, "scopes": scope or [], "per_day": per_day, "per_minute": per_minute}
    told = _called("keys_add", asked)
    if as_json:
        print_json(told)
        return
    from api.terminal import err, out

    err().print(wording.KEY_ADDED.format(name=told["name"]), markup=False)
    out().print(told["secret"], markup=False)
    url = settings.web.public_url or f"http://127.0.0.1:{settings.web.port}"
    err().print(wording.KEY_HOW.format(url=url.rstrip("/")), markup=False)


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """列出密钥：用途、限额、今天用了几次。"""
    told = _called("keys", {})["keys"]
    if as_json:
        print_json(told)
        return
    from api.terminal import out

    for key in told:
        out().print(_line(key), style="dim" if key["revoked"] else "", markup=False)
    if not told:
        out().print(wording.KEY_LIST_EMPTY, markup=False)


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(metavar="名字", help="见 guangzhi keys list")]) -> None:
    """撤销一个密钥，从下一个请求起无效。"""
    told = _called("keys_revoke", {"name": name})
    from api.terminal import out

    out().print(wording.KEY_REVOKED.format(name=told["name"]), markup=False)


def mcp() -> None:
    """MCP 服务（标准输入输出）：在支持 MCP 的程序里填这个命令。服务开着或没开都能用。"""
    settings = settings_of_command()
    from api.mcp_server.stdio import serve_stdio
    from api.version import version

    serve_stdio(settings, version() or "")


def _called(name: str, params: dict[str, Any]) -> dict[str, Any]:
    with open_line() as line:
        return line.call(name, params)


def _line(key: dict[str, Any]) -> str:
    said = wording.KEY_LINE.format(
        name=key["name"],
        scopes="、".join(key["scopes"]),
        today=key["today"],
        per_day=key["per_day"] or wording.KEY_UNLIMITED,
        per_minute=key["per_minute"] or wording.KEY_UNLIMITED,
    )
    return said + (wording.KEY_LINE_REVOKED.format(day=key["revoked"][:10]) if key["revoked"] else "")
