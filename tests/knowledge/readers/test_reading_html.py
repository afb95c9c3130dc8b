from __future__ import annotations

import pytest
from reader_samples import SIMPLIFIED, TRADITIONAL, check_offsets, roles, texts

from knowledge.errors import DocumentTooLarge, UnreadableDocument
from knowledge.readers import Limits, read_bytes

NEWS = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>标准宣贯会议召开_苏州市光电产业商会</title>
<style>p {color: red}</style><script>var a = "脚本";</script></head><body>
<nav><a href="/">首页</a><a href="/n">新闻资讯</a></nav>
<h1>标准宣贯会议召开</h1>
<div class="content"><p>发布日期：2024-11-29</p>
<p>今天，标准宣贯会议顺利召开，参加的企业有三十多家。<!-- 注 -->会议由商会
主办，<a href="/s">《光电产业链 质量管理体系 要求》</a>正式发布。</p>
<h2>一、会议内容</h2><p>会议主题为<b>“质量赋能”</b>。<br>共三项议程。</p>
<ul><li>第一项<em>要求</em>：建立体系</li><li>第二项：认证</li></ul>
<table><tr><th>条款</th><th>名称</th></tr><tr><td>8.5.2</td><td>标识和<br>可追溯性</td></tr></table>
<p>应保存记录。</p><p>应保存记录。</p></div>
<div class="related"><p><a href="1">相关阅读一</a></p><p><a href="2">相关阅读二</a></p></div>
<footer>版权所有 苏ICP备123号</footer></body></html>"""


def html(source: str) -> list[tuple[str, int, str]]:
    document = read_bytes("a.html", source.encode())
    check_offsets(document)
    return roles(document)


def test_an_article_keeps_its_headings_lists_and_tables_and_sheds_the_site() -> None:
    assert html(NEWS) == [
        ("heading", 1, "标准宣贯会议召开"),
        ("paragraph", 0, "发布日期：2024-11-29"),
        (
            "paragraph",
            0,
            "今天，标准宣贯会议顺利召开，参加的企业有三十多家。"
            "会议由商会主办，《光电产业链 质量管理体系 要求》正式发布。",
        ),
        ("heading", 2, "一、会议内容"),
        ("paragraph", 0, "会议主题为“质量赋能”。\n共三项议程。"),
        ("list_item", 0, "第一项要求：建立体系"),
        ("list_item", 0, "第二项：认证"),
        ("table", 0, "| 条款 | 名称 |\n| 8.5.2 | 标识和 可追溯性 |"),
        ("paragraph", 0, "应保存记录。"),
        ("paragraph", 0, "应保存记录。"),
    ]


def test_the_title_is_the_headline_without_the_name_of_the_site() -> None:
    assert read_bytes("a.html", NEWS.encode()).title == "标准宣贯会议召开"
    assert read_bytes("a.htm", b"<title>A \n B</title><h1>C</h1><p>D").title == "A B"
    assert read_bytes("a.htm", b"<h1>C</h1><p>D").title == "C"


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (SIMPLIFIED, "gb18030", "gb2312"),
        (SIMPLIFIED, "gb18030", "utf-8"),  # wrong, as pages moved between servers are
        (SIMPLIFIED, "gb18030", None),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "big5", None),
        (TRADITIONAL, "gb18030", "gbk"),
        (SIMPLIFIED, "utf-8", "gb2312"),
        (SIMPLIFIED, "utf-16", None),
    ],
)
def test_the_encoding_is_found_whatever_the_page_declares(text: str, encoding: str, declared: str | None) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    lines = text.split()
    page = f"<html><head>{meta}</head><body>{''.join(f'<p>{line}</p>' for line in lines)}</body></html>"
    assert texts(read_bytes("a.html", page.encode(encoding))) == lines


def test_an_xml_declaration_is_no_obstacle() -> None:
    assert texts(read_bytes("a.html", '<?xml version="1.0" encoding="gbk"?><p>条款</p>'.encode("gbk"))) == ["条款"]


def test_a_regulation_saved_from_word_loses_no_article() -> None:
    articles = [f"第{number}条 组织应当保存第{number}类记录。" for number in range(1, 60)]
    page = "<html><body><div class=WordSection1>" + "".join(
        f"<p class=MsoNormal style='text-indent:2em'><span lang=EN-US>{line}</span><o:p></o:p></p>\n"
        for line in articles
    )
    assert [text for _, _, text in html(page)] == articles


def test_a_layout_table_is_seen_through() -> None:
    page = "<table><tr><td><table><tr><td><h2>第一章 总则</h2><p>第一条 甲。</p><p>第二条 乙。</p></td></tr></table>"
    assert html(page + "</td></tr></table>") == [
        ("heading", 2, "第一章 总则"),
        ("paragraph", 0, "第一条 甲。"),
        ("paragraph", 0, "第二条 乙。"),
    ]


def test_a_page_of_nothing_but_links_is_still_read() -> None:
    assert [text for _, _, text in html("<ul><li><a href=1>甲办法</a></li><li><a href=2>乙办法</a></li></ul>")] == [
        "甲办法",
        "乙办法",
    ]


def table(source: str) -> str:
    """The text of the page's only table."""
    tables = [text for kind, _, text in html(f"<p>前文。</p>{source}<p>后文。</p>") if kind == "table"]
    assert len(tables) == 1
    return tables[0]


