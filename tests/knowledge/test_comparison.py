"""What a comparison says became of each clause, and of the words in it."""

from __future__ import annotations

from pathlib import Path

from knowledge.clauses import find_clauses
from knowledge.cleaning import clean
from knowledge.comparison import Change, Comparison, Kind, compare, shown
from knowledge.documents import Document, Metadata, Origin
from knowledge.readers.limits import DEFAULT_LIMITS
from knowledge.readers.markdown import read_markdown
from tests.knowledge.samples import a_document

OLD = """第一条 为了规范跳线检验，制定本规程。
第二条 端面每批抽检二十条。
第三条 检验记录保存三年，由质量部负责。
第四条 检验员应当持证上岗，每年复训一次。
第五条 本规程自2020年1月1日起施行。
"""


def words(text: str) -> list[str]:
    """Characters stand for words where it does not matter how words are cut."""
    return list(text)


def compared(old: str, new: str) -> Comparison:
    return compare(a_document(old, "旧.txt"), a_document(new, "新.txt"), words)


def only(changes: list[Change]) -> Change:
    (one,) = changes
    return one


def test_the_same_text_has_nothing_but_the_same_clauses() -> None:
    found = compared(OLD, OLD)
    assert found.counts == {kind: 5 if kind is Kind.SAME else 0 for kind in Kind}
    assert found.front is None
    assert found.by_clauses


def test_a_changed_clause_is_told_word_by_word() -> None:
    change = only(compared(OLD, OLD.replace("保存三年", "保存五年以上")).of(Kind.CHANGED))
    assert (change.old_number, change.new_number, change.moved) == ("第三条", "第三条", False)
    assert [(run.kind, run.text) for run in change.runs] == [
        (Kind.SAME, "检验记录保存"),
        (Kind.REMOVED, "三"),
        (Kind.ADDED, "五"),
        (Kind.SAME, "年"),
        (Kind.ADDED, "以上"),
        (Kind.SAME, "，由质量部负责。"),
    ]
    assert "".join(run.text for run in change.runs if run.kind is not Kind.ADDED) == change.old
    assert "".join(run.text for run in change.runs if run.kind is not Kind.REMOVED) == change.new


def test_the_words_of_the_field_are_not_cut_apart() -> None:
    old, new = a_document("第一条 申请质量管理体系认证。\n"), a_document("第一条 申请产品认证。\n")
    change = only(compare(old, new).of(Kind.CHANGED))
    assert "质量管理体系" in "".join(run.text for run in change.runs if run.kind is Kind.REMOVED)
    assert all(run.text not in ("质", "量", "体") for run in change.runs)


def test_only_width_style_and_blanks_are_editorial_and_everything_else_is_not() -> None:
    old = OLD.replace("二十条。", "二十条(含备件);见GB/T 99-2020")
    new = OLD.replace("二十条。", "二十条（含备件）；见ＧＢ/T 99—2020 ").replace("每年复训", "每年　复训")
    found = compared(old, new)
    assert [change.new_number for change in found.of(Kind.EDITORIAL)] == ["第二条", "第四条"]
    assert found.counts[Kind.SAME] == 3
    for one, other in (("10²", "102"), ("5 mW", "5 MW"), ("应当", "应该"), ("、", "，"), ("0.5", "05")):
        assert compared(f"第一条 甲{one}乙。\n", f"第一条 甲{other}乙。\n").counts[Kind.CHANGED] == 1


def test_an_inserted_clause_is_added_and_those_behind_it_have_moved() -> None:
    lines = OLD.splitlines()
    lines.insert(1, "新增条 光功率计每半年送检，证书留存备查。")
    numbered = [f"第{n}条 {line.split(' ', 1)[1]}" for n, line in zip("一二三四五六", lines, strict=True)]
    found = compared(OLD, "\n".join(numbered) + "\n")
    assert only(found.of(Kind.ADDED)).new_number == "第二条"
    assert [(c.old_number, c.new_number) for c in found.of(Kind.MOVED)] == [
        ("第二条", "第三条"),
        ("第三条", "第四条"),
        ("第四条", "第五条"),
        ("第五条", "第六条"),
    ]
    assert found.counts[Kind.REMOVED] == found.counts[Kind.CHANGED] == 0


