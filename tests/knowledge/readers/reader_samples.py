"""Real files, small ones, made for the reader tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from knowledge.documents import ReadDocument

FONT = "STSong-Light"  # one of the fonts every PDF reader supplies: no font file is needed
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
BODY = ParagraphStyle("body", fontName=FONT, fontSize=11, leading=17, wordWrap="CJK", firstLineIndent=22)
HEADING = ParagraphStyle("heading", parent=BODY, firstLineIndent=0)
TITLE = ParagraphStyle("title", parent=HEADING, fontSize=18, leading=26, alignment=1)

SIMPLIFIED = "组织应采用适当的方法识别输出，以确保产品和服务合格。\n第八条 企业应当保存记录，期限不少于三年。\n"
TRADITIONAL = "組織應採用適當的方法識別輸出，以確保產品和服務合格。\n第八條 企業應當保存記錄，期限不少於三年。\n"


def texts(document: ReadDocument) -> list[str]:
    return [document.original[block.start : block.end] for block in document.blocks]


def roles(document: ReadDocument) -> list[tuple[str, int, str]]:
    """(kind, level, text) of every block."""
    return [(block.kind, block.level, document.original[block.start : block.end]) for block in document.blocks]


def check_offsets(document: ReadDocument) -> None:
    """What every reader promises of its blocks: in order, apart, inside the text, none blank."""
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(document.original)
        assert document.original[block.start : block.end].strip() == document.original[block.start : block.end]
        end = block.end
    document.original.encode()  # storable: no lone surrogates


def pdf_of_lines(*pages: Sequence[tuple[float, float, str]], encrypt: str | None = None, size: int = 12) -> bytes:
    """A PDF with each page's texts drawn at (x, y) in the order given."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, encrypt=StandardEncryption(encrypt, canPrint=0) if encrypt else None)
    for page in pages:
        canvas.setFont(FONT, size)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def pdf_of_paragraphs(
    paragraphs: Sequence[tuple[ParagraphStyle, str]], decorate: Callable[[Canvas, int], None] | None = None
) -> bytes:
    """A typeset PDF; `decorate(canvas, page number)` draws heads and feet."""
    file = BytesIO()

    def draw(canvas: Canvas, template: SimpleDocTemplate) -> None:
        if decorate:
            decorate(canvas, template.page)

    story = [Paragraph(text, style) for style, text in paragraphs]
    SimpleDocTemplate(file, pagesize=A4).build(story, onFirstPage=draw, onLaterPages=draw)
    return file.getvalue()


def pdf_of_objects(*objects: bytes) -> bytes:
    """A PDF of raw objects, numbered from 1; the first is the catalog."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(body))
    )


def docx_bytes(document: object | None = None) -> bytes:
    file = BytesIO()
    (document or Document()).save(file)  # type: ignore[attr-defined]
    return file.getvalue()


def docx_with_body(body: str) -> bytes:
    """A Word document whose body is this WordprocessingML."""
    namespaces = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    xml = f'<?xml version="1.0" encoding="UTF-8"?><w:document {namespaces}><w:body>{body}</w:body></w:document>'
    return docx_with_parts({"word/document.xml": xml.encode()})


def docx_with_parts(parts: dict[str, bytes]) -> bytes:
    """An otherwise empty Word document with these parts put in or replaced."""
    file = BytesIO()
    with ZipFile(BytesIO(docx_bytes())) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.get(name, source.read(name)))
        for name in parts.keys() - set(source.namelist()):
            target.writestr(name, parts[name])
    return file.getvalue()
