"""Scans and images: pages drawn here, spoilt as a scanner spoils them, and read back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from reader_samples import check_offsets, pdf_of_lines, roles, texts
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from knowledge.errors import DocumentTooLarge, UnreadableDocument
from knowledge.readers import Limits, read_bytes
from knowledge.readers.recognised_text import mended, with_clause_number, with_full_width_punctuation

DPI = 200
PIXELS = DPI / 72
FONTS = ("NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc")
Item = tuple[float, float, str]
"""Font size in points, indent in characters, text."""


def font_path(name: str) -> str:
    found = subprocess.run(["fc-list", ":", "file"], capture_output=True, text=True, check=False).stdout
    paths = [line.rstrip(": \n") for line in found.splitlines() if name in line]
    if not paths:
        pytest.skip("没有中文字体：apt-get install fonts-noto-cjk")
    return paths[0]


def drawn(items: Sequence[Item], head: str = "", foot: str = "", font: str = FONTS[0]) -> Image.Image:
    """An A4 page at 200 dpi, each item wrapped at the margin."""
    path = font_path(font)
    image = Image.new("L", (1654, 2339), 255)
    canvas = ImageDraw.Draw(image)
    canvas.text((200, 150), head, fill=0, font=ImageFont.truetype(path, round(9 * PIXELS), index=2))
    canvas.text((827, 2200), foot, fill=0, font=ImageFont.truetype(path, round(9 * PIXELS), index=2), anchor="mm")
    y = 250.0
    for points, indent, text in items:
        face = ImageFont.truetype(path, round(points * PIXELS), index=2)
        x, line = 200 + indent * face.size, ""
        for character in text:
            if x + canvas.textlength(line + character, font=face) > 1454:
                canvas.text((x, y), line, fill=0, font=face)
                x, y, line = 200, y + points * 1.55 * PIXELS, ""
            line += character
        canvas.text((x, y), line, fill=0, font=face)
        y += points * 1.55 * PIXELS
    return image


def scanned(page: Image.Image, angle: float, seed: int = 0) -> bytes:
    """The page turned by `angle` degrees, with noise and specks, as JPEG of quality 60."""
    chance = np.random.default_rng(seed)
    pixels = np.asarray(page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)).astype(float)
    pixels += chance.normal(0, 12, pixels.shape)
    pixels[chance.random(pixels.shape) < 0.001] = 0
    file = BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=60)
    return file.getvalue()


def pdf_of_images(*images: bytes, stamp: str = "") -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for image in images:
        canvas.drawImage(ImageReader(BytesIO(image)), 0, 0, *A4)
        canvas.drawString(20, 20, stamp)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def in_format(page: Image.Image, name: str, **options: object) -> bytes:
    file = BytesIO()
    page.save(file, name, **options)
    return file.getvalue()


SMALL: list[Item] = [
    (11, 0, "8.5.2 标识和可追溯性"),
    (11, 2, "需要时，企业应采用适当的方法识别输出，并保留所需的记录，保存期限由企业按照产品的风险自行规定。"),
    (11, 0, "8.5.3 顾客的财产"),
]
SMALL_READ = [("heading", 3, SMALL[0][2]), ("paragraph", 0, SMALL[1][2]), ("heading", 3, SMALL[2][2])]


def test_a_scanned_page_is_recognised_with_its_confidence_and_a_warning() -> None:
    document = read_bytes("扫描.pdf", pdf_of_images(scanned(drawn(SMALL), 1.5)))
    check_offsets(document)
    assert roles(document) == SMALL_READ
    assert document.pages == 1
    assert all(block.page == 1 and 0.8 < (block.confidence or 0) <= 1 for block in document.blocks)
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith("第 1 页是扫描图像，文字由识别得到（平均把握 9")


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "name", "media"), [("png", "PNG", "image/png"), ("webp", "WEBP", "image/webp")])
def test_an_image_is_a_page(suffix: str, name: str, media: str) -> None:
    document = read_bytes(f"照片.{suffix}", in_format(drawn(SMALL), name))
    assert roles(document) == SMALL_READ
    assert (document.media_type, document.pages) == (media, 1)


@pytest.mark.slow
def test_a_tiff_of_several_pages_keeps_them_apart() -> None:
    pages = [drawn([(11, 0, f"第{word}页上的文字。")]).convert("1") for word in "甲乙丙"]
    data = in_format(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    document = read_bytes("传真.tif", data)
    assert [(block.page, text) for block, text in zip(document.blocks, texts(document), strict=True)] == [
        (1, "第甲页上的文字。"),
        (2, "第乙页上的文字。"),
        (3, "第丙页上的文字。"),
    ]
    with pytest.raises(DocumentTooLarge, match=r"传真.tif：图片超过上限 2 页"):
        read_bytes("传真.tif", data, Limits(max_recognised_pages=2))


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_lies_on_its_side_or_its_head_is_turned(quarters: int) -> None:
    turned = drawn(SMALL).rotate(90 * quarters, expand=True)
    assert roles(read_bytes("a.png", in_format(turned, "PNG"))) == SMALL_READ


def test_an_image_without_text_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"白纸.png：是扫描件或图片，没有识别出文字"):
        read_bytes("白纸.png", in_format(Image.new("RGB", (400, 600), "white"), "PNG"))


@pytest.mark.slow
def test_text_on_a_transparent_ground_is_seen() -> None:
    page = drawn(SMALL[:1])
    clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
    clear.putalpha(page.point(lambda value: 255 - value))
    assert texts(read_bytes("a.png", in_format(clear, "PNG"))) == [SMALL[0][2]]


def test_an_image_with_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    data = in_format(Image.new("1", (9000, 9000)), "PNG")
    with pytest.raises(DocumentTooLarge, match=r"图.png：图片超过上限 10 百万像素"):
        read_bytes("图.png", data, Limits(max_image_pixels=10_000_000))


def test_a_cut_image_is_refused_or_read_but_never_an_unnamed_error() -> None:
    data = in_format(drawn(SMALL), "PNG")
    with pytest.raises(UnreadableDocument, match=r"图.png：图片已损坏"):
        read_bytes("图.png", data[: len(data) // 2])


@pytest.mark.slow
def test_only_the_pages_without_text_are_recognised() -> None:
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for data in (
        pdf_of_lines([(72, 700, "有文字的一页。")]),
        pdf_of_images(scanned(drawn(SMALL), -1)),
        pdf_of_lines([]),
    ):
        whole.import_pages(pypdfium2.PdfDocument(data))
    file = BytesIO()
    whole.save(file)
    document = read_bytes("混合.pdf", file.getvalue())
    assert texts(document) == ["有文字的一页。", *(text for _, _, text in SMALL)]
    assert document.blocks[0].confidence is None
    assert document.pages == 3
    assert [warning.partition("扫描")[0] for warning in document.warnings] == ["第 2 页是"]


@pytest.mark.slow
def test_a_scan_with_a_stamp_in_its_text_layer_is_recognised_all_the_same() -> None:
    document = read_bytes("扫描.pdf", pdf_of_images(scanned(drawn(SMALL), 1), stamp="downloaded"))
    assert SMALL[1][2] in texts(document)


def test_too_many_scanned_pages_are_refused_before_any_is_recognised() -> None:
    page = in_format(Image.new("L", (20, 20)), "PNG")
    with pytest.raises(DocumentTooLarge, match="有 3 页是扫描图像，超过上限 2 页"):
        read_bytes("a.pdf", pdf_of_images(page, page, page), Limits(max_recognised_pages=2))


@pytest.mark.slow
def test_two_columns_of_a_scan_are_read_one_after_the_other() -> None:
    page = Image.new("L", (1654, 2339), 255)
    canvas = ImageDraw.Draw(page)
    face = ImageFont.truetype(font_path(FONTS[0]), 30, index=2)
    for row in range(10):
        canvas.text((180, 300 + 55 * row), f"左栏第{row}行的文字内容正好写满了这一栏", fill=0, font=face)
        canvas.text((880, 300 + 55 * row), f"右栏第{row}行的文字内容正好写满了这一栏", fill=0, font=face)
    text = read_bytes("a.pdf", pdf_of_images(scanned(page, 1.2))).original
    assert text.index("左栏第9行") < text.index("右栏第0行")


CELLS = [["项目", "要求", "频次"], ["温度", "十八至二十六度", "每班两次"], ["照度", "不低于五百", "每月一次"]]


@pytest.mark.slow
@pytest.mark.parametrize("angle", [0.0, 1.5, -2.0])
def test_a_ruled_table_in_a_scan_is_a_table(angle: float) -> None:
    page = drawn([(11, 0, "6.3 作业环境"), (11, 0, "表 3 作业区环境")])
    canvas = ImageDraw.Draw(page)
    face = ImageFont.truetype(font_path(FONTS[0]), 30, index=2)
    for row, cells in enumerate(CELLS):
        for column, cell in enumerate(cells):
            x, y = 200 + 380 * column, 420 + 70 * row
            canvas.rectangle((x, y, x + 380, y + 70), outline=0, width=3)
            canvas.text((x + 20, y + 15), cell, fill=0, font=face)
    canvas.text((200, 700), "6.4 测量设备的校准", fill=0, font=face)
    document = read_bytes("a.pdf", pdf_of_images(scanned(page, angle)))
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in CELLS)
    assert [(kind, text) for kind, _, text in roles(document)] == [
        ("heading", "6.3 作业环境"),
        ("paragraph", "表 3 作业区环境"),
        ("table", table),
        ("heading", "6.4 测量设备的校准"),
    ]


TOPICS = ("总则", "职责和权限", "文件的控制", "记录的保存", "外部供方的评价", "检验和试验", "不合格品的处置", "内部审核", "纠正措施", "设备的维护")  # fmt: skip
SENTENCE = "企业应按照策划的安排实施本条的活动，规定负责的部门和完成的时限，并保留能证明结果的记录，记录应清楚、可查。"


def clauses() -> list[str]:
    numbered = [f"{a}.{b}" for a in range(4, 11) for b in range(1, 5)]
    deeper = [f"{a}.{b}.{c}" for a, b in ((8, 5), (9, 1), (10, 2), (7, 1)) for c in range(1, 9)]
    annexed = [f"{letter}.{number}" for letter in "ABC" for number in range(1, 5)]
    numbers = [*numbered, *deeper, *annexed]
    return [f"{number} {TOPICS[index % len(TOPICS)]}" for index, number in enumerate(numbers)]


@pytest.mark.slow
@pytest.mark.parametrize("font", FONTS)
def test_clause_numbers_and_titles_come_through_a_poor_scan(font: str) -> None:
    titles = clauses()
    images = []
    for number, first in enumerate(range(0, len(titles), 10)):
        items = [item for title in titles[first : first + 10] for item in ((10.5, 0, title), (10.5, 2, SENTENCE * 2))]
        page = drawn(items, head="Q/GZ 0001—2024", foot=f"— {number + 1} —", font=font)
        images.append(scanned(page, (1, -1.5, 2, -2, 1.3)[number % 5], seed=number))
    document = read_bytes("标准.pdf", pdf_of_images(*images))
    headings = [text for kind, _, text in roles(document) if kind == "heading"]
    found = sum(title in headings for title in titles)
    assert found >= 0.98 * len(titles), sorted(set(titles) - set(headings))
    assert len(headings) <= len(titles) * 1.02, sorted(set(headings) - set(titles))
    assert "Q/GZ" not in document.original
    assert document.original.count(SENTENCE * 2) >= 0.9 * len(titles)


_WATCHED = """
import sys
from pathlib import Path

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        sys.exit(f"network: {event} {arguments}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        sys.exit(f"written: {arguments}")

from knowledge.readers import DEFAULT_LIMITS
from knowledge.readers.images import read_image
sys.dont_write_bytecode = True
sys.addaudithook(watch)
print(len(read_image("a.png", Path(sys.argv[1]).read_bytes(), DEFAULT_LIMITS).original))
"""


@pytest.mark.slow
def test_recognition_asks_no_network_and_writes_nothing(tmp_path: Path) -> None:
    page, home = tmp_path / "a.png", tmp_path / "home"
    page.write_bytes(in_format(drawn(SMALL), "PNG"))
    home.mkdir()
    environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    script = [sys.executable, "-c", _WATCHED, str(page)]
    done = subprocess.run(script, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50
    assert done.stderr == ""
    assert list(home.rglob("*")) == []


@pytest.mark.parametrize(
    ("recognised", "meant"),
    [
        ("8.5.l 标识和可追溯性", "8.5.1 标识和可追溯性"),
        ("4.1O 附则", "4.10 附则"),
        ("l0.2 纠正措施", "10.2 纠正措施"),
        ("8.5.2标识和可追溯性", "8.5.2 标识和可追溯性"),
        ("８．５．２　标识", "8.5.2 标识"),
        ("8·5·2 标识", "8.5.2 标识"),
        ("8.5,2 标识", "8.5.2 标识"),
        ("8. 5. 2 标识", "8.5.2 标识"),
        ("A.l 抽样方案", "A.1 抽样方案"),
        ("6.3.总则", "6.3 总则"),
        ("8运行", "8 运行"),
        ("l 范围", "1 范围"),
        ("附录A（规范性）", "附录 A （规范性）"),
        ("表2检验项目", "表 2 检验项目"),
        ("第l2条 企业应当保存记录。", "第12条 企业应当保存记录。"),
        ("第二十—条 企业应当保存记录。", "第二十一条 企业应当保存记录。"),
    ],
)
def test_a_misread_clause_number_is_put_right(recognised: str, meant: str) -> None:
    assert with_clause_number(recognised) == meant


@pytest.mark.parametrize(
    "text",
    [
        "3.5毫米以下的划痕",
        "2.5 倍",
        "8,5 个",
        "12:30 开始",
        "0.5 级",
        "2023.07.20 发布",
        "U.S. 标准",
        "IOl 不是编号",
        "3年以内的记录",
        "8.5.2",
        "见 8.5.l 的要求",
        "表2中的项目应全部检验",
        "第十二条规定的期限",
        "lO 型接头",
        "",
    ],
)
def test_what_is_no_clause_number_is_left_as_it_is(text: str) -> None:
    assert with_clause_number(text) == text


def test_signs_beside_chinese_characters_are_full_width_and_others_stay() -> None:
    assert with_full_width_punctuation("条件包括:合适的设备;(见8.5.1)") == "条件包括：合适的设备；（见8.5.1）"
    assert with_full_width_punctuation("ratio 1:2, see (a) below") == "ratio 1:2, see (a) below"
    assert mended("8.5.l标识:记录") == "8.5.1 标识：记录"
