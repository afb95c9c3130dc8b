"""An empty folder, one command, a question: and what a later question costs nobody."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.journeys.household import CERTIFICATE, QUOTED, Household, free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def newcomer(empty: Household) -> Household:
    empty.serve()
    return empty


def test_serve_in_an_empty_folder_answers_in_the_browser_with_a_source(newcomer: Household) -> None:
    page = newcomer.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    health = newcomer.get("/health").json()
    assert health["ok"] is True
    assert health["faqs"] >= 60

    told = newcomer.visitor_asks(CERTIFICATE)
    assert told.events[0] == "turn"
    assert told.events[-1] == "done"
    assert told.done["outcome"] == "answered"
    assert "三年" in told.done["text"]
    assert told.streamed == told.done["text"]
    assert told.done["citations"][0]["document"]

    # The same key again joins the turn that is there.
    again = newcomer.visitor_asks(CERTIFICATE)
    assert again.done["turn"] == told.done["turn"]
    assert [turn[:2] for turn in newcomer.turns()] == [("web", "done")]
    assert newcomer.get(f"/api/turns/{told.done['turn']}").json()["text"] == told.done["text"]


def test_serve_says_where_it_is_and_a_second_one_says_that_it_is_not_needed(serving: Household) -> None:
    second = serving.run("serve", "--port", str(serving.port), status=1)
    assert "已被占用" in second
    elsewhere = serving.run("serve", "--port", str(free_port()), status=1)
    assert serving.url in elsewhere
    assert serving.server is not None
    serving.server.terminate()
    said, complained = serving.server.communicate(timeout=60)
    assert f"http://localhost:{serving.port}" in said
    assert complained == ""
    with pytest.raises(httpx.ConnectError):
        serving.get("/health")


def test_doctor_and_the_questionnaire_work_before_anything_else_was_done(empty: Household) -> None:
    questions = empty.write("题目.jsonl", json.dumps({"id": "甲", "question": QUOTED}) + "\n\n坏的一行\n")
    process = empty.begin("ask", "--batch", questions)
    said, _ = process.communicate(timeout=90)
    answered, broken = map(json.loads, said.splitlines())
    assert process.returncode == 1  # one line was no question
    assert (answered["id"], answered["outcome"]) == ("甲", "answered")
    assert answered["citations"][0]["quote"]
    assert broken["line"] == 3
    assert "JSON" in broken["error"]
    assert "正常" in empty.run("doctor")
