"""Two hundred files, and an end in the middle: by kill -9, by Ctrl-C, by a terminal that is closed."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.journeys.household import PATIENCE, Household, finish, output, until

pytestmark = pytest.mark.slow

FILES, FEWER = 200, 50
SHEETS_AMONG = 10  # every tenth file is a sheet of two questions
KILLS = (5, 60, 140)  # documents that are in when it comes


def many_files(household: Household, files: int) -> Path:
    sheets = files // SHEETS_AMONG
    for number in range(files - sheets):
        household.write(
            f"许多/{number % 7}/{number}.md",
            f"# 第{number}号烘箱规程\n\n## 4.1 清洁\n\n第{number}号烘箱每{number + 2}天由第{number % 9}班组清洁。\n\n"
            f"## 4.2 记录\n\n清洁卡编号为K{number * 37}，保存{number % 5 + 1}年。\n",
        )
    for number in range(sheets):
        rows = f"第{number}号仓库几点开门,{number % 12 + 1}点开门。\n第{number}号仓库谁管钥匙,第{number}组组长。\n"
        household.write(f"许多/问答/{number}.csv", f"问题,答案\n{rows}")
    return household.folder / "许多"


def brought_in(household: Household) -> int:
    return household.count("documents where origin = 'file'")


def nothing_is_missing_and_nothing_is_there_twice(household: Household, files: int) -> None:
    sheets = files // SHEETS_AMONG
    assert brought_in(household) == files
    assert household.rows("select count(distinct source) from documents where origin = 'file'") == [(files,)]
    assert household.rows(
        "select count(*) from places p join documents d on d.id = p.document_id where d.origin = 'file'"
    ) == [(files,)]
    # every document has all its passages: numbered from 0 without a gap
    gaps = "select d.id from documents d left join chunks c on c.document_id = d.id group by d.id"
    assert household.rows(f"{gaps} having count(c.id) = 0 or max(c.ordinal) + 1 != count(c.id)") == []
    assert household.count("chunks c left join documents d on d.id = c.document_id where d.id is null") == 0
    assert household.count("faqs where id like '%:%'") == 2 * sheets
    assert household.rows("select count(distinct substr(id, 1, 16)) from faqs where id like '%:%'") == [(sheets,)]
    findings = {one["name"]: one["says"] for one in json.loads(household.output("doctor", "--json"))}
    passages, phrasings = household.count("chunks"), phrasings_of(household)
    assert findings["向量索引"] == f"{passages} 个段落向量、{phrasings} 个问法向量"
    assert findings["关键词索引"].startswith(f"{passages + household.count('faqs')} 条")


def phrasings_of(household: Household) -> int:
    contents = [json.loads(content) for (content,) in household.rows("select content from faqs")]
    return sum(1 + len(one["similar"]) + len(one["not_for"]) for one in contents)


def test_killed_three_times_over_two_hundred_files_it_all_goes_in_once(by_meaning: Household) -> None:
    folder = many_files(by_meaning, FILES)
    for reached in KILLS:
        ingestion = by_meaning.begin("ingest", folder)
        until(lambda reached=reached: brought_in(by_meaning) >= reached, f"{reached} are in", 4 * PATIENCE)  # type: ignore[misc]
        ingestion.send_signal(signal.SIGKILL)
        ingestion.communicate()
        assert reached <= brought_in(by_meaning) < FILES
    done = brought_in(by_meaning)
    report = json.loads(output(by_meaning.begin("ingest", folder, "--json")))
    outcomes = [file["outcome"] for file in report["files"]]
    assert (outcomes.count("unchanged"), outcomes.count("added")) == (done, FILES - done)
    nothing_is_missing_and_nothing_is_there_twice(by_meaning, FILES)
    assert "7点开门" in by_meaning.asks("第6号仓库几点开门")["answer"]


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_finishes_the_file_and_says_how_to_go_on(by_meaning: Household, signalled: int) -> None:
    folder = many_files(by_meaning, FEWER)
    ingestion = by_meaning.begin("ingest", folder)
    until(lambda: brought_in(by_meaning) >= 3, "some are in")
    ingestion.send_signal(signalled)
    said = finish(ingestion, status=130)
    done = brought_in(by_meaning)
    assert 3 <= done < FEWER
    assert "正在完成手头的文件" in said
    assert f"新增 {done}，更新 0，未变 0，失败 0" in said
    assert f"还有 {FEWER - done} 个文件没有导入" in said
    assert f"新增 {FEWER - done}，更新 0，未变 {done}，失败 0" in finish(by_meaning.begin("ingest", folder))


def test_a_terminal_that_is_closed_does_not_end_the_job_in_the_service(by_meaning: Household) -> None:
    folder = many_files(by_meaning, FEWER)
    by_meaning.serve()
    ingestion = by_meaning.begin("ingest", folder)
    until(lambda: brought_in(by_meaning) >= 3, "some are in")
    ingestion.send_signal(signal.SIGKILL)
    ingestion.communicate()
    until(lambda: brought_in(by_meaning) == FEWER, "the service has gone on", 4 * PATIENCE)
    assert f"新增 0，更新 0，未变 {FEWER}，失败 0" in by_meaning.run("ingest", folder)
    nothing_is_missing_and_nothing_is_there_twice(by_meaning, FEWER)


def test_ctrl_c_beside_a_service_says_that_it_goes_on_there(by_meaning: Household) -> None:
    folder = many_files(by_meaning, FEWER)
    by_meaning.serve()
    ingestion = by_meaning.begin("ingest", folder)
    until(lambda: brought_in(by_meaning) >= 1, "one is in")
    ingestion.send_signal(signal.SIGINT)
    assert "在正在运行的服务里继续进行" in finish(ingestion, status=130)
    until(lambda: brought_in(by_meaning) == FEWER, "the service has gone on", 4 * PATIENCE)
