"""An answer's text as HTML: Markdown read without raw HTML, and what comes out cleaned again."""

from __future__ import annotations

from functools import cache

import nh3
from markdown_it import MarkdownIt

# No images: the page loads nothing from outside. No headings: they would break the page's own outline.
TAGS = {
    *("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}


@cache
def _markdown() -> MarkdownIt:
    # breaks: an answer's text is one item a line, and stays so. Headings, code by indentation and links by
    # reference are off: in extracts those marks are the document's own characters.
    rules = ["heading", "lheading", "code", "reference"]
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable(rules)


def to_html(text: str) -> str:
    return nh3.clean(
        _markdown().render(text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )
