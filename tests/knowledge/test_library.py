"""The built-in knowledge loads, keeps its own rules, and refuses what breaks them by name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.errors import LibraryInvalid
from knowledge.faqs import Confidence
from knowledge.library import LONGEST_ANSWER, fingerprint, load_faqs, load_guides, load_standards
from knowledge.vocabulary import load_vocabulary

ENTRY: dict[str, Any] = {
    "id": "cert-validity",
    "question": "证书有效期几年？",
    "answer": "三年。",
    "confidence": "官方页面",
    "sources": [{"body": "国家认监委", "title": "质量管理体系认证规则"}],
}


def library(folder: Path, *entries: dict[str, Any] | str) -> Path:
    for i, entry in enumerate(entries):
        text = entry if isinstance(entry, str) else yaml.safe_dump([entry], allow_unicode=True)
        (folder / f"{i}.yaml").write_text(text, "utf-8")
    return folder


# ── what is refused ────────────────────────────────────


@pytest.mark.parametrize("field", ["id", "question", "answer", "confidence", "sources"])
def test_an_entry_that_lacks_something_is_refused_by_name(field: str, tmp_path: Path) -> None:
    bad = {key: value for key, value in ENTRY.items() if key != field}
    with pytest.raises(LibraryInvalid, match=rf"0\.yaml.*缺少 {field}"):
        load_faqs(library(tmp_path, bad))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"answer": "长" * (LONGEST_ANSWER + 1)}, "超过"),
        ({"confidence": "通用知识—未核实"}, "settles"),
        ({"confidence": "未查到"}, "settles"),
        ({"confidence": "听说的"}, "confidence"),
        ({"sources": [{"body": "国家认监委"}]}, "title"),
        ({"sources": [{"title": "认证规则"}]}, "body"),
        ({"sources": ["国家认监委"]}, "sources"),
        ({"sources": {"body": "国家认监委", "title": "规则"}}, "sources"),
        ({"as_of": "去年"}, "as_of"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_by_name(change: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(LibraryInvalid, match=rf"cert-validity.*{why}"):
        load_faqs(library(tmp_path, ENTRY | change))


def test_two_entries_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryInvalid, match="重复的编号：cert-validity"):
        load_faqs(library(tmp_path, ENTRY, ENTRY))


@pytest.mark.parametrize("text", ["- id: [", "id: 1", "- 一句话", "三年"])
def test_a_file_that_is_no_list_of_entries_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(LibraryInvalid, match=r"0\.yaml"):
        load_faqs(library(tmp_path, text))


@pytest.mark.parametrize("text", ["## 没有文件头\n", "---\nid: a\n---\n正文", "---\n- a\n---\n", "---\nid: [\n---\n"])
def test_a_guide_without_its_head_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text(text, "utf-8")
    with pytest.raises(LibraryInvalid, match=r"guide\.md"):
        load_guides(tmp_path)


@pytest.mark.parametrize("text", ["number: GB/T 1\n", "- 一\n", "number: [\n"])
def test_a_standard_that_lacks_something_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(text, "utf-8")
    with pytest.raises(LibraryInvalid, match=r"s\.yaml"):
        load_standards(tmp_path)


# ── what is there ──────────────────────────────────────


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    full = ENTRY | {
        "similar": ["几年到期"],
        "not_for": ["CCC"],
        "settles": False,
        "as_of": date(2025, 8, 31),
        "facts": ["C-1"],
    }
    (entry,) = load_faqs(library(tmp_path, full))
    assert entry.phrasings == ("证书有效期几年？", "几年到期")
    assert (entry.settles, entry.as_of, entry.facts, entry.topic) == (False, date(2025, 8, 31), ("C-1",), "0")


def test_an_entry_that_knows_a_part_settles_nothing_and_says_so(tmp_path: Path) -> None:
    (entry,) = load_faqs(library(tmp_path, ENTRY | {"settles": "partly", "confidence": "未查到"}))
    assert (entry.settles, entry.partly) == (False, True)


def test_an_empty_file_has_no_entries(tmp_path: Path) -> None:
    assert load_faqs(library(tmp_path, "")) == ()


def test_every_built_in_entry_loads_and_is_complete() -> None:
    entries = load_faqs()
    assert len(entries) >= 60
    for entry in entries:
        assert entry.id == entry.id.lower()
        assert entry.question.endswith(("？", "?"))
        assert entry.similar, entry.id
        assert all(source.body and source.title for source in entry.sources), entry.id


def test_what_is_unverified_or_not_found_never_settles_a_question() -> None:
    unknown = [e for e in load_faqs() if e.confidence in (Confidence.UNVERIFIED, Confidence.NOT_FOUND)]
    assert unknown
    assert [e.id for e in unknown if e.settles] == []


def test_what_ages_says_its_date() -> None:
    assert [e.id for e in load_faqs() if e.as_of and str(e.as_of.year) not in e.answer] == []


def test_no_phrasing_belongs_to_two_entries_and_none_is_its_own_counter_example() -> None:
    owners: dict[str, str] = {}
    for entry in load_faqs():
        assert not set(entry.phrasings) & set(entry.not_for), entry.id
        for phrasing in entry.phrasings:
            assert owners.setdefault(phrasing, entry.id) == entry.id, phrasing


def test_the_guides_cover_the_group_standard_traceability_and_certification() -> None:
    assert {"group-standard.md", "traceability.md", "certification.md"} <= {g.path.name for g in load_guides()}


def test_a_listed_standard_names_its_clauses_in_order() -> None:
    for standard in load_standards():
        numbers = [tuple(int(part) for part in clause.number.split(".")) for clause in standard.clauses]
        assert numbers == sorted(set(numbers))
        assert standard.note


def test_the_fingerprint_changes_with_the_library_and_not_with_its_readme(tmp_path: Path) -> None:
    library(tmp_path, ENTRY)
    before = fingerprint(tmp_path)
    (tmp_path / "README.md").write_text("说明", "utf-8")
    assert fingerprint(tmp_path) == before
    library(tmp_path, ENTRY | {"answer": "五年。"})
    assert fingerprint(tmp_path) != before


def test_each_spelling_of_the_vocabulary_leads_to_the_others() -> None:
    vocabulary = load_vocabulary()
    synonyms = vocabulary.synonyms()
    assert "团标" in synonyms["团体标准"]
    assert "团体标准" in synonyms["团标"]
    lengths = [len(word) for word in vocabulary.all_words()]
    assert lengths == sorted(lengths, reverse=True)


def test_a_particular_word_leads_to_the_general_one_of_the_rules_and_never_back() -> None:
    vocabulary = load_vocabulary()
    assert vocabulary.broader()["光缆"] == ("产品",)
    assert "产品" not in vocabulary.broader()
    assert "光缆" not in vocabulary.synonyms().get("产品", ())
    assert "光缆" in vocabulary.all_words()
