"""A photo of a clause or a certificate: what is written in it, and the question that is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from bot.wechat.client import WeChatApi
from knowledge.readers import read_bytes

LONGEST = 60  # characters of the question
_SIGNATURES = {b"\x89PNG": ".png", b"BM": ".bmp", b"RIFF": ".webp"}

_CLAUSE = re.compile(r"^\s*(?:第[一二三四五六七八九十百零\d]+条|(?:附录\s*)?[A-Z]?\d{1,2}(?:\.\d{1,2}){1,4})\s*\S?")
_STANDARD = re.compile(
    r"(?:GB/?T?|T/[A-Z]{2,8}|ISO(?:/IEC)?|IATF|SJ/?T?|JB/?T?)\s*\d{3,6}(?:[.\-—–]\d{1,4})*", re.IGNORECASE
)
_CERTIFICATE = re.compile(r"认证证书|证书编号|证书有效期|认证规则|管理体系认证")
_ASKING = re.compile(r"[？?]\s*$")
_WORDS = re.compile(r"[\u4e00-\u9fff]{4,}")


class PictureReader:
    """From a turn's attachment to the question in the picture; for `TurnRunner(readers=…)`."""

    def __init__(self, api: WeChatApi, read: Callable[[str, bytes], str] | None = None) -> None:
        self._api = api
        self._read = read or recognised

    def __call__(self, attachment: str) -> str:
        """Raises what fetching and reading raise; empty where nothing is written in it."""
        told = json.loads(attachment)
        data = self._api.picture(told.get("url", ""), told.get("media_id", ""))
        return question_in(self._read(f"picture{_suffix(data)}", data))


def attachment(url: str, media_id: str) -> str:
    return json.dumps({"url": url, "media_id": media_id})


def recognised(name: str, data: bytes) -> str:
    """The text of a picture, read in the worker process that reads scans. Raises KnowledgeError."""
    return read_bytes(name, data).original


def question_in(text: str) -> str:
    """What somebody who photographs this wants to know: the clause, the certificate, the question; one line of it."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    standard = next((match[0] for line in lines if (match := _STANDARD.search(line))), "")
    for wanted in (_CLAUSE, _CERTIFICATE, _ASKING, _WORDS):
        line = next((line for line in lines if wanted.search(line)), "")
        if line:
            named = f"{standard} {line}" if standard and wanted is _CLAUSE and standard not in line else line
            return _shortened(named)
    return _shortened(standard)


def _shortened(line: str) -> str:
    """Up to the first sentence end within what a question may be."""
    line = line[:LONGEST]
    end = re.search(r"[。；;]", line)
    return line[: end.start()] if end else line


def _suffix(data: bytes) -> str:
    return next((suffix for signature, suffix in _SIGNATURES.items() if data.startswith(signature)), ".jpg")