def test_a_clause_that_moved_and_changed_is_both() -> None:
    new = OLD.replace("第四条 检验员应当持证上岗，每年复训一次。", "第四条 抽检比例由客户决定并写入合同。").replace(
        "第五条 本规程自2020年1月1日起施行。",
        "第五条 检验员应当持证上岗，每半年复训一次。\n第六条 本规程自2020年1月1日起施行。",
    )
    found = compared(OLD, new)
    change = only(found.of(Kind.CHANGED))
    assert (change.old_number, change.new_number, change.moved) == ("第四条", "第五条", True)
    assert only(found.of(Kind.ADDED)).new_number == "第四条"
    assert only(found.of(Kind.MOVED)).new_number == "第六条"


def test_a_removed_clause_is_told_where_it_stood() -> None:
    new = OLD.replace("第三条 检验记录保存三年，由质量部负责。\n", "")
    found = compared(OLD, new)
    assert [(c.kind, c.old_number) for c in found.changes if c.kind is not Kind.SAME] == [(Kind.REMOVED, "第三条")]
    assert [c.old_number for c in found.changes] == ["第一条", "第二条", "第三条", "第四条", "第五条"]
    assert only(found.of(Kind.REMOVED)).new_span is None


def test_a_number_whose_text_has_nothing_in_common_was_removed_and_another_added() -> None:
    new = OLD.replace("第二条 端面每批抽检二十条。", "第二条 包装用防静电袋。")
    counts = compared(OLD, new).counts
    assert (counts[Kind.ADDED], counts[Kind.REMOVED], counts[Kind.CHANGED]) == (1, 1, 0)


def test_a_clause_rewritten_under_its_title_is_changed() -> None:
    old, new = "4.1 抽样\n每批二十条。\n4.2 记录\n留三年。\n", "4.1 抽样\n按合同执行。\n4.2 记录\n留三年。\n"
    found = compared(old, new)
    assert [(c.kind, c.new_number, c.title) for c in found.changes] == [
        (Kind.CHANGED, "4.1", "抽样"),
        (Kind.SAME, "4.2", "记录"),
    ]


def test_sections_that_number_from_one_in_every_chapter_meet_their_own() -> None:
    chapters = [
        "第一章 抽样\n第一节 数量\n第一条 每批二十条。\n第二节 方法\n第二条 随机抽取。\n",
        "第二章 记录\n第一节 期限\n第三条 保存三年备查。\n第二节 责任\n第四条 质量部负责。\n",
    ]
    found = compared("".join(chapters), "".join(chapters).replace("三年", "五年"))
    assert [c.new_number for c in found.changes if c.kind is not Kind.SAME] == ["第三条"]
    assert len(found.changes) == 10


def test_spans_point_at_the_clauses_in_both_texts() -> None:
    new = "说明一行\n" + OLD.replace("三年", "五年")
    old_document, new_document = a_document(OLD), a_document(new)
    found = compare(old_document, new_document, words)
    change = only(found.of(Kind.CHANGED))
    assert change.old_span is not None
    assert change.new_span is not None
    assert old_document.text[slice(*change.old_span)] == "第三条 检验记录保存三年，由质量部负责。"
    assert new_document.text[slice(*change.new_span)] == "第三条 检验记录保存五年，由质量部负责。"
    assert found.front is not None
    assert (found.front.old, found.front.new) == ("", "说明一行")


def test_documents_without_clauses_are_compared_by_paragraph() -> None:
    old = "跳线到货后先清点。\n\n端面用四百倍镜检查，划伤的退回。\n\n合格的贴绿标入库。\n"
    new = "跳线到货后先清点。\n\n端面用二百倍镜检查，划伤的退回。\n\n另拍照留档。\n\n合格的贴绿标入库。\n"
    found = compared(old, new)
    assert not found.by_clauses
    assert [change.kind for change in found.changes] == [Kind.SAME, Kind.CHANGED, Kind.ADDED, Kind.SAME]


