"""`guangzhi outbox`, `guangzhi wechat` and `guangzhi simulate wechat`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from api import wording
from api.errors import ApiError
from api.invocation import AsJson, print_json, settings_of_command

outbox = typer.Typer(invoke_without_command=True)
wechat = typer.Typer(help="微信公众号：推送菜单。", no_args_is_help=True)
menu = typer.Typer(help="公众号的自定义菜单。", no_args_is_help=True)
wechat.add_typer(menu, name="menu")


@outbox.callback()
def dead_letters(context: typer.Context, as_json: AsJson = False) -> None:
    """列出没有发出去、或不知道发出去没有的消息；resend 编号 再发一次。"""
    if context.invoked_subcommand:
        return
    letters = _call("outbox", {})["letters"]
    if as_json:
        print_json(letters)
        return
    from api.terminal import out

    if not letters:
        out().print(wording.OUTBOX_EMPTY)
        return
    for letter in letters:
        channel = wording.CHANNELS.get(letter["channel"], letter["channel"])
        told = {**letter, "channel": channel, "state": wording.OUTBOX_STATES[letter["state"]]}
        out().print(wording.OUTBOX_LINE.format(**told), markup=False)
    out().print(wording.OUTBOX_HOW)


@outbox.command("resend")
def resend(letter_id: Annotated[int, typer.Argument(metavar="编号", help="见 guangzhi outbox")]) -> None:
    """再发一次。“不知道”的那些，对方可能会收到两遍。"""
    _call("outbox_resend", {"id": letter_id})
    from api.terminal import out

    out().print(wording.OUTBOX_RESENT.format(id=letter_id))


@menu.command("push")
def push_menu(
    file: Annotated[Path | None, typer.Argument(metavar="文件", help="YAML；不填用自带的菜单")] = None,
) -> None:
    """把菜单推送到公众号（要已认证的公众号或服务号）。"""
    told = _call("wechat_menu", {"path": str(file.absolute())} if file else {})
    from api.terminal import out

    out().print(wording.MENU_PUSHED.format(**told))


@menu.command("show")
def show_menu() -> None:
    """显示自带的菜单文件；另存一份改成自己的。"""
    from bot.wechat.menu import BUILT_IN

    print(BUILT_IN.read_text("utf-8"), end="")


def simulate_wechat(
    url: Annotated[str | None, typer.Option("--url", help="公众号回调地址，默认是本机的服务")] = None,
) -> None:
    """模拟微信公众号平台：签名、加密、超时重发、客服消息，与真实平台一样，并显示每次投递的用时。"""
    settings = settings_of_command()
    if settings.wechat is None:
        raise ApiError(wording.WECHAT_NOT_CONFIGURED)
    from bot.simulators.wechat import WeChatPlatform, simulate
    from bot.simulators.wechat_api import WeChatApiServer

    wechat = settings.wechat
    key = wechat.aes_key if wechat.mode != "plain" else None
    with ExitStack() as stack:
        server = None
        if port := _own_port(wechat.api_url):
            secret = wechat.app_secret.get_secret_value() if wechat.app_secret else ""
            try:
                server = stack.enter_context(WeChatApiServer(wechat.app_id, secret, port=port))
            except OSError as error:
                raise ApiError(wording.SIMULATOR_PORT.format(url=wechat.api_url, why=error.strerror)) from error
        platform = WeChatPlatform(
            url or f"http://127.0.0.1:{settings.web.port}/wechat",
            wechat.token.get_secret_value(),
            aes_key=key.get_secret_value() if key else None,
            app_id=wechat.app_id,
            api=server,
        )
        stack.callback(platform.close)
        simulate(platform)


def _own_port(api_url: str) -> int | None:
    """Where the stand-in is to listen; none where the service talks to the real platform."""
    told = urlsplit(api_url)
    return told.port if told.hostname in ("127.0.0.1", "localhost") else None


def _call(name: str, params: dict[str, Any]) -> dict[str, Any]:
    settings = settings_of_command()
    from api.calling import call
    from api.terminal import announcing_waits

    with announcing_waits() as progress:
        return call(settings, name, params, progress)


def simulate_telegram() -> None:
    """模拟 Telegram：在 GUANGZHI_TELEGRAM_API_URL 指的本机端口上当接口服务，并扮演一个人。"""
    settings = settings_of_command().telegram
    port = _own_port(settings.api_url) if settings is not None else None
    if settings is None or not port:
        raise ApiError(wording.TELEGRAM_NOT_SIMULATED)
    from bot.simulators.telegram import TelegramPlatform, simulate

    try:
        platform = TelegramPlatform(settings.token.get_secret_value(), port=port)
    except OSError as error:
        raise ApiError(wording.TELEGRAM_SIMULATOR_PORT.format(url=settings.api_url, why=error.strerror)) from error
    try:
        simulate(platform)
    finally:
        platform.close()


def simulate_wecom() -> None:
    """模拟企业微信：在 GUANGZHI_WECOM_API_URL 指的本机端口上当接口服务，并扮演自建应用里的一个成员。"""
    settings = settings_of_command()
    wecom = settings.wecom
    port = _own_port(wecom.api_url) if wecom is not None else None
    if wecom is None or not port:
        raise ApiError(wording.WECOM_NOT_SIMULATED.format(channel=wording.WECOM))
    from bot.simulators.wecom import WeComPlatform, simulate

    with _listening(wecom.api_url):
        platform = WeComPlatform(
            f"http://127.0.0.1:{settings.web.port}/wecom",
            corp_id=wecom.corp_id,
            agent_id=wecom.agent_id,
            secret=wecom.secret.get_secret_value(),
            token=wecom.token.get_secret_value(),
            aes_key=wecom.aes_key.get_secret_value(),
            port=port,
        )
    with closing(platform):
        simulate(platform)


def simulate_wecom_bot() -> None:
    """模拟企业微信智能机器人：扮演和机器人单聊的一个成员，回答边写边显示。"""
    settings = settings_of_command()
    if settings.wecom_bot is None:
        raise ApiError(wording.WECOM_BOT_NOT_SIMULATED)
    from bot.simulators.wecom import RobotPlatform, simulate_robot

    platform = RobotPlatform(
        f"http://127.0.0.1:{settings.web.port}/wecom/bot",
        token=settings.wecom_bot.token.get_secret_value(),
        aes_key=settings.wecom_bot.aes_key.get_secret_value(),
        refresh_seconds=1.0,
    )
    with closing(platform):
        simulate_robot(platform)


def simulate_wechat_kf() -> None:
    """模拟微信客服：在 GUANGZHI_WECOM_API_URL 指的本机端口上当接口服务，并扮演一个客户。"""
    settings = settings_of_command()
    kf = settings.wechat_kf
    port = _own_port(kf.api_url) if kf is not None else None
    if kf is None or not port:
        raise ApiError(wording.WECOM_NOT_SIMULATED.format(channel=wording.WECHAT_KF))
    from bot.simulators.wechat_kf import WeChatKfPlatform, simulate

    with _listening(kf.api_url):
        platform = WeChatKfPlatform(
            f"http://127.0.0.1:{settings.web.port}/wechat-kf",
            corp_id=kf.corp_id,
            secret=kf.secret.get_secret_value(),
            token=kf.token.get_secret_value(),
            aes_key=kf.aes_key.get_secret_value(),
            port=port,
        )
    if kf.servicer:
        platform.servicers.add(kf.servicer)
    with closing(platform):
        simulate(platform)


@contextmanager
def _listening(url: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ApiError(wording.WECOM_SIMULATOR_PORT.format(url=url, why=error.strerror)) from error
