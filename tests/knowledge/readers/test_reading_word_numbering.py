from __future__ import annotations

import random
import re

import pytest
from docx import Document
from docx.oxml import parse_xml
from reader_samples import check_offsets, docx_bytes, roles
from word_samples import (
    W,
    abstract,
    clauses,
    level,
    listed,
    p,
    start_over,
    styled,
    use,
    word_bytes,
    word_roles,
    word_texts,
)

from knowledge.errors import KnowledgeError
from knowledge.readers import read_bytes
from knowledge.readers.docx_number_formats import formatted


def numbers(body: str, numbering: str, styles: str | None = None) -> list[str]:
    """What stands before 「：」 in every block: the tests' paragraphs all begin with it."""
    return [text.partition("：")[0] for text in word_texts(word_bytes(body, numbering, styles=styles))]


def run_of(levels: list[int], list_id: int = 1) -> str:
    return "".join(listed("：文", each, list_id) for each in levels)


# --- levels ---


def test_headings_are_numbered_to_four_levels_and_start_anew_below_each_new_one() -> None:
    walk = [0, 1, 2, 3, 3, 2, 3, 1, 2, 0, 1, 2, 3]
    assert numbers(run_of(walk), clauses() + use(1, 1)) == [
        "1 ",
        "1.1 ",
        "1.1.1 ",
        "1.1.1.1 ",
        "1.1.1.2 ",
        "1.1.2 ",
        "1.1.2.1 ",
        "1.2 ",
        "1.2.1 ",
        "2 ",
        "2.1 ",
        "2.1.1 ",
        "2.1.1.1 ",
    ]


def test_a_heading_made_with_python_docx_carries_the_number_word_shows() -> None:
    source = Document()
    numbering = source.part.numbering_part.element
    definition = abstract(90, *(level(n, t, more=f"<w:pStyle w:val='Heading{n + 1}'/>") for n, t in LINKED))
    for element in (definition, use(90, 90)):
        numbering.append(parse_xml(element.replace(" ", f' xmlns:w="{W}" ', 1)))
    for n in range(3):
        properties = source.styles[f"Heading {n + 1}"].element.get_or_add_pPr()
        link = f"<w:numPr xmlns:w='{W}'><w:ilvl w:val='{n}'/><w:numId w:val='90'/></w:numPr>"
        properties.append(parse_xml(link))
    for depth, title in ((1, "范围"), (1, "运行"), (2, "总则"), (2, "控制"), (3, "标识和可追溯性"), (1, "改进")):
        source.add_heading(title, depth)
    source.add_paragraph("正文不编号。")
    document = read_bytes("a.docx", docx_bytes(source))
    check_offsets(document)
    assert roles(document) == [
        ("heading", 1, "1 范围"),
        ("heading", 1, "2 运行"),
        ("heading", 2, "2.1 总则"),
        ("heading", 2, "2.2 控制"),
        ("heading", 3, "2.2.1 标识和可追溯性"),
        ("heading", 1, "3 改进"),
        ("paragraph", 0, "正文不编号。"),
    ]


LINKED = ((0, "%1"), (1, "%1.%2"), (2, "%1.%2.%3"))


def test_skipped_levels_count_as_their_start() -> None:
    assert numbers(run_of([0, 2, 2, 1, 3]), clauses() + use(1, 1)) == ["1 ", "1.1.1 ", "1.1.2 ", "1.2 ", "1.2.1.1 "]
    assert numbers(run_of([1, 0]), clauses() + use(1, 1)) == ["1.1 ", "2 "]


def test_a_level_starts_where_its_definition_says_and_at_nought_where_it_says_nothing() -> None:
    later = abstract(1, level(0, "%1", start=7), level(1, "%1.%2", start=None))
    assert numbers(run_of([0, 1, 1, 0, 1]), later + use(1, 1)) == ["7 ", "7.0 ", "7.1 ", "8 ", "8.0 "]


# --- articles and annexes ---


