"""Images of pages: photographs, scans, a TIFF of several pages. Their text is recognised."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import BytesIO
from math import sqrt

import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, UnreadableDocument
from knowledge.readers.limits import Limits
from knowledge.readers.pdf_document import MOST_PIXELS, document_of_pages
from knowledge.readers.pdf_layout import Page
from knowledge.readers.recognition import Pixels, recognised_page

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_A4 = (595.0, 842.0)  # points; what an image shows is taken for a page about this large


def read_image(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """The text in the image, page by page, with how sure it is.

    Raises UnreadableDocument for what is no image or shows no text, DocumentTooLarge for too many pixels or pages.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow's, on damage it can live with
            image = Image.open(BytesIO(data), formats=_FORMATS)
            media_type = Image.MIME.get(image.format or "", "image/*")
            pages = list(_pages(name, image, limits))
    except UnidentifiedImageError as error:
        raise UnreadableDocument(f"{name}：内容不是能识别的图片。请确认文件没有改错后缀。") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name, limits) from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, TypeError, KeyError, IndexError) as error:
        raise UnreadableDocument(f"{name}：图片已损坏，无法打开。请重新扫描或另存后再导入。") from error
    return document_of_pages(name, pages, media_type=media_type, title=None, limits=limits)


def _pages(name: str, image: Image.Image, limits: Limits) -> Iterator[Page]:
    for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
        if number > limits.max_recognised_pages:
            raise DocumentTooLarge(f"{name}：图片超过上限 {limits.max_recognised_pages} 页。请拆分后再导入。")
        if frame.width * frame.height > limits.max_image_pixels:
            raise _too_large(name, limits)
        across = _A4[0] if frame.width <= frame.height else _A4[1]
        yield recognised_page(_pixels(frame), number, across, limits)


def _too_large(name: str, limits: Limits) -> DocumentTooLarge:
    millions = limits.max_image_pixels // 1_000_000
    return DocumentTooLarge(f"{name}：图片超过上限 {millions} 百万像素。请降低分辨率后再导入。")


def _pixels(frame: Image.Image) -> Pixels:
    """The frame on white, the right way up, no larger than is of use."""
    if frame.mode.startswith("I;16"):
        frame = Image.fromarray((np.asarray(frame) >> 8).astype(np.uint8))
    frame = ImageOps.exif_transpose(frame)
    if frame.has_transparency_data:
        white = Image.new("RGBA", frame.size, "white")
        white.alpha_composite(frame.convert("RGBA"))
        frame = white
    excess = sqrt(frame.width * frame.height / MOST_PIXELS)
    frame = frame.convert("RGB")
    if excess > 1:
        frame = frame.resize((max(1, int(frame.width / excess)), max(1, int(frame.height / excess))))
    return np.ascontiguousarray(np.asarray(frame)[:, :, ::-1])
