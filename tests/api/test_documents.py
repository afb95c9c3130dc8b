"""What an operator says of a document, two editions side by side, from the command line and on the page."""

from __future__ import annotations

import html
import json
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import text

from api import commands, home, migrations
from api.app import create_app
from api.cli import main
from api.errors import CommandFailed
from api.wiring import Assistant, open_assistant, silent
from knowledge.catalog import Catalog
from knowledge.database import Database
from knowledge.documents import Status
from knowledge.errors import DocumentNotFound, KnowledgeError
from tests.api.conftest import settings_for
from tests.bot.test_turns_on_postgresql import server

__all__ = ["server"]

OLD = """# T/ABCD 007—2021 跳线检验规程

## 4.1 抽样

每批抽检二十条(含备件)。

## 4.2 记录

检验记录保存三年，由质量部负责。

## 4.3 人员

检验员应当持证上岗，每年复训一次，由培训中心组织实施。
"""

NEW = """# T/ABCD 007—2024 跳线外观检验规程

## 4.1 抽样

每批抽检二十条（含备件）。

## 4.2 镜检

端面用<b>四百倍</b>镜检查，划伤的退回供方。

## 4.3 记录

检验记录保存五年以上，由质量部负责。

## 4.4 人员

检验员应当持证上岗，每年复训一次，由培训中心组织实施。
"""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both editions, and a closed home that holds them: made once, copied by every test."""
    folder = tmp_path_factory.mktemp("furnished")
    for path, content in ((folder / "old" / "旧规程.md", OLD), (folder / "new" / "新规程.md", NEW)):
        path.parent.mkdir()
        path.write_text(content, "utf-8")
    opened = open_assistant(settings_for(folder / "home"), home.take(folder / "home"))
    commands.run(opened, "ingest", {"paths": [str(folder / "old"), str(folder / "new")]}, silent)
    opened.close()
    return folder


@pytest.fixture
def office(tmp_path: Path, furnished: Path) -> Iterator[Assistant]:
    """A home of its own that holds both editions."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    opened = open_assistant(settings_for(tmp_path / "home"), home.take(tmp_path / "home"))
    yield opened
    opened.close()


def listed(office: Assistant) -> dict[str, dict[str, Any]]:
    """By file name, without the library."""
    told = commands.run(office, "documents", {}, silent)["documents"]
    return {one["source"]: one for one in told if one["origin"] == "file"}


def ids(office: Assistant) -> tuple[str, str]:
    known = listed(office)
    return known["旧规程.md"]["id"], known["新规程.md"]["id"]


def changed(office: Assistant, document_id: str, **changes: str) -> dict[str, Any]:
    return commands.run(office, "set_document", {"id": document_id, "changes": changes}, silent)


def compared(office: Assistant, old: str, new: str, path: Path | None = None) -> dict[str, Any]:
    there = {"path": str(path)} if path else {}
    return commands.run(office, "diff", {"old": {"name": old}, "new": {"name": new, **there}}, silent)


# ── what an operator says ──────────────────────────────


def test_a_value_that_cannot_be_is_refused_and_changes_nothing(office: Assistant) -> None:
    old, _ = ids(office)
    before = listed(office)
    with pytest.raises(KnowledgeError, match="现行、即将实施、废止"):
        changed(office, old, body="示例协会", status="有效")
    with pytest.raises(DocumentNotFound, match="guangzhi documents"):
        changed(office, "nothing", body="示例协会")
    assert listed(office) == before


def test_the_edition_in_force_follows_from_what_the_operator_says(office: Assistant) -> None:
    old, new = ids(office)
    assert listed(office)["旧规程.md"]["superseded_by"] == new
    told = changed(office, new, effective="2999-01-01")
    assert (told["status"], told["effective"], told["edited"]) == ("即将实施", "2999-01-01", ["effective"])
    assert listed(office)["旧规程.md"]["status"] == "现行"
    assert changed(office, old, repealed="2024-06-01")["status"] == "废止"


def test_reading_the_unchanged_file_again_keeps_what_the_operator_said(office: Assistant, furnished: Path) -> None:
    old, _ = ids(office)
    changed(office, old, body="示例协会", number="T/ABCD 070-2021")
    revision = office.catalog.revision()
    commands.run(office, "ingest", {"paths": [str(furnished / "old"), str(furnished / "new")]}, silent)
    assert office.catalog.revision() == revision
    known = listed(office)["旧规程.md"]
    assert (known["body"], known["number"]) == ("示例协会", "T/ABCD 070-2021")