def test_articles_run_on_across_chapters_and_sections() -> None:
    never = "<w:lvlRestart w:val='0'/>"
    regulation = abstract(
        1,
        level(0, "第%1章", "chineseCountingThousand"),
        level(1, "第%2节", "chineseCountingThousand"),
        level(2, "第%3条", "chineseCountingThousand", more=never),
    )
    walk = [0, 2, 2, 0, 1, 2, 1, 2, *[2] * 7]
    assert numbers(run_of(walk), regulation + use(1, 1)) == [
        "第一章 ",
        "第一条 ",
        "第二条 ",
        "第二章 ",
        "第一节 ",
        "第三条 ",
        "第二节 ",
        "第四条 ",
        "第五条 ",
        "第六条 ",
        "第七条 ",
        "第八条 ",
        "第九条 ",
        "第十条 ",
        "第十一条 ",
    ]


def test_annexes_and_their_clauses_are_numbered_by_letters() -> None:
    annex = abstract(
        2,
        level(0, "附录 %1", "upperLetter", more="<w:suff w:val='space'/>"),
        level(1, "%1.%2"),
        level(2, "%1.%2.%3"),
    )
    body = run_of([0, 1]) + run_of([0, 1, 1, 2, 0, 1], 2)
    assert numbers(body, clauses() + annex + use(1, 1) + use(2, 2)) == [
        "1 ",
        "1.1 ",
        "附录 A ",
        "A.1 ",
        "A.2 ",
        "A.2.1 ",
        "附录 B ",
        "B.1 ",
    ]


def test_chapters_in_hanzi_have_clauses_in_figures_where_the_level_is_legal() -> None:
    mixed = abstract(1, level(0, "第%1章", "chineseCounting"), level(1, "%1.%2", more="<w:isLgl/>"), level(2, "%1-%3"))
    assert numbers(run_of([0, 0, 1, 2]), mixed + use(1, 1)) == ["第一章 ", "第二章 ", "2.1 ", "二-1 "]


# --- when a level starts anew ---


def test_a_level_may_start_anew_only_below_the_outermost() -> None:
    restart = "<w:lvlRestart w:val='1'/>"
    three = abstract(1, level(0, "%1"), level(1, "%1.%2"), level(2, "例%3", more=restart))
    assert numbers(run_of([0, 1, 2, 1, 2, 0, 2]), three + use(1, 1)) == [
        "1 ",
        "1.1 ",
        "例1 ",
        "1.2 ",
        "例2 ",
        "2 ",
        "例1 ",
    ]


def test_uses_of_one_list_share_its_counters() -> None:
    body = listed("：甲", 0, 1) + listed("：乙", 0, 2) + listed("：丙", 0, 1)
    assert numbers(body, clauses() + use(1, 1) + use(2, 1)) == ["1 ", "2 ", "3 "]


def test_a_start_override_starts_the_level_anew_once_and_others_go_on_from_there() -> None:
    body = run_of([0, 0], 1) + run_of([0, 1, 0], 2) + run_of([0], 1)
    assert numbers(body, clauses() + use(1, 1) + use(2, 1, start_over(0, 5) + start_over(1, 3))) == [
        "1 ",
        "2 ",
        "5 ",
        "5.3 ",
        "6 ",
        "7 ",
    ]


def test_an_override_may_define_a_level_of_its_own() -> None:
    override = f"<w:lvlOverride w:ilvl='0'>{level(0, '（%1）', 'lowerLetter')}</w:lvlOverride>"
    body = listed("：甲", 0, 1) + listed("：乙", 0, 2)
    assert numbers(body, clauses() + use(1, 1) + use(2, 1, override)) == ["1 ", "（b） "]


def test_lists_of_different_definitions_do_not_disturb_each_other() -> None:
    body = run_of([0, 1], 1) + run_of([0, 0], 2) + run_of([1], 1)
    letters = abstract(2, level(0, "%1)", "lowerLetter"))
    assert numbers(body, clauses() + letters + use(1, 1) + use(2, 2)) == ["1 ", "1.1 ", "a) ", "b) ", "1.2 "]


# --- styles ---


