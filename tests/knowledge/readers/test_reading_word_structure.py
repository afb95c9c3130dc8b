from __future__ import annotations

import random

import pytest
from lxml import etree  # type: ignore[import-untyped]
from reader_samples import check_offsets
from word_samples import W, p, part, styled, word_bytes, word_of_parts, word_roles, word_texts

from knowledge.errors import DocumentTooLarge, KnowledgeError, UnreadableDocument
from knowledge.readers import Limits, read_bytes


def texts(body: str, **parts: str) -> list[str]:
    return word_texts(word_bytes(body, **parts))


def mark(kind: str) -> str:
    return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"


def code(instruction: str) -> str:
    return f"<w:r><w:instrText xml:space='preserve'>{instruction}</w:instrText></w:r>"


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def field(instruction: str, result: str) -> str:
    return mark("begin") + code(instruction) + mark("separate") + result + mark("end")


# --- fields ---


def test_a_field_shows_its_last_result() -> None:
    caption = f"<w:p>{run('表 ')}{field(' SEQ 表 ', run('3'))}{run('　检验项目')}</w:p>"
    reference = f"<w:p>{run('见')}{field(' REF _Ref1 ', run('表 3'))}{run('，第')}{field('PAGEREF x', run('9'))}{run('页。')}</w:p>"
    assert texts(caption + reference) == ["表 3　检验项目", "见表 3，第9页。"]


def test_a_field_inside_an_instruction_is_not_shown() -> None:
    inner = mark("begin") + code("IF ") + field("REF a", run("假")) + code(" = 1") + mark("separate")
    assert texts(f"<w:p>{run('前')}{inner}{run('真')}{mark('end')}{run('后')}</w:p>") == ["前真后"]


def test_a_field_that_never_ends_hides_nothing() -> None:
    assert texts(f"<w:p>{mark('begin')}{code('TOC ')}{run('正文甲')}</w:p>" + p("正文乙")) == ["正文甲", "正文乙"]


def test_a_circled_number_made_by_a_formula_is_read() -> None:
    circled = mark("begin") + code("eq \\o\\ac(") + code("○,2)") + mark("end")
    assert texts(f"<w:p>{run('第')}{circled}{run('项')}</w:p>") == ["第②项"]


def test_hidden_text_is_left_out_and_symbols_are_read() -> None:
    symbol = "<w:r><w:sym w:font='Symbol' w:char='F0B1'/></w:r>"
    assert texts(f"<w:p>{run('允差')}{symbol}{run('3')}{run('内部批注', '<w:vanish/>')}</w:p>") == ["允差±3"]


def test_a_paragraph_whose_mark_was_deleted_runs_into_the_next() -> None:
    first = f"<w:p><w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>{run('组织应当')}</w:p>"
    assert texts(first + p("保存记录。") + first) == ["组织应当保存记录。", "组织应当"]


# --- contents pages ---

STYLES = (
    "<w:style w:type='paragraph' w:styleId='TOC1'><w:name w:val='toc 1'/></w:style>"
    "<w:style w:type='paragraph' w:styleId='H1'><w:name w:val='heading 1'/></w:style>"
)


def entry(text: str, page: str, style: str = "TOC1", before: str = "", after: str = "") -> str:
    link = (
        f"<w:hyperlink w:anchor='_Toc1'>{run(text)}<w:r><w:tab/></w:r>{field('PAGEREF _Toc1', run(page))}</w:hyperlink>"
    )
    return f"<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr>{before}{link}{after}</w:p>"


TOC = mark("begin") + code(' TOC \\o "1-3" ') + mark("separate")


def test_a_contents_field_and_its_title_are_left_out() -> None:
    body = p("目　次") + entry("1 范围", "1", before=TOC) + entry("2 术语", "2")
    body += f"<w:p>{mark('end')}</w:p>" + styled("1 范围", "H1") + p("本标准适用于商会。")
    assert word_roles(word_bytes(body, styles=STYLES)) == [
        ("heading", 1, "1 范围"),
        ("paragraph", 0, "本标准适用于商会。"),
    ]


def test_a_heading_in_which_the_contents_field_ends_is_kept() -> None:
    heading = f"<w:p><w:pPr><w:pStyle w:val='H1'/></w:pPr>{mark('end')}{run('1 范围')}</w:p>"
    body = entry("1 范围", "1", before=TOC) + p("这一段夹在目录域里，但它是正文。") + heading
    assert texts(body, styles=STYLES) == ["这一段夹在目录域里，但它是正文。", "1 范围"]


