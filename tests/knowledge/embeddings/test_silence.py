"""Nothing leaves the machine, and nothing is written outside the data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EMBED = """
import sys
def watch(event, arguments):
    if event == "socket.connect":
        raise SystemExit(f"connected: {arguments[1]}")
sys.addaudithook(watch)
from pathlib import Path
from knowledge.embeddings.models import BuiltinE5
print(len(BuiltinE5(Path(sys.argv[1])).embed_query("证书有效期几年")))
"""


def test_embedding_writes_nothing_to_the_home_of_its_user_and_connects_to_nobody(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(
        [sys.executable, "-c", EMBED, str(cache)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "384", done.stderr
    assert list(home.rglob("*")) == []
