"""What an operator may decide about the knowledge room. Read once, in `api/wiring`; frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class KnowledgeSettings:
    home: Path = Path("data")  # the one data folder
    database_url: str | None = None  # default: SQLite inside `home`
    chroma_url: str | None = None  # default: embedded Chroma inside `home`
    embedding: str = "builtin"  # builtin | remote | none
    embedding_url: str | None = None  # remote: base address of an OpenAI-compatible service
    embedding_model: str | None = None
    embedding_key: SecretStr | None = None
    embedding_threads: int = 2
    library_paths: tuple[Path, ...] = field(default_factory=tuple)  # besides the built-in library

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'guangzhi.db').absolute()}"
