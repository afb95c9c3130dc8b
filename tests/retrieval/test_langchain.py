"""Our search as LangChain sees it, and the example that the documentation gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retrieval.langchain import GuangzhiRetriever
from tests.retrieval.world import World

PAGE = Path(__file__).parents[2] / "docs" / "langchain.md"


def test_passages_come_as_documents_that_quote_the_stored_text(world: World) -> None:
    retriever = GuangzhiRetriever(answerer=world.answerer, k=3)
    found = retriever.invoke("伪造认证证书罚款多少")
    assert len(found) == 3
    for one in found:
        stored = world.catalog.document(one.metadata["document_id"])
        assert one.page_content == stored.text[one.metadata["start"] : one.metadata["end"]]
        assert one.metadata["title"] == stored.metadata.title
    first = found[0].metadata
    assert (first["title"], first["clause"], first["edition"]) == ("示例认证管理办法", "第三条", "2023-07-20")
    scores = [one.metadata["score"] for one in found]
    assert scores == sorted(scores, reverse=True)


def test_it_takes_its_place_in_a_chain(world: World) -> None:
    chain = GuangzhiRetriever(answerer=world.answerer, k=1) | (lambda found: found[0].page_content)
    assert "至少保存六年" in chain.invoke("检测原始记录保存多久")


def test_how_many_it_finds_has_its_bounds(world: World) -> None:
    with pytest.raises(ValueError, match="k"):
        GuangzhiRetriever(answerer=world.answerer, k=0)


@pytest.mark.slow  # fills a data folder with the built-in knowledge
def test_the_example_of_the_documentation_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    exec(compile(code, str(PAGE), "exec"), {})
    assert "认证" in capsys.readouterr().out
