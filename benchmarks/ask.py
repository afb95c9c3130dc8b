"""Question to answer: median and 95th percentile by stage, start-up, resident memory.

    python benchmarks/ask.py [--home DIR] [--files PATH …]

Without --home a throw-away one is made, with the built-in library and, where --files names some, those.
200 different questions (those of retrieval/fitting, so no answer is cached), after one to warm up.
"""

import argparse
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "retrieval" / "fitting" / "questions.jsonl"
ASKED = 200
SEED = 20261121

FIRST = {
    "a clause": "9001的8.5.2讲什么",
    "an entry in its own words": "",  # that of the first entry
    "anything else": "证书三年到期以后要怎么继续保持",
}
STARTS = 5
PATIENCE_SECONDS = 60


def opened(home: str):
    from api.home import take
    from api.settings import read_settings
    from api.wiring import open_assistant

    settings = read_settings({"GUANGZHI_HOME": home})
    return open_assistant(settings, take(settings.home))


def questions() -> list[str]:
    every = [json.loads(line)["question"] for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    random.Random(SEED).shuffle(every)
    return list(dict.fromkeys(every))[:ASKED]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def measure(home: str, files: list[str]) -> None:
    started = time.perf_counter()
    assistant = opened(home)
    print(f"open the home (library included where it is new): {time.perf_counter() - started:.1f} s")
    if files:
        assistant.ingestion.add([Path(f) for f in files])
    from retrieval.questions import Question

    assistant.answerer.warm()
    stages: dict[str, list[float]] = defaultdict(list)
    for question in questions():
        for stage, milliseconds in assistant.answerer.answer(Question(question)).milliseconds.items():
            stages[stage].append(milliseconds)
    print(f"{'stage':14}{'runs':>6}{'median ms':>12}{'95 % ms':>12}")
    for stage, values in stages.items():
        print(f"{stage:14}{len(values):>6}{median(values):>12.1f}{percentile(values, 0.95):>12.1f}")
    print(f"resident memory, peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    assistant.close()


def first_answers(home: str) -> None:
    """From starting the process to an answer read over HTTP: a fresh service for every figure."""
    from knowledge.library import load_faqs

    own_words = load_faqs()[0].question
    for title, asked in FIRST.items():
        question = asked or own_words
        seconds = [first_answer(home, question) for _ in range(STARTS)]
        print(f"service started to first answer, {title}: median {median(seconds):.2f} s, longest {max(seconds):.2f} s")


def first_answer(home: str, question: str) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GUANGZHI_HOME": home, "GUANGZHI_PORT": str(port), "PYTHONPATH": str(ROOT)}
    body = json.dumps({"message": question, "key": "benchmark", "conversation": uuid4().hex}).encode()
    request = Request(f"http://127.0.0.1:{port}/api/chat", body, {"Content-Type": "application/json"})
    started = time.perf_counter()
    service = subprocess.Popen(
        [Path(sys.executable).with_name("guangzhi"), "serve"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        while (events := _read(request)) is None:
            if service.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                raise RuntimeError("the service does not answer")
            time.sleep(0.01)
        if "event: done" not in events:
            raise RuntimeError(events)
        return time.perf_counter() - started
    finally:
        service.terminate()
        service.wait()


def _read(request: Request) -> str | None:
    try:
        events: str = urlopen(request, timeout=PATIENCE_SECONDS).read().decode()
        return events
    except URLError:
        return None  # not listening yet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home")
    parser.add_argument("--files", nargs="*", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = arguments.home or temporary
        measure(home, arguments.files)
        first_answers(home)


if __name__ == "__main__":
    main()