def test_an_empty_document_has_lost_or_gained_everything() -> None:
    assert compared("", OLD).counts[Kind.ADDED] == 5
    assert compared(OLD, "").counts[Kind.REMOVED] == 5
    assert compared("", "").changes == ()


def test_long_documents_that_have_little_in_common_still_meet_by_their_numbers() -> None:
    old = "".join(
        f"第{n}条 第{n * 7919 % 1000}号设备每{n % 12 + 1}个月校准一次，记录存{n % 9}年。\n" for n in range(1, 900)
    )
    new = "".join(
        f"第{n}条 第{n * 104729 % 997}台仪器每{n % 11 + 1}周点检一回，台账留{n % 7}年。\n" for n in range(1, 900)
    )
    found = compared(old, new)
    paired = found.of(Kind.CHANGED)
    assert all(not change.moved for change in paired)
    assert len(paired) + found.counts[Kind.REMOVED] == 899


def test_a_reader_is_shown_the_words_around_the_changes_under_the_title() -> None:
    long = "检验区应当保持清洁。" * 40
    change = only(compared(f"4.1 环境\n{long}每日点检。\n", f"4.1 环境\n{long}每周点检。\n").of(Kind.CHANGED))
    runs = shown(change, around=11)
    assert [(run.kind, run.text) for run in runs] == [
        (Kind.SAME, "……检验区应当保持清洁。每"),
        (Kind.REMOVED, "日"),
        (Kind.ADDED, "周"),
        (Kind.SAME, "点检。"),
    ]
    added = only(compared("4.1 环境\n干净。\n", "4.1 环境\n干净。\n4.2 温度\n常温。\n").of(Kind.ADDED))
    assert [(run.kind, run.text) for run in shown(added)] == [(Kind.ADDED, "常温。")]


def test_a_clause_as_long_as_a_book_is_compared_by_its_sentences() -> None:
    old = "第一条 " + "".join(f"第{n}号仪器每月点检。" for n in range(400)) + "\n"
    change = only(compared(old, old.replace("第7号仪器每月", "第7号仪器每周")).of(Kind.CHANGED))
    assert [run.text for run in change.runs if run.kind is not Kind.SAME] == [
        "第7号仪器每月点检。",
        "第7号仪器每周点检。",
    ]


def regulation(path: Path) -> Document:
    read = read_markdown(path.name, path.read_bytes(), DEFAULT_LIMITS)
    cleaned = clean(read, path.name)
    return Document(
        id=path.stem,
        source=path.name,
        origin=Origin.FILE,
        content_hash="",
        media_type=read.media_type,
        metadata=Metadata(cleaned.metadata.title),
        original=read.original,
        text=cleaned.text,
        blocks=cleaned.blocks,
        clauses=find_clauses(cleaned.text, cleaned.blocks),
    )


def test_of_two_editions_of_a_regulation_one_article_changed_and_ten_differ_in_their_brackets(
    regulations: Path,
) -> None:
    old = regulation(regulations / "认证认可条例(2020-11-29).md")
    new = regulation(regulations / "认证认可条例(2023-07-20).md")
    found = compare(old, new)
    change = only([c for c in found.changes if c.kind not in (Kind.SAME, Kind.EDITORIAL)])
    assert (change.kind, change.old_number, change.new_number) == (Kind.CHANGED, "第六十六条", "第六十六条")
    assert next(run.text for run in change.runs if run.kind is Kind.ADDED) == "限期"
    assert "不足1万元" in "".join(run.text for run in change.runs if run.kind is Kind.ADDED)
    assert "".join(run.text for run in change.runs if run.kind is Kind.REMOVED) == "，"
    editorial = "十、十一、二十八、三十一、三十六、五十九、六十、六十七、六十八、六十九"
    assert [c.new_number for c in found.of(Kind.EDITORIAL)] == [f"第{n}条" for n in editorial.split("、")]
    assert sum(bool(c.new_number and c.new_number.endswith("条")) for c in found.of(Kind.SAME)) == 66
    assert found.front is not None
    assert "2023年7月20日" in found.front.new
