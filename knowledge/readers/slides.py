"""Presentations: slide after slide, its title, its text from top to bottom, its tables, its notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, UnreadableDocument
from knowledge.readers.assembly import Piece, assemble
from knowledge.readers.limits import Limits
from knowledge.readers.office_package import POWERPOINT, has_macros, safe_package
from knowledge.readers.slide_shapes import Shape, shapes_of, title_of
from knowledge.readers.slide_text import paragraphs_of

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_DECK_LEVEL, _SLIDE_LEVEL = 1, 2
_LEADING_LAYOUTS = ("title", "secHead")  # layouts whose title stands above the slides that follow
_NO_TITLES = ("PowerPoint Presentation", "PowerPoint 演示文稿", "幻灯片 1", "演示文稿1")
_MACROS = "文件含有宏，宏没有运行，也没有导入。"


@dataclass(slots=True)
class _Findings:
    """Numbers of the slides that an operator should look at."""

    hidden: list[int]
    pictures_only: list[int]
    charts: list[int]

    def sentences(self) -> Iterator[str]:
        if self.hidden:
            yield f"幻灯片 {_listed(self.hidden)} 是隐藏的，已一并读取；不需要的请删除后再导入。"
        if self.pictures_only:
            yield f"幻灯片 {_listed(self.pictures_only)} 只有图片，没有可读的文字。"
        if self.charts:
            yield f"幻灯片 {_listed(self.charts)} 的图表里没有保存数值，没有读取。"


def read_slides(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Titles as headings, text boxes and SmartArt as paragraphs and list items, tables and charts as tables, and notes.

    Dates, footers and slide numbers are left out. `page` is the slide's number, hidden slides counted and read
    like the others (with a warning): they are in the file because somebody wanted to keep them. The title is
    the first slide's, else the title property. Raises what `safe_package` raises, and UnreadableDocument.
    """
    package = safe_package(name, data, limits, POWERPOINT)
    warnings = [_MACROS] if has_macros(package) else []
    slides, title = _opened(name, package)
    if len(slides) > limits.max_pages:
        raise DocumentTooLarge(f"{name}：幻灯片超过上限 {limits.max_pages} 张。请拆分后再导入。")
    findings = _Findings([], [], [])
    try:
        pieces = [piece for number, slide in enumerate(slides, 1) for piece in _pieces(number, slide, findings)]
    except Exception as error:  # python-pptx trusts the package and raises whatever its defects lead to
        raise _damaged(name) from error
    first = next((piece.text for piece in pieces if piece.kind == "heading" and piece.page == 1), None)
    document = assemble(name, pieces, media_type=_MEDIA_TYPE, title=first or title, limits=limits)
    return replace(document, pages=len(slides), warnings=(*warnings, *findings.sentences()))


def _opened(name: str, package: BytesIO) -> tuple[list[Any], str | None]:
    """The slides in their order, and the title property."""
    from pptx import Presentation  # here: reading a text file need not pay for it

    try:
        presentation = Presentation(package)
        title = presentation.core_properties.title
        return list(presentation.slides), None if title in _NO_TITLES else title
    except Exception as error:  # as above
        raise _damaged(name) from error


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name}：PowerPoint 演示文稿结构不完整，无法读取。{POWERPOINT.advice}")


def _pieces(number: int, slide: Any, findings: _Findings) -> Iterator[Piece]:
    place = f"幻灯片 {number}"
    shapes = shapes_of(slide)
    title = title_of(shapes, slide)
    body = [piece for shape in shapes if shape is not title for piece in shape.pieces()]
    notes = _notes(slide)
    _note_findings(number, slide, shapes, bool(title or body), findings)
    if title is not None or body or notes:
        heading = title.text if title is not None else place  # or its text would belong to the slide before
        yield Piece(heading, "heading", _level(slide, title), number, place)
    for piece in body:
        yield replace(piece, page=number, place=place)
    if notes:
        yield Piece(f"备注：{notes}", "note", page=number, place=f"{place} 备注")


def _level(slide: Any, title: Shape | None) -> int:
    leads = title is not None and slide.slide_layout._element.get("type") in _LEADING_LAYOUTS
    return _DECK_LEVEL if leads else _SLIDE_LEVEL


def _notes(slide: Any) -> str:
    if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return ""
    body = slide.notes_slide.notes_text_frame._txBody
    return "\n".join(paragraph.text for paragraph in paragraphs_of(body) if paragraph.text)


def _note_findings(number: int, slide: Any, shapes: list[Shape], has_text: bool, findings: _Findings) -> None:
    if slide._element.get("show") in ("0", "false"):
        findings.hidden.append(number)
    if not has_text and any(shape.is_picture for shape in shapes):
        findings.pictures_only.append(number)
    if any(shape.is_unread_chart for shape in shapes):
        findings.charts.append(number)


def _listed(numbers: list[int]) -> str:
    return "、".join(map(str, numbers))
