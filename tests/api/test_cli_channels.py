from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from bot import wording as said
from bot.addresses import Addresses
from bot.outbox import NewOutgoing, Outbox
from bot.simulators.wechat_api import WeChatApiServer
from knowledge.database import Database


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the whole file, so that the library is loaded once."""
    return tmp_path_factory.mktemp("channels")


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line; gives exit status, standard output and standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GUANGZHI_HOME", str(folder / "home"))
    monkeypatch.setenv("GUANGZHI_EMBEDDING", "none")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["guangzhi", *arguments])
        status: Any = 0
        try:
            main()
        except SystemExit as leaving:
            status = leaving.code or 0
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatApiServer]:
    with WeChatApiServer("wx-test", "a-secret") as api:
        monkeypatch.setenv("GUANGZHI_WECHAT_TOKEN", "test")
        monkeypatch.setenv("GUANGZHI_WECHAT_APP_ID", "wx-test")
        monkeypatch.setenv("GUANGZHI_WECHAT_APP_SECRET", "a-secret")
        monkeypatch.setenv("GUANGZHI_WECHAT_API_URL", api.url)
        yield api


@pytest.fixture
def outbox(folder: Path, run: Any) -> Iterator[Outbox]:
    run("documents")  # the schema is there
    database = Database(f"sqlite:///{folder / 'home' / 'guangzhi.db'}")
    Addresses(database, b"k" * 32).remember("wechat", "gh_1", "p" * 64, "o-very-own", days=2)
    yield Outbox(database)
    database.close()


def test_an_empty_outbox_says_so(run: Any) -> None:
    status, out, _ = run("outbox")
    assert (status, "没有发不出去的消息" in out) == (0, True)


def test_a_dead_letter_is_listed_with_its_reason_and_can_be_sent_again(run: Any, outbox: Outbox) -> None:
    outbox.put([NewOutgoing("wechat", "gh_1", "p" * 64, "t1", 0, '{"text": "不该列出的话"}')])
    (one,) = outbox.due(10)
    outbox.claim(one.id)
    outbox.dead(one.id, "45015：超过 48 小时")
    status, out, _ = run("outbox")
    assert status == 0
    assert "没发出" in out
    assert "微信公众号" in out
    assert "45015：超过 48 小时" in out
    assert "o-very-own" not in out
    assert "不该列出" not in out
    assert "发件箱" in run("doctor")[1]
    assert run("outbox", "resend", str(one.id))[0] == 0
    assert [waiting.id for waiting in outbox.due(10)] == [one.id]
    status, _, err = run("outbox", "resend", str(one.id))
    assert (status, str(one.id) in err) == (1, True)


def test_the_menu_is_pushed_to_the_account(run: Any, platform: WeChatApiServer, folder: Path) -> None:
    status, out, err = run("wechat", "menu", "push")
    assert (status, err) == (0, "")
    assert "已推送" in out
    assert platform.menu is not None
    own = folder / "menu.yaml"
    own.write_text("buttons: [{name: 问, ask: 证书有效期几年}]", "utf-8")
    assert run("wechat", "menu", "push", str(own))[0] == 0
    assert platform.menu == {"button": [{"type": "click", "name": "问", "key": "say:证书有效期几年"}]}


def test_a_wrong_menu_file_and_a_wrong_secret_are_explained(
    run: Any, platform: WeChatApiServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = folder / "wrong.yaml"
    wrong.write_text("buttons: []", "utf-8")
    status, _, err = run("wechat", "menu", "push", str(wrong))
    assert (status, "wrong.yaml" in err) == (1, True)
    monkeypatch.setenv("GUANGZHI_WECHAT_APP_SECRET", "another")
    status, _, err = run("wechat", "menu", "push")
    assert (status, said.WECHAT_ERRORS[40125] in err) == (1, True)
    assert platform.menu is None


def test_without_a_secret_the_menu_cannot_be_pushed_and_the_setting_is_named(run: Any) -> None:
    status, _, err = run("wechat", "menu", "push")
    assert (status, "GUANGZHI_WECHAT_APP_SECRET" in err) == (1, True)


def test_the_built_in_menu_can_be_copied(run: Any) -> None:
    assert run("wechat", "menu", "show")[1].startswith("# 公众号的自定义菜单")


def test_the_simulator_shows_deliveries_when_nobody_answers(
    run: Any, platform: WeChatApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GUANGZHI_WECHAT_API_URL")
    typed = iter(["你好"])

    def read(_prompt: str) -> str:
        for line in typed:
            return line
        raise EOFError

    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    # `simulate` takes its reader as a default argument, so the terminal itself is replaced.
    from bot.simulators import wechat

    monkeypatch.setattr(wechat.simulate, "__kwdefaults__", {"read": read, "write": print})
    status, out, _ = run("simulate", "wechat", "--url", "http://127.0.0.1:9/wechat")
    assert status == 0
    assert out.count("次投递") == 3
    assert "连不上服务" in out
