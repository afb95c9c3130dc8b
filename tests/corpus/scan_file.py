"""A PDF as an office copier returns it: images only, askew, grainy, compressed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

DPI = 200
_QUALITY = 60  # of the JPEG
_NOISE = 12.0  # standard deviation, of 255
_PAPER = 244  # grey of the sheet


def scanned(pdf: bytes, seed: int = 2025) -> bytes:
    """The same pages: 200 dpi, each turned by 1° to 2° (one way and the other), with noise, JPEG at quality 60."""
    file = BytesIO()
    canvas = Canvas(file)
    for width, height, picture in _pictures(pdf, seed):
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(BytesIO(picture)), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _pictures(pdf: bytes, seed: int) -> Iterator[tuple[float, float, bytes]]:
    chance, grain = random.Random(seed), np.random.default_rng(seed)
    document = pypdfium2.PdfDocument(pdf)
    for number in range(len(document)):
        page = document[number]
        image = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
        angle = chance.uniform(1.0, 2.0) * (-1 if number % 2 else 1)
        turned = image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
        sheet = np.asarray(turned, dtype=np.float32) * (_PAPER / 255)
        noisy = np.clip(sheet + grain.normal(0.0, _NOISE, sheet.shape), 0, 255).astype(np.uint8)
        encoded = BytesIO()
        Image.fromarray(noisy).save(encoded, "JPEG", quality=_QUALITY)
        yield *page.get_size(), encoded.getvalue()
    document.close()
