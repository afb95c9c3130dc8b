"""Text in images: RapidOCR (PP-OCR models on ONNX Runtime, all of it in the wheel) → pages of lines.

Nothing is fetched and nothing written: the models are loaded here, so the package does not look for any. A
page that lies askew is turned straight by its lines' own slope before they are put in order.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.readers.joining import is_wide
from knowledge.readers.limits import Limits
from knowledge.readers.pdf_layout import Line, Page, mean_confidence
from knowledge.readers.pdf_order import in_reading_order
from knowledge.readers.recognised_tables import with_tables
from knowledge.readers.recognised_text import mended
from knowledge.readers.worker_host import HOST

Pixels = NDArray[np.uint8]
"""Height by width by 3, blue first."""

_DETECTION_SIDE = 1280  # pixels of the longer side at which lines are looked for; they are read at full size
_MOST_THREADS = 2
_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
_SETTINGS = {
    "Global.log_level": "critical",
    "Global.use_cls": False,
    "Global.max_side_len": 10_000,  # never shrink what is read
    "Det.limit_type": "max",
    "Det.limit_side_len": _DETECTION_SIDE,
    "Det.thresh": 0.2,  # lower than usual: a line alone on a clean page is else missed
    "Det.box_thresh": 0.3,
}
_LEVEL = 0.0005  # radians; a smaller slope is measuring error
_STEEPEST = 0.2  # radians; more is no page laid askew
_LONG = 5.0  # times its height: a line so long has a slope that can be trusted
_FEW = 3  # lines
_DARK = 128  # of 255
_SPECKS = 2  # dark pixels in a row of them that are no text
_MARGIN = 120  # pixels
_POOR = 0.75  # mean confidence under which the page may be upside down
_LARGER, _SMALLER = 1.16, 0.8  # of the usual font size
_DOUBTFUL = 0.8  # confidence under which a line is shown to the operator
_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Box:
    """A line as found: corners from the top left clockwise, pixels, y downwards."""

    text: str
    confidence: float
    corners: NDArray[np.float64]

    @property
    def width(self) -> float:
        return float(np.hypot(*(self.corners[1] - self.corners[0])))

    @property
    def height(self) -> float:
        return float(np.hypot(*(self.corners[3] - self.corners[0])))


def recognised_page(image: Pixels, number: int, width: float, limits: Limits) -> Page:
    """The lines in the image of page `number`, which is `width` points wide."""
    host = HOST.get()
    if host is not None:
        host.allow(limits.max_page_seconds, limits.max_recognition_memory_bytes)
    boxes, upright = _upright(image)
    high, wide = upright.shape[:2]
    points, slope = width / image.shape[1], _slope(boxes)
    lines = _lines(_straight(boxes, slope, (wide / 2, high / 2)), points)
    read = with_tables(lines, upright, slope, points) if lines else lines
    return replace(in_reading_order(read, number, wide * points), recognised=True)


def _upright(image: Pixels) -> tuple[list[_Box], Pixels]:
    """What is written in the image, and the image turned by a quarter or a half if need be."""
    best = _boxes(image)
    upright, turned = image, image
    tall = sum(box.height > 1.5 * box.width for box in best) * 2 > len(best)
    poor = _trust(best) < _POOR
    for quarters in (1, 3) if best and tall else (2,) if best and poor else ():
        turned = np.ascontiguousarray(np.rot90(image, quarters))
        other = _boxes(turned)
        if _worth(other, tall) > _worth(best, tall):
            best, upright = other, turned
    return best, upright


def _trust(boxes: Sequence[_Box]) -> float:
    characters = sum(len(box.text) for box in boxes)
    return sum(box.confidence * len(box.text) for box in boxes) / characters if characters else 0.0


def _worth(boxes: Sequence[_Box], only_flat: bool) -> float:
    """Characters read, by how surely; of standing boxes none where lying ones are looked for."""
    return sum(box.confidence**4 * len(box.text) for box in boxes if not only_flat or box.height <= max(box.width, 1.0))


def _boxes(image: Pixels) -> list[_Box]:
    """The lines in the image. One or two alone on a clean page are easily missed: there a closer look is taken."""
    found = _found(image)
    if len(found) >= _FEW:
        return found
    top, left, bottom, right = _inked(image)
    if bottom <= top or right <= left:
        return found
    closer = _found(np.ascontiguousarray(image[top:bottom, left:right]))
    if sum(len(box.text) for box in closer) <= sum(len(box.text) for box in found):
        return found
    return [replace(box, corners=box.corners + np.array((left, top))) for box in closer]


def _inked(image: Pixels) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of what is dark, with a margin; specks do not count. Zeros if nothing is."""
    dark = image.min(axis=2) < _DARK
    rows = np.flatnonzero(dark.sum(axis=1) > _SPECKS)
    columns = np.flatnonzero(dark.sum(axis=0) > _SPECKS)
    if not rows.size or not columns.size:
        return 0, 0, 0, 0
    top, left = max(0, int(rows[0]) - _MARGIN), max(0, int(columns[0]) - _MARGIN)
    return top, left, int(rows[-1]) + _MARGIN, int(columns[-1]) + _MARGIN