def test_a_document_is_found_by_the_title_that_the_operator_gave_it(office: Assistant) -> None:
    old, _ = ids(office)
    changed(office, old, title="蝴蝶接头守则")
    hits = office.keywords.search("passage", {"heading": {"蝴蝶": 1.0}}, 5)
    assert {hit.id.partition(":")[0] for hit in hits} == {old}


FIRST_VERSION = text(
    "INSERT INTO documents (id, source, origin, content_hash, media_type, title, title_key, edition, status, original,"
    " text, structure, added_at, revision) VALUES ('d', 'a.md', 'file', 'h', 'text/markdown', '规则', '规则', '2020',"
    " '现行', '文', '文', :structure, '2026-01-01 00:00:00', 1)"
)
EMPTY = {"alignment": [], "repairs": [], "blocks": [], "clauses": [], "warnings": []}


def keeps_its_documents_and_gains_the_new_fields(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(FIRST_VERSION, {"structure": json.dumps(EMPTY)})
    migrations.migrate(database)
    catalog = Catalog(database)
    assert catalog.document("d").metadata.repealed is None
    assert [one.edited for one in catalog.shelf()] == [frozenset()]
    catalog.set_metadata("d", {"repealed": "2024-01-01"}, date(2026, 1, 1))
    assert [(one.metadata.status, one.edited) for one in catalog.shelf()] == [(Status.REPEALED, {"repealed"})]
    database.close()


def test_a_home_of_the_first_version_keeps_its_documents_and_gains_the_new_fields(tmp_path: Path) -> None:
    keeps_its_documents_and_gains_the_new_fields(Database(f"sqlite:///{tmp_path / 'old.db'}"))


@pytest.mark.slow
def test_a_database_of_the_first_version_on_postgresql_does_too(server: str) -> None:
    keeps_its_documents_and_gains_the_new_fields(Database(server))


# ── two editions ───────────────────────────────────────


def test_a_comparison_names_what_was_added_changed_moved_and_only_restyled(office: Assistant) -> None:
    told = compared(office, *ids(office))
    assert told["counts"] == {"新增": 1, "删除": 0, "修改": 1, "移动": 1, "仅格式": 1, "相同": 0}
    assert [(c["kind"], c["old_number"], c["new_number"]) for c in told["changes"]] == [
        ("仅格式", "4.1", "4.1"),
        ("新增", None, "4.2"),
        ("修改", "4.2", "4.3"),
        ("移动", "4.3", "4.4"),
    ]
    json.dumps(told)


def test_documents_go_by_file_name_number_title_or_the_beginning_of_their_id(office: Assistant) -> None:
    old, new = ids(office)
    for name in (old, old[:8], "旧规程.md", "T/ABCD 007-2021", "T/ABCD 007—2021", "《T/ABCD 007—2021 跳线检验规程》"):
        assert compared(office, name, new)["old"]["id"] == old


def test_a_name_that_fits_nothing_or_several_is_refused(office: Assistant) -> None:
    old, new = ids(office)
    with pytest.raises(CommandFailed, match="没有叫“别的”的文档或文件"):
        compared(office, "别的", new)
    changed(office, old, title="规程")
    changed(office, new, title="规程")
    with pytest.raises(CommandFailed, match=f"改用编号：{old}、{new}"):
        compared(office, "规程", new)


def test_a_file_that_is_not_ingested_is_read_and_not_stored(office: Assistant, tmp_path: Path) -> None:
    draft = tmp_path / "草案.md"
    draft.write_text(NEW.replace("五年", "十年"), "utf-8")
    counts, (_, new) = office.catalog.counts(), ids(office)
    told = compared(office, new, "./草案.md", draft)
    assert [c["new_number"] for c in told["changes"]] == ["4.3"]
    assert told["new"]["source"] == "草案.md"
    assert office.catalog.counts() == counts
    bad = tmp_path / "坏.pdf"
    bad.write_bytes(b"\x00rubbish")
    with pytest.raises(CommandFailed, match=r"坏\.pdf"):
        compared(office, new, "./坏.pdf", bad)


# ── the page ───────────────────────────────────────────


def marked(page: str, tag: str) -> list[str]:
    inside = page.partition("<section")[2]
    return [html.unescape(found) for found in re.findall(rf"<{tag}>(.*?)</{tag}>", inside, re.S)]


def test_the_page_shows_the_words_that_changed_and_never_a_document_s_markup(office: Assistant) -> None:
    old, new = ids(office)
    with TestClient(create_app(office)) as client:
        response = client.get(f"/compare/{old}/{new}")
        assert response.status_code == 200
        page = response.text
        assert any("<b>四百倍</b>" in added for added in marked(page, "ins"))
        assert "<b>四百倍" not in page
        assert "三年" in "".join(marked(page, "del"))
        assert "4.2 → 4.3" in page
        assert "4.3 → 4.4" in page
        assert "style=" not in page
        (link,) = re.findall(rf'href="(/evidence/{old}\?[^"]*)"', page)
        quote = re.search(r'<mark id="quote"[^>]*>(.*?)</mark>', client.get(html.unescape(link)).text, re.S)
        assert quote is not None
        assert "检验记录保存三年" in quote[1]
        tag = response.headers["etag"]
        assert client.get(f"/compare/{old}/{new}", headers={"If-None-Match": tag}).status_code == 304


def test_a_document_compared_with_itself_has_no_differences(office: Assistant) -> None:
    old, _ = ids(office)
    with TestClient(create_app(office)) as client:
        assert "没有差别" in client.get(f"/compare/{old}/{old}").text


def test_a_comparison_with_what_is_gone_is_a_404_in_words(office: Assistant) -> None:
    old, _ = ids(office)
    with TestClient(create_app(office)) as client:
        response = client.get(f"/compare/{old}/nothing")
    assert response.status_code == 404
    assert "可能已经移除" in response.text


def test_a_superseded_edition_leads_to_the_comparison_with_the_one_in_force(office: Assistant) -> None:
    old, new = ids(office)
    with TestClient(create_app(office)) as client:
        evidence = client.get(f"/evidence/{old}?start=0&end=5").text
        assert "「废止」" in evidence
        assert f'href="/compare/{old}/{new}"' in evidence
        assert "/compare/" not in client.get(f"/evidence/{new}?start=0&end=5").text
        assert client.get("/about").text.count(f'href="/compare/{old}/{new}"') == 1


# ── the command line ───────────────────────────────────


@pytest.fixture
def run(tmp_path: Path, office: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line on the office's home, once nobody else holds it."""
    office.close()
    monkeypatch.chdir(tmp_path / "new")
    monkeypatch.setenv("GUANGZHI_HOME", str(tmp_path / "home"))
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


def test_the_terminal_compares_lists_and_sets(run: Any) -> None:
    status, out, _ = run("diff", "旧规程.md", "./新规程.md")
    assert status == 0
    assert "新增 1 · 修改 1 · 移动 1 · 仅格式 1" in out
    assert "【修改、移动】4.2 → 4.3 记录" in out
    assert "检验记录保存[-三年-]{+五年以上+}，由质量部负责。" in out
    assert "标点样式：4.1" in out

    status, out, _ = run("documents", "--json")
    known = {one["source"]: one["id"] for one in json.loads(out)}
    status, out, _ = run("documents", "set", known["旧规程.md"], "--body", "示例协会", "--effective", "2021-10-01")
    assert status == 0
    assert "已更新：T/ABCD 007—2021 跳线检验规程" in out
    assert "人工核定：发布机构、实施日期" in out

    status, out, _ = run("documents")
    (line,) = [line for line in out.splitlines() if line.startswith(known["旧规程.md"])]
    assert "《T/ABCD 007—2021 跳线检验规程》" in line
    assert "废止" in line
    assert f"被 T/ABCD 007-2024（{known['新规程.md']}） 代替" in out


def test_the_terminal_says_what_is_wrong_with_a_value_or_a_name(run: Any) -> None:
    status, _, err = run("documents", "set", "nothing", "--status", "废止")
    assert status == 1
    assert "没有编号为 nothing 的文档" in err
    status, _, err = run("diff", "旧规程.md", "不在.md")
    assert status == 1
    assert "不在.md" in err
    assert "Traceback" not in err