def style(identifier: str, based_on: str = "", properties: str = "", name: str = "", kind: str = "paragraph") -> str:
    base = f"<w:basedOn w:val='{based_on}'/>" if based_on else ""
    return (
        f"<w:style w:type='{kind}' w:styleId='{identifier}'><w:name w:val='{name or identifier}'/>{base}"
        f"<w:pPr>{properties}</w:pPr></w:style>"
    )


def numbered(list_id: int | None = None, depth: int | None = None) -> str:
    inner = "" if depth is None else f"<w:ilvl w:val='{depth}'/>"
    return f"<w:numPr>{inner}{'' if list_id is None else f'<w:numId w:val={chr(34)}{list_id}{chr(34)}/>'}</w:numPr>"


def test_the_level_is_the_one_that_names_the_style() -> None:
    linked = abstract(
        1, level(0, "%1", more="<w:pStyle w:val='章'/>"), level(1, "%1.%2", more="<w:pStyle w:val='条'/>")
    )
    styles = style("章", properties=numbered(1)) + style("条", properties=numbered(1)) + style("小条", "条")
    body = styled("：甲", "章") + styled("：乙", "条") + styled("：丙", "小条") + p("：丁")
    assert numbers(body, linked + use(1, 1), styles) == ["1 ", "1.1 ", "1.2 ", ""]


def test_a_style_that_gives_a_level_takes_the_list_from_the_one_it_is_based_on() -> None:
    styles = style("章", properties=numbered(1)) + style("条", "章", numbered(depth=1)) + style("段", "条", numbered(0))
    body = styled("：甲", "章") + styled("：乙", "条") + styled("：丙", "段") + styled("：丁", "条")
    assert numbers(body, clauses() + use(1, 1), styles) == ["1 ", "1.1 ", "", "1.2 "]


def test_the_paragraph_overrules_its_style() -> None:
    styles = style("条", properties=numbered(1, 1))
    deeper = p("：乙", "<w:pStyle w:val='条'/>" + numbered(depth=2))
    none = p("：丙", "<w:pStyle w:val='条'/>" + numbered(0))
    body = styled("：甲", "条") + deeper + none + styled("：丁", "条")
    assert numbers(body, clauses() + use(1, 1), styles) == ["1.1 ", "1.1.1 ", "", "1.2 "]


def test_a_list_may_borrow_the_levels_of_a_list_style() -> None:
    styles = style("公文", kind="numbering", properties=numbered(1))
    owner = clauses(1).replace("<w:lvl ", "<w:styleLink w:val='公文'/><w:lvl ", 1)
    borrower = "<w:abstractNum w:abstractNumId='2'><w:numStyleLink w:val='公文'/></w:abstractNum>"
    body = listed("：甲", 0, 1) + listed("：乙", 1, 2)
    assert numbers(body, owner + borrower + use(1, 1) + use(2, 2), styles) == ["1 ", "1.1 "]


def test_list_styles_that_borrow_from_each_other_number_nothing() -> None:
    styles = style("甲", kind="numbering", properties=numbered(2)) + style(
        "乙", kind="numbering", properties=numbered(1)
    )
    links = "".join(
        f"<w:abstractNum w:abstractNumId='{n}'><w:numStyleLink w:val='{name}'/></w:abstractNum>"
        for n, name in ((1, "甲"), (2, "乙"))
    )
    assert numbers(listed("：甲"), links + use(1, 1) + use(2, 2), styles) == [""]


# --- what is shown ---


def test_what_follows_the_number_is_a_space_or_nothing() -> None:
    suffixes = [
        level(0, "第%1条　", more="<w:suff w:val='nothing'/>"),
        level(1, "%2、", "chineseCounting", more="<w:suff w:val='nothing'/>"),
        level(2, "%3)", more="<w:suff w:val='space'/>"),
        level(3, "%4. "),
    ]
    body = "".join(listed("文", each) for each in range(4))
    assert word_texts(word_bytes(body, abstract(1, *suffixes) + use(1, 1))) == ["第1条　文", "一、文", "1) 文", "1. 文"]


