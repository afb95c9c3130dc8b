"""kill -9 in the middle of things, and a new start: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot import wording
from tests.journeys.household import CERTIFICATE, SEARCHED, Household, finish, until

pytestmark = pytest.mark.slow

FILES = 40
THINKING = "select 1 from turns where state = 'running' and reply is null"


def test_killed_between_receipt_and_reply_the_redelivery_gets_the_answer_once(serving: Household) -> None:
    platform = serving.platform()
    question = platform.text("o-1", SEARCHED)
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(platform.deliver_once, question)
        with unable_to_write(serving):
            serving.kill()
        assert lost.result().result in ("failed", "unreachable")
    assert serving.rows("select reply from turns") == [(None,)]

    serving.serve()
    serving.still_answers()  # warm: the platform waits five seconds, whatever else this machine does
    redelivered = platform.deliver_once(question, 2)
    assert redelivered.result == "shown"
    assert "三年" in redelivered.text
    assert platform.deliver_once(question, 3).text == redelivered.text
    assert serving.rows("select state, attempts from turns where channel = 'wechat'") == [("done", 2)]
    assert (platform.send_text("o-1", "取回").text or "").startswith(wording.NOTHING_NEW)


@contextmanager
def unable_to_write(serving: Household) -> Iterator[None]:
    """From the moment somebody thinks about a question, no reply to it can get into the database."""
    with closing(sqlite3.connect(serving.home / "guangzhi.db", timeout=30, isolation_level=None)) as connection:
        until(lambda: connection.execute(THINKING).fetchall(), "the message is received and thought about", pause=0)
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")


def test_killed_and_never_delivered_again_the_answer_waits_to_be_fetched(serving: Household) -> None:
    platform = serving.platform()
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(platform.deliver_once, platform.text("o-1", SEARCHED))
        with unable_to_write(serving):
            serving.kill()
        lost.result()
    serving.serve()
    until(lambda: serving.rows("select state from turns") == [("done",)], "the sweep has answered")
    assert "三年" in (platform.send_text("o-1", "取回").text or "")


def test_a_message_is_answered_once_however_often_it_comes_and_once_for_each_person(serving: Household) -> None:
    serving.still_answers()
    platform = serving.platform()
    same = platform.text("o-1", CERTIFICATE, "1000000000000000077")
    with ThreadPoolExecutor(3) as pool:
        three = list(pool.map(platform.deliver_once, [same] * 3, (1, 2, 3)))
    assert {one.result for one in three} == {"shown"}
    assert len({one.text for one in three}) == 1
    assert "依据" in three[0].text
    assert wechat_turns(serving) == [("done", 3, 1)]
    other = platform.send_text("o-2", CERTIFICATE, "1000000000000000077")
    assert "三年" in (other.text or "")
    assert wechat_turns(serving) == [("done", 3, 1), ("done", 1, 1)]


def wechat_turns(household: Household) -> list[tuple[object, ...]]:
    return household.rows("select state, deliveries, attempts from turns where channel = 'wechat' order by id")


@pytest.mark.parametrize("victim", ["service", "command"])
def test_killed_in_the_middle_of_an_ingestion_doing_it_again_completes_it(by_meaning: Household, victim: str) -> None:
    folder = many_files(by_meaning)
    if victim == "service":
        by_meaning.serve()
    ingestion = by_meaning.begin("ingest", folder)
    until(lambda: by_meaning.count("documents where origin = 'file'") >= 3, "some are in")
    if victim == "service":
        by_meaning.kill()
        assert "中途停止" in finish(ingestion, status=1)
    else:
        ingestion.kill()
        ingestion.communicate()
    done = by_meaning.count("documents where origin = 'file'")
    assert 3 <= done < FILES

    if victim == "service":
        by_meaning.serve()
    assert f"新增 {FILES - done}，更新 0，未变 {done}，失败 0" in by_meaning.run("ingest", folder)
    assert by_meaning.documents() == sorted(f"第{number}号规定" for number in range(FILES))
    vectors = by_meaning.finding("向量索引")
    assert f"{by_meaning.count('chunks')} 个段落向量" in vectors["says"]
    assert "第17号设备" in by_meaning.asks("第17号设备多久校准一次")["answer"]


def many_files(household: Household) -> Path:
    for number in range(FILES):
        rules = "".join(f"第{number}号设备的第{part}个部件每{part + 2}天校准一次。\n" for part in range(60))
        household.write(
            f"许多/{number}.txt", f"第{number}号规定\n\n第{number}号设备每{number + 2}天校准一次。\n{rules}"
        )
    return household.folder / "许多"


def test_killed_while_moving_in_the_next_start_completes_it(empty: Household) -> None:
    first = empty.begin("documents")
    until(lambda: (empty.home / "guangzhi.db").exists(), "the library is going in")
    first.kill()
    first.communicate()
    empty.serve()
    empty.still_answers()
    assert empty.finding("内置知识")["health"] == "ok"