def test_contents_without_page_numbers_are_recognised_by_field_and_style() -> None:
    body = styled("", "TOC1").replace("<w:r>", TOC + "<w:r>", 1) + styled("范围", "TOC1") + styled("术语", "TOC1")
    assert texts(body + f"<w:p>{mark('end')}</w:p>" + p("正文"), styles=STYLES) == ["正文"]


def test_a_contents_page_typed_by_hand_is_left_out_and_its_titles_alone_are_not() -> None:
    typed = p("目录") + p("前言 …………… Ⅰ") + p("1 范围\t1") + p("2 术语........ 3")
    assert texts(typed + p("前言") + p("正文 2024")) == ["前言", "正文 2024"]
    assert texts(p("目录") + p("本章说明目录的编制。")) == ["目录", "本章说明目录的编制。"]


def test_ordinary_text_in_a_contents_style_is_kept() -> None:
    assert texts(styled("组织应当保存记录，期限为 3 年。", "TOC1"), styles=STYLES) == [
        "组织应当保存记录，期限为 3 年。"
    ]


def test_a_table_between_contents_and_text_is_kept() -> None:
    table = f"<w:tbl><w:tr><w:tc>{p('版本')}</w:tc><w:tc>{p('A/0')}</w:tc></w:tr></w:tbl>"
    body = entry("1 范围", "1", before=TOC) + table + f"<w:p>{mark('end')}</w:p>"
    assert texts(body, styles=STYLES) == ["| 版本 | A/0 |"]


# --- tables ---


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


BEGUN, GOES_ON = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"


def wide(columns: int) -> str:
    return f"<w:gridSpan w:val='{columns}'/>"


def test_a_merged_cell_says_its_text_in_every_place_it_covers() -> None:
    merged = table(
        cell("项目", BEGUN) + cell("限值", wide(2)) + cell("方法", BEGUN),
        cell("", GOES_ON) + cell("下限") + cell("上限") + cell("", GOES_ON),
        cell("甲醛") + cell("0.1") + cell("0.2") + cell("目测", BEGUN),
        cell("苯", BEGUN) + cell("不得检出", wide(2) + BEGUN) + cell("", GOES_ON),
        cell("", GOES_ON) + cell("", wide(2) + GOES_ON) + cell("仪器"),
    )
    assert texts(p("表 1 限值") + merged + p("后文")) == [
        "表 1 限值",
        "| 项目 | 限值 | 限值 | 方法 |\n"
        "| 项目 | 下限 | 上限 | 方法 |\n"
        "| 甲醛 | 0.1 | 0.2 | 目测 |\n"
        "| 苯 | 不得检出 | 不得检出 | 目测 |\n"
        "| 苯 | 不得检出 | 不得检出 | 仪器 |",
        "后文",
    ]


def test_rows_that_begin_late_keep_their_columns_and_deleted_rows_are_left_out() -> None:
    late = "<w:trPr><w:gridBefore w:val='1'/></w:trPr>" + cell("乙")
    deleted = "<w:trPr><w:del w:id='1'/></w:trPr>" + cell("旧") + cell("值")
    assert texts(table(cell("一") + cell("二"), late, deleted)) == ["| 一 | 二 |\n|  | 乙 |"]


def test_a_table_in_a_cell_becomes_the_text_of_the_cell() -> None:
    inner = table(cell("甲") + cell("1"), cell("乙") + cell("2"))
    outer = table(cell("名称") + cell("明细"), cell("件") + f"<w:tc>{p('见下')}{inner}{p('止')}</w:tc>")
    assert texts(outer) == ["| 名称 | 明细 |\n| 件 | 见下 甲 1；乙 2 止 |"]


def test_merged_cells_cannot_multiply_text_beyond_the_limit() -> None:
    rows = [cell("甲" * 500, wide(10**8) + BEGUN) + cell("乙")] + [cell("", wide(63) + GOES_ON) + cell("丙")] * 50
    with pytest.raises(DocumentTooLarge, match=r"a\.docx.*100000 字"):
        read_bytes("a.docx", word_bytes(table(*rows)), Limits(max_characters=100_000))


# --- notes ---


def note_reference(identifier: int, kind: str = "footnote", more: str = "") -> str:
    return f"<w:r><w:{kind}Reference w:id='{identifier}' {more}/></w:r>"


def note(identifier: int, *paragraphs: str, kind: str = "footnote") -> str:
    said = "".join(f"<w:p><w:r><w:{kind}Ref/></w:r>{run(text)}</w:p>" for text in paragraphs)
    return f"<w:{kind} w:id='{identifier}'>{said}</w:{kind}>"


