"""The shapes of a slide in reading order: from top to bottom, side by side from left to right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from knowledge.readers.assembly import Piece, table_text
from knowledge.readers.slide_charts import chart_rows, chart_title
from knowledge.readers.slide_text import A, Paragraph, paragraphs_of, table_rows

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_FURNITURE = ("dt", "ftr", "sldNum", "hdr", "sldImg")
_TITLES = ("title", "ctrTitle")
_BODIES = ("body", "obj")  # placeholders whose paragraphs are list items unless the layout says otherwise
_DEEPEST_GROUP = 20
_SAME_LINE = 0.3  # of a shape's height: one that begins within it stands beside, not below
_NEAR = 250_000  # EMU, 0.7 cm: and no further down than this
_LONGEST_TITLE = 40  # characters of a text box taken for a title
_TOP = 0.25  # of the slide's height

Position = tuple[int, int, int]  # top, left, height in EMU


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape or group. `placeholder` is its type (obj where none is named), None outside placeholders."""

    element: Any
    position: Position
    placeholder: str | None
    slide: Any
    default_bullet: bool = False
    children: tuple[Shape, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(" ".join(p.text.split()) for p in self.paragraphs())

    @property
    def is_picture(self) -> bool:
        return self.element.tag == f"{_P}pic" or any(child.is_picture for child in self.children)

    @property
    def is_unread_chart(self) -> bool:
        """A chart that keeps none of its values, or is of a kind that we do not know."""
        return (self._is_chart and not chart_rows(self._chart())) or any(c.is_unread_chart for c in self.children)

    @property
    def _is_chart(self) -> bool:
        data = self.element.find(f"{A}graphic/{A}graphicData")
        return data is not None and data.get("uri", "").endswith(("/chart", "/chartex"))

    def _chart(self) -> bytes:
        found = self.element.find(f"{A}graphic/{A}graphicData/{_CHART}chart")
        return b"<a/>" if found is None else self._related(found.get(f"{_R}id"))

    def _related(self, relation: str) -> bytes:
        markup: bytes = self.slide.part.related_part(relation).blob
        return markup

    def paragraphs(self) -> list[Paragraph]:
        body = self.element.find(f"{_P}txBody")
        return [] if body is None else [paragraph for paragraph in paragraphs_of(body) if paragraph.text]

    def pieces(self) -> Iterator[Piece]:
        for child in self.children:
            yield from child.pieces()
        if self.element.tag == f"{_P}graphicFrame":
            yield from self._framed()
        for paragraph in self.paragraphs():
            listed = self.default_bullet if paragraph.bullet is None else paragraph.bullet
            yield Piece(paragraph.text, "list_item" if listed else "paragraph")

    def _framed(self) -> Iterator[Piece]:
        """A table, the values of a chart, or the texts of a SmartArt diagram."""
        table = self.element.find(f"{A}graphic/{A}graphicData/{A}tbl")
        if table is not None:
            yield Piece(table_text(table_rows(table)), "table")
        if self._is_chart:
            yield Piece(chart_title(self._chart()))
            yield Piece(table_text(chart_rows(self._chart())), "table")
        diagram = self.element.find(f"{A}graphic/{A}graphicData/{_DIAGRAM}relIds")
        if diagram is None:
            return
        markup = self._related(diagram.get(f"{_R}dm"))
        points = etree.fromstring(markup, etree.XMLParser(resolve_entities=False, no_network=True))
        for body in points.iterfind(f".//{_DIAGRAM}pt/{_DIAGRAM}t"):
            for paragraph in paragraphs_of(body):
                yield Piece(paragraph.text, "list_item")


def shapes_of(slide: Any) -> list[Shape]:
    """The slide's own shapes in reading order; dates, footers and slide numbers are left out."""
    layout = {shape.placeholder_format.idx: shape for shape in slide.slide_layout.placeholders}
    return _ordered(_shape(element, slide, layout, 0) for element in _children(slide.shapes._spTree))


def title_of(shapes: list[Shape], slide: Any) -> Shape | None:
    """The title placeholder, else a short line at the very top with more text below it."""
    for shape in shapes:
        if shape.placeholder in _TITLES and shape.text:
            return shape
    spoken = [shape for shape in shapes if any(piece.text for piece in shape.pieces())]
    if len(spoken) < 2 or spoken[0].children or spoken[0].element.tag != f"{_P}sp":
        return None
    first = spoken[0]
    height = slide.part.package.presentation_part.presentation.slide_height or 0
    short = len(first.paragraphs()) == 1 and len(first.text) <= _LONGEST_TITLE and not first.text.endswith("。")
    return first if short and first.position[0] < height * _TOP else None


def _children(tree: Any) -> Iterator[Any]:
    """Shape elements; of alternatives the one for programs that know most, where it holds any."""
    for child in tree.iterchildren():
        if child.tag == f"{_MC}AlternateContent":
            choices = [choice for choice in child.iterchildren() if len(choice)]
            yield from _children(choices[0]) if choices else ()
        elif child.tag in (f"{_P}sp", f"{_P}grpSp", f"{_P}graphicFrame", f"{_P}pic"):
            yield child


def _shape(element: Any, slide: Any, layout: dict[int, Any], depth: int) -> Shape:
    placeholder = element.find(f"./*/{_P}nvPr/{_P}ph")
    kind = None if placeholder is None else placeholder.get("type", "obj")
    index = placeholder.get("idx", "0") if placeholder is not None else ""
    model = layout.get(int(index)) if index.isdigit() else None
    children: tuple[Shape, ...] = ()
    if element.tag == f"{_P}grpSp" and depth < _DEEPEST_GROUP:
        children = tuple(_ordered(_shape(child, slide, layout, depth + 1) for child in _children(element)))
    bullets = kind in _BODIES and not _has_no_bullets(model)
    return Shape(element, _position(element, model), kind, slide, bullets, children)


def _has_no_bullets(model: Any) -> bool:
    return model is not None and model._element.find(f"{_P}txBody/{A}lstStyle/{A}lvl1pPr/{A}buNone") is not None


def _position(element: Any, model: Any) -> Position:
    """Its own, or its layout's placeholder's; the top left corner for want of both."""
    frame = next((found for path in _FRAMES if (found := element.find(path)) is not None), None)
    if frame is not None and frame.find(f"{A}off") is not None and frame.find(f"{A}ext") is not None:
        corner, extent = frame.find(f"{A}off"), frame.find(f"{A}ext")
        return _emu(corner.get("y")), _emu(corner.get("x")), _emu(extent.get("cy"))
    if model is not None:
        return model.top or 0, model.left or 0, model.height or 0
    return 0, 0, 0


_FRAMES = (f"{_P}spPr/{A}xfrm", f"{_P}grpSpPr/{A}xfrm", f"{_P}xfrm")


def _emu(value: str | None) -> int:
    return int(float(value)) if value and len(value) < 20 else 0


def _ordered(shapes: Iterator[Shape]) -> list[Shape]:
    """Line by line: a shape belongs to a line if it begins hardly lower than the line's first."""
    waiting = sorted(
        (shape for shape in shapes if shape.placeholder not in _FURNITURE), key=lambda shape: shape.position[:2]
    )
    ordered: list[Shape] = []
    while waiting:
        top, _, height = waiting[0].position
        reach = top + min(height * _SAME_LINE, _NEAR)
        line = [shape for shape in waiting if shape.position[0] <= reach]
        ordered += sorted(line, key=lambda shape: shape.position[1])
        waiting = waiting[len(line) :]
    return ordered
