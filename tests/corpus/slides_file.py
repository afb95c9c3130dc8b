"""The training that goes with the standard, as slides with speaker's notes."""

from __future__ import annotations

from io import BytesIO

from pptx import Presentation

from tests.corpus.model import Standard


def render_slides(standard: Standard) -> bytes:
    presentation = Presentation()
    for content in standard.slides:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = content.title
        slide.placeholders[1].text = "\n".join(content.bullets)
        slide.notes_slide.notes_text_frame.text = content.notes
    file = BytesIO()
    presentation.save(file)
    return file.getvalue()
