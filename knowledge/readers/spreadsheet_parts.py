"""An XLSX package → its sheets.

The parts are read as streams by our own small handlers: nothing is calculated, no link is followed, a sheet
never stands in memory as a tree, and what openpyxl's streaming reader does not tell (merged ranges, hidden
rows, formulas without a result) is at hand. Tags go by their local names, so strict and transitional files
read alike. `safe_package` has refused DTDs before a byte of this is parsed.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.parsers.expat import ExpatError
from zipfile import ZipFile

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.styles.numbers import BUILTIN_FORMATS  # type: ignore[import-untyped]

from knowledge.errors import UnreadableDocument
from knowledge.readers.limits import Limits
from knowledge.readers.spreadsheet_grid import Budget, Sheet
from knowledge.readers.spreadsheet_markup import SheetHandler, StringsHandler, Styles, flag_of, number_of, parse

_COMMENTS = re.compile(r"xl/(?:threaded)?comments.*\.xml", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Workbook:
    title: str | None
    sheets: tuple[Sheet, ...]
    warnings: tuple[str, ...]


def read_package(name: str, package: BytesIO, limits: Limits) -> Workbook:
    """The worksheets in their order, hidden ones too, and the title property. Raises UnreadableDocument."""
    try:
        with ZipFile(package) as parts:
            return _Package(name, parts, limits).workbook()
    except (LookupError, ValueError, OverflowError, ExpatError, etree.LxmlError) as error:
        raise UnreadableDocument(
            f"{name}：Excel 工作簿结构不完整，无法读取。请用 Excel 打开并另存后再导入。"
        ) from error


class _Package:
    def __init__(self, name: str, parts: ZipFile, limits: Limits) -> None:
        self._name, self._parts, self._limits = name, parts, limits
        self._budget = Budget(name, limits)

    def workbook(self) -> Workbook:
        path = self._target("", "officeDocument")
        if path is None or not path.lower().endswith(".xml"):
            raise UnreadableDocument(
                f"{self._name}：不是 .xlsx 工作簿（可能是 .xlsb）。请用 Excel 另存为 .xlsx 后再导入。"
            )
        book = self._tree(path)
        links = self._links(path)
        strings = self._strings(self._target(path, "sharedStrings"))
        styles = self._styles(self._target(path, "styles"))
        from_1904 = any(flag_of(found.get("date1904")) for found in book.iter("{*}workbookPr"))
        commented = any(map(_COMMENTS.fullmatch, self._parts.namelist()))
        warnings = ["单元格的批注没有读取，只读取了单元格里的文字。"] if commented else []
        sheets = []
        for sheet in book.iter("{*}sheet"):
            title = sheet.get("name") or "未命名"
            kind, target = links.get(_relation_id(sheet) or "", ("", ""))
            if kind != "worksheet" or target not in self._parts.NameToInfo:
                warnings.append(f"工作表“{title}”不是数据表（图表或宏表），没有读取。")
                continue
            if sheet.get("state", "visible") != "visible":
                warnings.append(f"工作表“{title}”是隐藏的，已一并读取。")
            handler = SheetHandler(title, strings, styles, from_1904, self._budget)
            parse(self._parts.read(target), handler.start, handler.end, handler.data)
            sheets.append(handler.sheet())
        return Workbook(self._title(), tuple(sheets), tuple(warnings))

    def _tree(self, path: str) -> Any:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.fromstring(self._parts.read(path), parser)

    def _links(self, path: str) -> dict[str, tuple[str, str]]:
        """Relation id → (kind, path of the part); links that lead outside are left out."""
        folder, file = posixpath.split(path)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations not in self._parts.NameToInfo:
            return {}
        found = {}
        for link in self._tree(relations).iter("{*}Relationship"):
            if link.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/")
                found[link.get("Id", "")] = (link.get("Type", "").rpartition("/")[2], target)
        return found

    def _target(self, path: str, kind: str) -> str | None:
        return next((target for linked, target in self._links(path).values() if linked == kind), None)

    def _title(self) -> str | None:
        path = self._target("", "core-properties")
        if path is None or path not in self._parts.NameToInfo:
            return None
        found = next(self._tree(path).iter("{*}title"), None)
        return None if found is None else found.text

    def _strings(self, path: str | None) -> list[str]:
        if path is None or path not in self._parts.NameToInfo:
            return []
        handler = StringsHandler(self._name, self._limits)
        parse(self._parts.read(path), handler.start, handler.end, handler.data)
        return handler.strings

    def _styles(self, path: str | None) -> Styles:
        if path is None or path not in self._parts.NameToInfo:
            return Styles()
        tree = self._tree(path)
        codes = dict(BUILTIN_FORMATS)
        codes.update({number_of(f.get("numFmtId")): f.get("formatCode", "") for f in tree.iter("{*}numFmt")})
        fonts = [
            any(flag_of(b.get("val", "1")) for b in font.iter("{*}b")) for font in tree.iterfind("{*}fonts/{*}font")
        ]
        styles = tree.findall("{*}cellXfs/{*}xf")
        bold = (number_of(style.get("fontId")) for style in styles)
        return Styles(
            tuple(codes.get(number_of(style.get("numFmtId")), "") for style in styles),
            tuple(0 <= font < len(fonts) and fonts[font] for font in bold),
        )


def _relation_id(sheet: Any) -> str | None:
    return next((value for key, value in sheet.attrib.items() if etree.QName(key).localname == "id"), None)
