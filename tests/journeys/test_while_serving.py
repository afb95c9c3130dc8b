"""Commands in a second terminal while the service runs, and beside each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.embeddings.models import BuiltinE5
from knowledge.terms import bigrams
from knowledge.vector_index import open_vector_index
from tests.journeys.household import CERTIFICATE, Household, finish, free_port, output, until

pytestmark = pytest.mark.slow

RULE = "冬季露天作业人员每工作两小时，应当安排二十分钟取暖休息。"
ASKED = "露天作业人员每工作多久安排取暖休息"
IN_OTHER_WORDS = "天冷时户外劳动者干多久可以歇一歇"


def test_a_file_brought_in_while_serving_is_answered_at_once_and_found_by_its_meaning(by_meaning: Household) -> None:
    by_meaning.serve()
    assert "二十分钟" not in by_meaning.visitor_asks(ASKED, "before").done["text"]
    by_meaning.run("ingest", by_meaning.write("车间作业规定.txt", f"车间作业规定\n\n{RULE}\n"))

    told = by_meaning.visitor_asks(ASKED, "after").done
    assert (told["outcome"], told["citations"][0]["quote"]) == ("answered", RULE)
    assert by_meaning.asks(ASKED)["citations"][0]["source"] == "车间作业规定.txt"
    vectors = by_meaning.finding("向量索引")
    assert vectors["health"] == "ok", vectors
    assert f"{by_meaning.count('chunks')} 个段落向量" in vectors["says"]

    # No two-character word in common: only the vectors can know.
    assert not set(bigrams(IN_OTHER_WORDS)) & set(bigrams(RULE))
    by_meaning.stop()
    ((chunk,),) = by_meaning.rows(f"select id from chunks where text like '%{RULE}%'")
    assert nearest(by_meaning.home, IN_OTHER_WORDS) == chunk


def nearest(home: Path, question: str) -> str:
    """What the stored vectors find, the way a question goes through them."""
    model = BuiltinE5(home / "models")
    index = open_vector_index(home / "chroma", None, model.name)
    return index.nearest("passage", model.embed_query(question), 1)[0].id


@pytest.mark.parametrize("with_service", [True, False])
def test_two_ingestions_at_once_both_finish(household: Household, with_service: bool) -> None:
    if with_service:
        household.serve()
    for side in ("甲", "乙"):
        for number in range(15):
            household.write(
                f"{side}/{side}{number}.txt", f"{side}类{number}号\n\n{side}类{number}号设备每月校准一次。\n"
            )
        household.write(f"{side}/共有.txt", "共有规定\n\n访客进入洁净室前须登记。\n")
    reports = [household.begin("ingest", household.folder / side, "--json") for side in ("甲", "乙")]
    outcomes = sorted(file["outcome"] for report in reports for file in json.loads(output(report))["files"])
    assert outcomes == ["added"] * 31 + ["duplicate"]
    assert len(household.documents()) == 31
    assert "登记" in household.asks("访客进入洁净室前要做什么")["answer"]


def test_every_command_works_while_the_service_runs(serving: Household) -> None:
    serving.run("ingest", serving.write("洁净室规定.txt", "洁净室规定\n\n访客进入洁净室前须登记并更换防静电服。\n"))
    lines = [{"id": 1, "question": CERTIFICATE}, {"id": 2, "question": "访客进入洁净室前须做什么", "history": []}]
    batch = serving.write("题目.jsonl", "\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    certificate, visitors = map(json.loads, serving.output("ask", "--batch", batch).splitlines())
    assert (certificate["id"], certificate["outcome"]) == (1, "answered")
    assert "防静电服" in visitors["answer"]

    assert "两个索引都已重建" in serving.run("rebuild")
    assert "防静电服" in serving.visitor_asks("访客进入洁净室前须做什么", "k1").done["text"]
    assert "正在运行" in serving.finding("服务")["says"]

    assert serving.documents() == ["洁净室规定"]
    ((document,),) = serving.rows("select id from documents where origin = 'file'")
    assert "洁净室规定" in serving.run("remove", document)
    assert serving.documents() == []
    assert "防静电服" not in serving.visitor_asks("访客进入洁净室前须做什么", "k2").done["text"]
    assert "没有" in serving.run("remove", document, status=1)
    serving.still_answers()


def test_questions_are_answered_while_an_ingestion_runs(serving: Household) -> None:
    """However long a file takes, readers do not wait for writers."""
    for number in range(60):
        serving.write(f"许多/{number}.txt", f"第{number}号规定\n\n" + f"第{number}号设备每月校准一次。\n" * 40)
    ingestion = serving.begin("ingest", serving.folder / "许多")
    answered = 0
    while ingestion.poll() is None:
        told = serving.visitor_asks(CERTIFICATE, f"k{answered}")
        assert told.done["outcome"] == "answered"
        answered += 1
    finish(ingestion)
    assert answered > 1
    assert len(serving.documents()) == 60


def test_what_a_killed_service_left_behind_stops_nobody(serving: Household) -> None:
    serving.kill()
    assert (serving.home / "serve.json").exists()
    assert serving.asks(CERTIFICATE)["outcome"] == "answered"
    assert "没有运行" in serving.finding("服务")["says"]
    serving.serve()
    serving.still_answers()
    serving.stop()
    assert not (serving.home / "serve.json").exists()


def test_a_command_waits_for_a_service_that_is_still_starting(household: Household) -> None:
    household.begin("serve", "--port", str(free_port()))
    until(lambda: (household.home / "lock").read_text("ascii"), "somebody holds the folder")
    assert household.asks(CERTIFICATE)["outcome"] == "answered"