def test_a_spanning_cell_says_its_text_in_every_place_it_covers() -> None:
    rows = (
        "<thead><tr><th rowspan=2>项目<th colspan=2>限值<th rowspan=2>方法</tr><tr><th>下限<th>上限</tr></thead>"
        "<tbody><tr><td>甲醛<td>0.1<td>0.2<td rowspan=0>仪器</tr><tr><td rowspan=9>苯<td colspan=2>不得检出</tr></tbody>"
        "<tbody><tr><td colspan=50>单位：毫克</tr></tbody>"
    )
    assert table(f"<table>{rows}</table>") == (
        "| 项目 | 限值 | 限值 | 方法 |\n"
        "| 项目 | 下限 | 上限 | 方法 |\n"
        "| 甲醛 | 0.1 | 0.2 | 仪器 |\n"
        "| 苯 | 不得检出 | 不得检出 | 仪器 |\n"
        "| 单位：毫克 | 单位：毫克 | 单位：毫克 | 单位：毫克 |"
    )


def test_one_cell_beside_several_rows_makes_a_table() -> None:
    rows = "<tr><td rowspan=3>供方<td>评价</tr><tr><td>选择</tr><tr><td>监视</tr>"
    assert table(f"<table>{rows}</table>") == "| 供方 | 评价 |\n| 供方 | 选择 |\n| 供方 | 监视 |"


def test_the_caption_of_a_table_stands_before_it() -> None:
    page = "<table><caption>表 1 检验<br>项目</caption><tr><td>甲<td>乙</tr><tr><td>丙<td>丁</tr></table>"
    assert html(page) == [("paragraph", 0, "表 1 检验\n项目"), ("table", 0, "| 甲 | 乙 |\n| 丙 | 丁 |")]


def test_spanning_cells_cannot_multiply_text_beyond_the_limit() -> None:
    wide = f"<tr><td>甲<td colspan=1000>{'乙' * 100}</tr>" * 50
    tall = "<tr><td colspan=900 rowspan=60000>甲<td>乙</tr>" + "<tr><td>丙<td>丁</tr>" * 1000
    for rows in (wide, tall):
        with pytest.raises(DocumentTooLarge, match=r"a\.html.*1000000 字"):
            read_bytes("a.html", f"<table>{rows}</table>".encode(), Limits(max_characters=1_000_000))


@pytest.mark.parametrize(
    ("opening", "shown"),
    [
        ("<ol>", "1. 2. 3. "),
        ("<ol start=5>", "5. 6. 7. "),
        ("<ol type=a>", "a. b. c. "),
        ("<ol type=A start=26>", "Z. AA. AB. "),
        ("<ol type=i start=3>", "iii. iv. v. "),
        ("<ol type=I>", "I. II. III. "),
        ("<ol reversed>", "3. 2. 1. "),
        ("<ol style='list-style-type: upper-roman'>", "I. II. III. "),
        ("<ol style='list-style: none'>", ""),
        ("<ul>", ""),
        ("<ol start=x>", "1. 2. 3. "),
    ],
)
def test_an_ordered_list_shows_its_numbers(opening: str, shown: str) -> None:
    items = html(f"<p>应当：</p>{opening}<li>评价<li><p>选择</p><li>监视</ol>")[1:]
    assert [kind for kind, _, _ in items] == ["list_item"] * 3
    assert "".join(text[:-2] for _, _, text in items) == shown


def test_an_item_may_set_its_number_and_lists_inside_lists_count_for_themselves() -> None:
    page = "<ol><li>甲<ol type=a><li>子一<li>子二</ol><li value=7>乙<ul><li>点</ul><li>丙</ol>"
    found = [text for _, _, text in html(f"<p>下列各项适用。</p>{page}<p>其余各项不适用。</p>")]
    assert found[1:-1] == ["1. 甲", "a. 子一", "b. 子二", "7. 乙", "点", "8. 丙"]


def test_a_number_in_the_text_is_not_written_twice() -> None:
    typed = ["1. 甲", "一、乙", "（a）丙", "③丁", "8.5.2 戊", "第六条 己", "3年以上"]
    found = [text for _, _, text in html("<ol>" + "".join(f"<li>{text}</li>" for text in typed) + "</ol>")]
    assert found == [*typed[:-1], "7. 3年以上"]


def test_numbered_items_of_an_article_are_found_again_among_a_sites_menus() -> None:
    page = NEWS.replace("ul>", "ol>").replace("第一项", "首先").replace("第二项", "其次")
    assert [text for kind, _, text in html(page) if kind == "list_item"] == ["1. 首先要求：建立体系", "2. 其次：认证"]


def test_preformatted_lines_stay_lines() -> None:
    assert html("<p>前</p><pre>一\n二</pre>") == [("paragraph", 0, "前"), ("paragraph", 0, "一\n二")]


def test_text_without_a_single_tag_is_no_web_page() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.txt"):
        read_bytes("a.html", "只是文字，1 < 2".encode())


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="没有找到正文"):
        read_bytes("a.html", b"<html><body><img src=a.png><script>x</script></body></html>")


def test_too_much_markup_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(DocumentTooLarge, match="标记过多"):
        read_bytes("a.html", b"<b>" * 200, Limits(max_markup_nodes=100))


def test_a_page_nested_deeper_than_can_be_read_is_refused_and_not_cut_off() -> None:
    assert texts(read_bytes("a.html", ("<font>甲" * 1000).encode())) == ["甲" * 1000]
    with pytest.raises(DocumentTooLarge, match="嵌套过深"):
        read_bytes("a.html", ("<h1>甲" * 3000).encode())
