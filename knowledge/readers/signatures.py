"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

from knowledge.errors import UnreadableDocument

PDF = b"%PDF-"
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .doc, and of an Office file with a password

_NAMES = (
    (PDF, "PDF"),
    (ZIP, "ZIP 压缩包或新版 Office 文档"),
    (OLE, "旧版或加密的 Office 文档"),
    (b"{\\rtf", "RTF 文档"),
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
)


def recognise(data: bytes) -> str | None:
    """The Chinese name of the format that `data` begins like, or None."""
    return next((title for signature, title in _NAMES if data.startswith(signature)), None)


def refuse_other_formats(name: str, data: bytes) -> None:
    """Raise UnreadableDocument if a file named as text begins like a known binary format."""
    found = recognise(data)
    if found is not None:
        raise UnreadableDocument(f"{name}：内容是{found}，与后缀不符。请改成正确的后缀再导入。")
