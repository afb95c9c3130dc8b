"""Other people's pages that include the widget: a friendly one, a hostile one, one with a strict policy."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

HOSTILE = """
* { all: unset !important; font-size: 61px !important; transform: rotate(4deg) scale(1.3) !important;
    color: red !important; background: yellow !important; direction: rtl !important; writing-mode: vertical-rl !important;
    opacity: .4 !important; pointer-events: none !important; visibility: hidden !important; user-select: none !important;
    animation: spin 1s infinite !important; filter: blur(3px) !important; }
*::before, *::after { content: "ÜBERALL" !important; position: fixed !important; inset: 0 !important; z-index: 2147483647 !important; }
html { font-size: 300px !important; }
html, body { display: block !important; overflow: hidden !important; perspective: 1px !important; }
body * , html > *:not(body):not(head) { display: none !important; width: 3px !important; z-index: -1 !important; }
div, button, section, iframe, span, p { display: none !important; margin: 90px !important; }
iframe { width: 0 !important; height: 0 !important; border: 40px solid red !important; }
@keyframes spin { to { transform: rotate(1turn); } }
"""
SHIELD = "position:fixed;inset:0;z-index:2147483647;background:#fff"  # the war of the z-indices
FRIENDLY = "body { margin: 0; font: 16px/1.7 'Noto Sans CJK SC', sans-serif; background: #f2f4f8; color: #233 } " + (
    "header { background: #1d3f72; color: #fff; padding: 14px 28px } main { padding: 20px 28px; max-width: 640px } "
    "@media (prefers-color-scheme: dark) { body { background: #161a22; color: #dde } }"
)


@dataclass
class HostPage:
    """What the page is made of; changed by a test before the browser opens it."""

    service: str = ""
    attributes: str = ""
    style: str = FRIENDLY
    policy: str = ""
    after: str = ""
    visits: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/")
        def page() -> Response:
            headers = {"Content-Security-Policy": self.policy} if self.policy else {}
            return HTMLResponse(self.html(), headers=headers)

        return app

    def html(self) -> str:
        style = f"<style>{self.style}</style>" if self.style else ""
        return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>某某光电有限公司</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{style}
<script src="{self.service}/widget.js" {self.attributes} async></script></head>
<body><header>某某光电有限公司 · 质量部</header><main><h1>供应商质量手册</h1>
<p>来料检验、过程控制和出货追溯的要求都在这里。有标准条款上的疑问，可以直接问右下角的助手。</p>
<p><button id="own">下载手册</button></p></main>{self.after}</body></html>"""