def test_bullets_and_levels_without_text_are_list_items_without_a_number() -> None:
    quiet = abstract(
        1,
        level(0, "\uf0b7", "bullet"),
        level(1, ""),
        level(2, "%3", "none"),
        level(3, "%4", more="<w:rPr><w:vanish/></w:rPr>"),
    )
    body = "".join(listed("项", each) for each in range(4))
    assert word_roles(word_bytes(body, quiet + use(1, 1))) == [("list_item", 0, "项")] * 4


def test_typed_numbers_stay_and_a_list_that_is_not_defined_adds_none() -> None:
    body = p("4.1 总则") + listed("甲", 0, 9) + listed("乙", 8, 1) + listed("丙", 0, 2)
    assert word_texts(word_bytes(body, clauses() + use(1, 1) + use(2, 77))) == ["4.1 总则", "甲", "乙", "丙"]


def test_a_number_stays_alone_on_its_line_where_the_paragraph_begins_with_a_break() -> None:
    annex = abstract(1, level(0, "附录 %1", "upperLetter", more="<w:suff w:val='nothing'/>"))
    body = listed("甲").replace("<w:t ", "<w:br/><w:t ", 1)
    assert word_texts(word_bytes(body + listed("乙"), annex + use(1, 1))) == ["附录 A\n甲", "附录 B乙"]


def test_an_empty_paragraph_counts_without_being_read() -> None:
    body = listed("甲") + listed("") + listed("乙")
    assert word_texts(word_bytes(body, clauses() + use(1, 1))) == ["1 甲", "3 乙"]


def test_a_column_of_automatic_numbers_is_read() -> None:
    rows = "".join(f"<w:tr><w:tc>{listed('')}</w:tc><w:tc>{p(name)}</w:tc></w:tr>" for name in ("卡尺", "千分尺"))
    table = f"<w:tbl><w:tr><w:tc>{p('序号')}</w:tc><w:tc>{p('名称')}</w:tc></w:tr>{rows}</w:tbl>"
    assert word_texts(word_bytes(table, clauses() + use(1, 1))) == ["| 序号 | 名称 |\n| 1 | 卡尺 |\n| 2 | 千分尺 |"]


def test_a_deleted_paragraph_does_not_count() -> None:
    deleted = (
        "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>"
        "<w:del><w:r><w:delText>旧条</w:delText></w:r></w:del></w:p>"
    )
    body = listed("甲") + deleted + listed("乙")
    assert word_texts(word_bytes(body, clauses() + use(1, 1))) == ["1 甲", "2 乙"]


@pytest.mark.parametrize(
    ("kind", "values", "shown"),
    [
        ("decimal", (0, 1, 12), "0 1 12"),
        ("decimalZero", (1, 10, 100), "01 10 100"),
        ("chineseCounting", (1, 10, 12, 20, 99, 100, 101), "一 十 十二 二十 九十九 一○○ 一○一"),
        (
            "chineseCountingThousand",
            (1, 10, 11, 20, 100, 101, 110, 111, 1000, 1010, 1001, 10001),
            "一 十 十一 二十 一百 一百零一 一百一十 一百一十一 一千 一千零一十 一千零一 一万零一",
        ),
        ("ideographDigital", (1, 10, 12, 100), "一 一〇 一二 一〇〇"),
        ("japaneseCounting", (1, 10, 11, 21, 100, 101, 110, 1000), "一 十 十一 二十一 百 百一 百十 千"),
        ("chineseLegalSimplified", (1, 10, 12, 101), "壹 壹拾 壹拾贰 壹佰零壹"),
        ("ideographTraditional", (1, 10, 11), "甲 癸 11"),
        ("ideographZodiac", (1, 12, 13), "子 亥 13"),
        ("lowerLetter", (1, 26, 27, 28, 53), "a z aa bb aaa"),
        ("upperLetter", (1, 26, 27), "A Z AA"),
        ("lowerRoman", (1, 4, 9, 14, 1990), "i iv ix xiv mcmxc"),
        ("upperRoman", (3, 40), "III XL"),
        ("decimalEnclosedCircle", (1, 10, 20, 21), "① ⑩ ⑳ 21"),
        ("decimalEnclosedParen", (1, 20), "⑴ ⒇"),
        ("ideographEnclosedCircle", (1, 10), "㈠ ㈩"),
        ("decimalFullWidth", (1, 20), "\uff11 \uff12\uff10"),
        ("ordinal", (1, 2, 3, 4, 11, 22, 113), "1st 2nd 3rd 4th 11th 22nd 113th"),
        ("whatEverComes", (7,), "7"),
    ],
)
def test_number_formats_are_written_as_word_writes_them(kind: str, values: tuple[int, ...], shown: str) -> None:
    assert " ".join(formatted(value, kind) for value in values) == shown