def _found(image: Pixels) -> list[_Box]:
    found = _engine()(image)
    if found.txts is None or found.boxes is None:
        return []
    lines = zip(found.txts, found.scores, found.boxes, strict=True)
    return [_Box(text, float(score), np.asarray(corners, float)) for text, score, corners in lines if text.strip()]


@cache
def _engine() -> Any:
    """RapidOCR with sessions of our own making: its own let threads spin, which takes the processor from others."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime reads it when it is first imported
    import onnxruntime
    import rapidocr
    from omegaconf import flag_override

    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    engine = rapidocr.RapidOCR(params=_SETTINGS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(_MOST_THREADS, os.cpu_count() or 1)
    options.enable_cpu_mem_arena = False  # it would keep what the largest page took
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    for part, model in _MODELS.items():
        path = Path(rapidocr.__file__).parent / "models" / model
        with flag_override(engine.cfg[part], "allow_objects", True):
            engine.cfg[part].session = onnxruntime.InferenceSession(path, options)
    return engine


def _straight(boxes: Sequence[_Box], slope: float, centre: tuple[float, float]) -> list[_Box]:
    """The boxes turned about the page's centre until its lines are level."""
    cosine, sine = math.cos(slope), math.sin(slope)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return [replace(box, corners=(box.corners - centre) @ turn + centre) for box in boxes]


def _slope(boxes: Sequence[_Box]) -> float:
    """Radians by which the page's lines fall to the right: the median of the long ones, by their length.

    0 where that is within measuring error, or more than a page laid askew has.
    """
    slopes = sorted((_fall(box), box.width) for box in boxes if box.width > _LONG * box.height)
    half = sum(width for _, width in slopes) / 2
    for slope, width in slopes:
        half -= width
        if half <= 0:
            return slope if _LEVEL < abs(slope) < _STEEPEST else 0.0
    return 0.0


def _fall(box: _Box) -> float:
    across = box.corners[1] - box.corners[0] + box.corners[2] - box.corners[3]
    return math.atan2(across[1], across[0])


def _lines(boxes: Sequence[_Box], points: float) -> list[Line]:
    """The boxes as lines whose heights tell the font size: the usual one unless clearly another.

    A box is as high as its own characters happen to be, so the width of a 汉字 is asked as well.
    """
    if not boxes:
        return []
    height = median(box.height for box in boxes)
    em = _usual_em(boxes)
    return [_line(box, points, height * _ratio(box, height, em)) for box in boxes]


def _usual_em(boxes: Sequence[_Box]) -> float:
    """The width of a 汉字 in most of the text, pixels."""
    widths = sorted((_em(box), len(box.text)) for box in boxes)
    half = sum(length for _, length in widths) / 2
    for width, length in widths:
        half -= length
        if half <= 0:
            return width
    return 0.0


def _em(box: _Box) -> float:
    return box.width / sum(1.0 if is_wide(character) else 0.5 for character in box.text)


def _ratio(box: _Box, height: float, em: float) -> float:
    """The line's font size to the usual one; 1 unless its height and its characters' width both differ."""
    ratios = box.height / height, _em(box) / em
    if min(ratios) > _LARGER or max(ratios) < _SMALLER:
        return ratios[1]
    return 1.0


def _line(box: _Box, points: float, height: float) -> Line:
    xs, middle, half = box.corners[:, 0] * points, float(-box.corners[:, 1].mean() * points), height * points / 2
    return Line(mended(box.text), float(xs.min()), middle - half, float(xs.max()), middle + half, box.confidence)


def recognition_warnings(pages: Sequence[Page]) -> tuple[str, ...]:
    """What the operator should know of the pages that were recognised; empty if none was."""
    read = [page for page in pages if page.recognised and page.lines]
    blank = [page.number for page in pages if page.recognised and not page.lines]
    warnings = []
    if read:
        sure = mean_confidence([line for page in read for line in page.lines]) or 0.0
        numbers = _numbers([page.number for page in read])
        warnings.append(f"第 {numbers} 页是扫描图像，文字由识别得到（平均把握 {sure:.0%}），请核对。")
    if blank:
        warnings.append(f"第 {_numbers(blank)} 页是图像，没有识别出文字，请核对。")
    return (*warnings, *_doubts(read))


def _doubts(pages: Sequence[Page]) -> Iterator[str]:
    doubtful = [(page.number, line) for page in pages for line in page.lines if (line.confidence or 0) < _DOUBTFUL]
    if not doubtful:
        return
    shown = "；".join(f"第 {number} 页“{line.text[:20]}”" for number, line in doubtful[:_MOST_SHOWN])
    more = " 等" if len(doubtful) > _MOST_SHOWN else ""
    yield f"识别把握低于 {_DOUBTFUL:.0%} 的有 {len(doubtful)} 行，请对照原件核对：{shown}{more}。"


def _numbers(numbers: Sequence[int]) -> str:
    """Pages as people write them: 3、5–9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "、".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else "、".join(map(str, run)) for run in runs)
