"""What goes wrong is said in clear Chinese, and the next person is answered."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.simulators.wechat import WeChatPlatform
from tests.bot.wechat.conftest import AES_KEY
from tests.bot.wechat.house import APP_ID
from tests.journeys.household import WECHAT, Household
from tests.knowledge.readers.reader_samples import docx_with_parts, pdf_of_lines

TOO_LONG = "质" * 20_000
TEN_MB = b"x" * (10 * 1024 * 1024)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, furnished: Callable[[str], Path]) -> Iterator[Household]:
    """One service through all of it: what it survives, it survives together."""
    household = Household(tmp_path_factory.mktemp("besieged"), settings=dict(WECHAT))
    shutil.copytree(furnished("none"), household.home)
    household.serve()
    yield household
    household.close()


def says_in_chinese(text: str) -> bool:
    return bool(re.search("[一-鿿]{3}", text)) and "Traceback" not in text


def rubbish() -> bytes:
    return bytes(range(256)) * 64


def encrypted_pdf() -> bytes:
    return pdf_of_lines([(72, 700, "机密的规定。")], encrypt="secret")


def zip_bomb() -> bytes:
    body = b"<w:t>" + b"0" * (100 * 1024 * 1024) + b"</w:t>"
    return docx_with_parts({"word/document.xml": body})


def test_a_question_that_is_none_or_far_too_long_is_refused_on_every_channel(serving: Household) -> None:
    platform = serving.platform()
    for question, on_the_web in (("", "写下"), ("  \n ", "写下"), (TOO_LONG, "500 字以内")):
        response = serving.chats(question)
        assert response.status_code == 400
        assert on_the_web in response.json()["message"]
    assert "问题是空的" in serving.run("ask", "", status=2)
    assert "20000 个字" in serving.run("ask", TOO_LONG, status=2)
    assert "没有看到问题" in (platform.send_text("o-1", " ").text or "")
    serving.still_answers()


@pytest.mark.slow
def test_somebody_who_writes_far_too_much_in_wechat_is_told_so(serving: Household) -> None:
    assert "太长" in (serving.platform().send_text("o-1", TOO_LONG).text or "")


def test_a_request_that_is_no_question_is_refused(serving: Household) -> None:
    for body in (b"", b"{", b"[]", b"\xff\xfe", b"[" * 50_000, b'{"message": 1}', b'{"message":"\\ud800"}'):
        response = serving.post("/api/chat", body)
        assert response.status_code == 400, body[:20]
        assert says_in_chinese(response.json()["message"])
    assert serving.get("/api/nothing").status_code == 404
    assert serving.get("/evidence/nothing?start=x&end=-1").status_code == 404
    serving.still_answers()


def test_ten_megabytes_are_refused_at_both_doors(serving: Household) -> None:
    for path in ("/api/chat", "/api/turns/x/feedback"):
        response = serving.post(path, TEN_MB)
        assert response.status_code == 413
        assert "太大" in response.json()["message"]
    response = serving.platform().deliver_raw(TEN_MB)
    assert response.status_code == 413
    assert "太大" in response.text
    undeclared = serving.platform().deliver_raw(iter([TEN_MB[: 1 << 20]] * 10))
    assert undeclared.status_code == 413
    serving.still_answers()


def test_what_weixin_did_not_send_is_refused(serving: Household) -> None:
    heard = serving.turns()
    platform = serving.platform()
    parcel = platform.text("o-1", "证书有效期几年")
    query, body = platform.seal(parcel)
    forged = platform.deliver_raw(body, {**query, "signature": "0" * 40})
    assert (forged.status_code, "签名" in forged.text) == (403, True)
    assert platform.deliver_raw(body, {**query, "msg_signature": "0" * 40}).status_code == 403
    assert platform.deliver_raw(parcel.xml.encode()).status_code == 403  # safe mode: not in the clear
    assert platform.deliver_raw(b"<xml>").status_code == 400
    stranger = WeChatPlatform(f"{serving.url}/wechat", "another-token", aes_key=AES_KEY, app_id=APP_ID)
    assert stranger.deliver_once(parcel).result == "failed"
    assert platform.verify()
    assert not stranger.verify()
    assert serving.turns() == heard  # nobody
    serving.still_answers()


@pytest.mark.slow
def test_files_that_are_not_what_they_say_are_refused_one_by_one(serving: Household) -> None:
    for name, content, why in (
        ("乱码.pdf", rubbish(), ""),
        ("加密.pdf", encrypted_pdf(), "密码"),
        ("炸弹.docx", zip_bomb(), ""),
        ("空.txt", b"", ""),
    ):
        said = serving.run("ingest", serving.write(name, content), "--json", status=1)
        (file,) = json.loads(said)["files"]
        assert file["outcome"] == "failed", name
        assert says_in_chinese(file["error"]), file["error"]
        assert why in file["error"]
    assert "没有这个文件" in serving.run("ingest", serving.folder / "不存在.pdf", status=1)
    assert serving.documents() == []
    serving.still_answers()


@pytest.mark.slow
def test_one_bad_file_in_a_folder_of_ten_keeps_none_of_the_others_out(household: Household) -> None:
    folder = ten_files(household)
    said = household.run("ingest", folder, status=1)
    assert "新增 9，更新 0，未变 0，失败 1" in said
    assert len(household.documents()) == 9
    # Mended, and all of them again: only the one that is new goes in.
    (folder / "规定5.pdf").write_bytes(pdf_of_lines([(72, 700, "第五号规定：访客须登记。")]))
    assert "新增 1，更新 0，未变 9，失败 0" in household.run("ingest", folder)
    assert len(household.documents()) == 10


def ten_files(household: Household) -> Path:
    for number in range(10):
        if number == 5:
            household.write("十份/规定5.pdf", rubbish())
        else:
            household.write(
                f"十份/规定{number}.txt", f"规定{number}\n\n第{number}号规定：设备每{number + 2}天校准一次。\n"
            )
    return household.folder / "十份"