def test_notes_follow_the_paragraph_that_refers_to_them() -> None:
    notes = note(0, "") + note(2, " 含返修品。", "另见附录。") + note(3, " 按批。") + note(4, "从未提到。")
    body = f"<w:p>{run('组织应当')}{note_reference(2)}{run('记录')}{note_reference(3)}{run('。')}</w:p>"
    body += f"<w:p>{run('结束')}{note_reference(1, 'endnote')}</w:p>"
    data = word_bytes(body, footnotes=notes, endnotes=note(1, "资料来源：商会。", kind="endnote"))
    assert word_roles(data) == [
        ("paragraph", 0, "组织应当记录。"),
        ("note", 0, "脚注 1：含返修品。 另见附录。"),
        ("note", 0, "脚注 2：按批。"),
        ("paragraph", 0, "结束"),
        ("note", 0, "尾注 1：资料来源：商会。"),
    ]


def test_a_note_in_a_table_follows_the_table_and_one_that_was_deleted_is_left_out() -> None:
    noted = f"<w:tc><w:p>{run('0.1')}{note_reference(5)}</w:p></w:tc>"
    starred = note_reference(7, more="w:customMarkFollows='1'")
    gone = f"<w:p><w:del>{note_reference(6)}</w:del>{run('后文')}{starred}</w:p>"
    data = word_bytes(
        table(cell("项") + cell("值"), cell("苯") + noted) + gone,
        footnotes=note(5, "以质量计。") + note(6, "旧注。") + note(7, "* 星号注。"),
    )
    assert word_roles(data) == [
        ("table", 0, "| 项 | 值 |\n| 苯 | 0.1 |"),
        ("note", 0, "脚注 1：以质量计。"),
        ("paragraph", 0, "后文"),
        ("note", 0, "脚注：* 星号注。"),
    ]


def test_a_note_that_refers_to_itself_is_read_once() -> None:
    looping = f"<w:footnote w:id='2'><w:p>{run('注')}{note_reference(2)}</w:p></w:footnote>"
    assert texts(f"<w:p>{run('甲')}{note_reference(2)}{note_reference(2)}</w:p>", footnotes=looping) == [
        "甲",
        "脚注 1：注",
    ]


# --- damaged ---


def test_a_document_without_a_body_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"a\.docx.*结构不完整"):
        read_bytes("a.docx", word_of_parts({"word/document.xml": part("document", "")}))


_TAGS = ["p", "r", "t", "tbl", "tr", "tc", "sdt", "ins", "del", "fldChar", "pPr", "numPr", "gridSpan", "vMerge", "trPr"]
_VALUES = ["", "-1", "0", "99999999", "restart", "begin", "separate", "end", "abc"]
_ATTRIBUTES = ["val", "id", "fldCharType", "customMarkFollows"]


def disordered(chance: random.Random, markup: bytes) -> bytes:
    """The document with some elements renamed, removed, moved into others or given strange values."""
    root = etree.fromstring(markup)
    elements = list(root.iter())[2:]  # all but the document and its body
    for _ in range(chance.randint(1, 25)):
        element, other, kind = chance.choice(elements), chance.choice(elements), chance.randrange(4)
        if kind == 0:
            element.tag = f"{{{W}}}{chance.choice(_TAGS)}"
        elif kind == 1:
            element.set(f"{{{W}}}{chance.choice(_ATTRIBUTES)}", chance.choice(_VALUES))
        elif kind == 2 and element.getparent() is not None:
            element.getparent().remove(element)
        elif element is not other and element not in list(other.iterancestors()):
            other.append(element)
    return bytes(etree.tostring(root))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_disordered_document_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    noted = f"<w:p>{run('甲')}{note_reference(2)}{field('REF a', run('乙'))}</w:p>"
    grid = table(cell("一", BEGUN) + cell("二", wide(2)), cell("", GOES_ON) + cell("三") + cell("四"))
    body = p("目次") + entry("1 范围", "1", before=TOC) + f"<w:p>{mark('end')}</w:p>" + styled("1 范围", "H1")
    sound = part("document", f"<w:body>{body}{noted}{grid}<w:sdt><w:sdtContent>{grid}</w:sdtContent></w:sdt></w:body>")
    notes, styles = part("footnotes", note(2, "注文。")), part("styles", STYLES)
    readable = refused = 0
    for _ in range(70):
        parts = {"word/document.xml": disordered(chance, sound), "word/footnotes.xml": disordered(chance, notes)}
        try:
            document = read_bytes("a.docx", word_of_parts({**parts, "word/styles.xml": styles}))
        except KnowledgeError as error:
            refused += str(error).startswith("a.docx：")
        else:
            check_offsets(document)
            readable += 1
    assert readable + refused == 70
    assert readable > 30
