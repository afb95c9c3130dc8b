"""WordprocessingML for the Word reader's tests: paragraphs, list definitions, and the parts that hold them."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from reader_samples import check_offsets, docx_bytes, roles

from knowledge.readers import read_bytes

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
_RELATIONS = "word/_rels/document.xml.rels"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def part(tag: str, content: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{tag} {_NAMESPACES}>{content}</w:{tag}>'.encode()


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def listed(text: str, level: int = 0, list_id: int = 1) -> str:
    return p(text, f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{list_id}'/></w:numPr>")


def styled(text: str, style: str) -> str:
    return p(text, f"<w:pStyle w:val='{style}'/>")


def level(number: int, template: str, kind: str = "decimal", start: int | None = 1, more: str = "") -> str:
    """One `w:lvl`; `more` holds elements such as w:suff, w:isLgl, w:lvlRestart, w:pStyle."""
    began = "" if start is None else f"<w:start w:val='{start}'/>"
    return f"<w:lvl w:ilvl='{number}'>{began}<w:numFmt w:val='{kind}'/>{more}<w:lvlText w:val='{template}'/></w:lvl>"


def abstract(identifier: int, *levels: str) -> str:
    return f"<w:abstractNum w:abstractNumId='{identifier}'>{''.join(levels)}</w:abstractNum>"


def use(list_id: int, identifier: int, overrides: str = "") -> str:
    return f"<w:num w:numId='{list_id}'><w:abstractNumId w:val='{identifier}'/>{overrides}</w:num>"


def start_over(number: int, start: int) -> str:
    return f"<w:lvlOverride w:ilvl='{number}'><w:startOverride w:val='{start}'/></w:lvlOverride>"


def clauses(identifier: int = 1) -> str:
    """A list numbered 1, 1.1, 1.1.1, 1.1.1.1."""
    return abstract(identifier, *(level(n, ".".join(f"%{m + 1}" for m in range(n + 1))) for n in range(4)))


def word_bytes(
    body: str, numbering: str = "", *, styles: str | None = None, footnotes: str | None = None, endnotes: str = ""
) -> bytes:
    """A Word document of these elements; the styles are python-docx's own unless given."""
    parts = {"word/document.xml": part("document", f"<w:body>{body}</w:body>")}
    parts["word/numbering.xml"] = part("numbering", numbering)
    if styles is not None:
        parts["word/styles.xml"] = part("styles", styles)
    if footnotes is not None:
        parts["word/footnotes.xml"] = part("footnotes", footnotes)
    if endnotes:
        parts["word/endnotes.xml"] = part("endnotes", endnotes)
    return word_of_parts(parts)


def word_of_parts(parts: dict[str, bytes]) -> bytes:
    """An empty Word document with these parts replaced or added; notes are made known to it."""
    kinds = [kind for kind in ("footnotes", "endnotes") if f"word/{kind}.xml" in parts]
    file = BytesIO()
    with ZipFile(BytesIO(docx_bytes(Document()))) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = parts.get(name, source.read(name))
            target.writestr(name, _with_notes(name, content, kinds))
        for name in parts.keys() - set(source.namelist()):
            target.writestr(name, parts[name])
    return file.getvalue()


def _with_notes(name: str, content: bytes, kinds: list[str]) -> bytes:
    for kind in kinds:
        if name == _RELATIONS:
            known = f'<Relationship Id="r{kind}" Type="{_OFFICE}/{kind}" Target="{kind}.xml"/></Relationships>'
            content = content.replace(b"</Relationships>", known.encode())
        elif name == "[Content_Types].xml":
            of_kind = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
            known = f'<Override PartName="/word/{kind}.xml" ContentType="{of_kind}"/></Types>'
            content = content.replace(b"</Types>", known.encode())
    return content


def word_roles(data: bytes) -> list[tuple[str, int, str]]:
    """(kind, level, text) of every block of the document, whose offsets have been checked."""
    document = read_bytes("a.docx", data)
    check_offsets(document)
    return roles(document)


def word_texts(data: bytes) -> list[str]:
    return [text for _, _, text in word_roles(data)]
