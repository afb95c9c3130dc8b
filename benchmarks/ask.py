"""Question to answer: median and 95th percentile by stage, start-up, resident memory.

    python benchmarks/ask.py [--home DIR] [--files PATH …]

Without --home a throw-away one is made, with the built-in library and, where --files names some, those.
200 different questions (those of retrieval/fitting, so no answer is cached), after one to warm up.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "retrieval" / "fitting" / "questions.jsonl"
ASKED = 200
SEED = 20261121

# Run in a fresh interpreter: from nothing to the first answer, the imports included.
FIRST_ANSWER = """
import sys, time
started = time.perf_counter()
sys.path.insert(0, sys.argv[1])
from benchmarks.ask import opened
assistant = opened(sys.argv[2])
from retrieval.questions import Question
answer = assistant.answerer.answer(Question(sys.argv[3]))
print(time.perf_counter() - started)
assistant.close()
"""


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

    assistant.answerer.answer(Question("体系证书有效期几年"))
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
    for title, question in (("clause", "9001的8.5.2讲什么"), ("entry", "质量管理体系认证证书有效期是几年")):
        command = [sys.executable, "-c", FIRST_ANSWER, str(ROOT), home, question]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        print(f"process start to first answer, {title}: {float(done.stdout.split()[-1]):.2f} s")


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