def test_numbers_padded_with_noughts_are_read_from_the_newer_way_of_saying_so() -> None:
    custom = (
        "<mc:AlternateContent><mc:Choice Requires='w14'><w:numFmt w:val='custom' w:format='001, 002, 003, ...'/>"
        "</mc:Choice><mc:Fallback><w:numFmt w:val='decimal'/></mc:Fallback></mc:AlternateContent>"
    )
    padded = level(0, "记录%1").replace("<w:numFmt w:val='decimal'/>", custom)
    assert numbers(run_of([0] * 11), abstract(1, padded) + use(1, 1))[::10] == ["记录001 ", "记录011 "]


# --- damaged ---

_VALUES = ("", "-1", "0", "9", "99999999999", "abc", "%1.%2.%9%0%", "第%1条", "bullet", "custom", "lowerRoman", "　")
_TAGS = [
    "start",
    "numFmt",
    "lvlText",
    "suff",
    "isLgl",
    "lvlRestart",
    "pStyle",
    "numStyleLink",
    "styleLink",
    "abstractNumId",
    "lvl",
    "lvlOverride",
]


def damaged(chance: random.Random, markup: str) -> str:
    """The markup with some values, tags or whole stretches changed; mostly still XML."""
    for _ in range(chance.randint(1, 6)):
        kind = chance.randrange(4)
        if kind == 0:
            places = list(re.finditer(r"'[^']*'", markup))
            place = chance.choice(places)
            markup = f"{markup[: place.start()]}'{chance.choice(_VALUES)}'{markup[place.end() :]}"
        elif kind == 1:
            markup = markup.replace(f"w:{chance.choice(_TAGS)}", f"w:{chance.choice(_TAGS)}")
        elif kind == 2:
            elements = re.findall(r"<w:\w+(?: [^<>]*)?/>", markup)
            markup = markup.replace(chance.choice(elements), chance.choice(elements), chance.randint(1, 3))
        else:
            start = chance.randrange(len(markup))
            markup = markup[:start] + markup[start + chance.randint(0, 3) :]
    return markup


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_damaged_numbering_gives_a_document_or_a_knowledge_error(seed: int) -> None:
    chance = random.Random(seed)
    annex = abstract(2, level(0, "附录 %1", "upperLetter"), level(1, "%1.%2", more="<w:isLgl/>"))
    linked = "<w:abstractNum w:abstractNumId='3'><w:numStyleLink w:val='公文'/></w:abstractNum>"
    sound = clauses() + annex + linked + use(1, 1) + use(2, 2, start_over(0, 3)) + use(3, 3)
    styles = style("公文", kind="numbering", properties=numbered(1)) + style("条", properties=numbered(1, 1))
    body = "".join(listed(f"文{n}", n % 4, n % 3 + 1) for n in range(12)) + styled("尾", "条")
    readable = refused = 0
    for _ in range(100):
        data = word_bytes(
            body, damaged(chance, sound), styles=damaged(chance, styles) if chance.random() < 0.3 else styles
        )
        try:
            document = read_bytes("a.docx", data)
        except KnowledgeError as error:
            refused += str(error).startswith("a.docx：")
        else:
            check_offsets(document)
            readable += 1
            assert all(f"文{n}" in document.original for n in range(12))  # numbers may be lost, text never
    assert readable + refused == 100  # every refusal named the file
    assert readable > 30
