"""The chat page in a real browser, against the stand-in server."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page, expect

from tests.api.web.visitor import Visitor
from tests.fakes.web_server import CONTACT, WEB, FakeServer

pytestmark = pytest.mark.slow

RELEASE = "团标什么时候发布、什么时候实施"
SIDEWAYS = (
    "() => [document.documentElement, ...document.querySelectorAll('.talk')].some(e => e.scrollWidth > e.clientWidth)"
)


def last_answer(visitor: Visitor) -> str:
    return visitor.page.locator(".answer").last.inner_text()


def composition(page: Page, name: str) -> None:
    page.dispatch_event("#question", name)


# ── refusals first ─────────────────────────────────────


def test_what_is_not_in_the_knowledge_is_said_with_questions_to_ask_instead_and_whom_to_ask(visitor: Visitor) -> None:
    visitor.ask("今天苏州天气怎么样")
    visitor.answered()
    refusal = visitor.page.locator(".answer.not-in-knowledge")
    expect(refusal).to_contain_text("资料里没有")
    expect(refusal).to_contain_text(CONTACT)
    refusal.get_by_role("button", name="质量管理体系认证证书有效期几年").click()
    visitor.answered(2)
    assert "三年" in last_answer(visitor)


@pytest.mark.parametrize("status", [400, 413, 429, 503])
def test_a_refused_message_keeps_its_text_and_can_be_sent_again_with_the_same_key(
    visitor: Visitor, status: int
) -> None:
    visitor.server.refuse_next(status, "现在有点忙，请稍后再试。")
    visitor.ask(RELEASE)
    visitor.answered()
    expect(visitor.page.locator(".failure")).to_have_text("现在有点忙，请稍后再试。")
    visitor.page.get_by_role("button", name="重新发送").click()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    first, second = visitor.server.posts
    assert first == second


def test_a_turn_that_failed_on_the_server_is_asked_again_with_a_new_key(visitor: Visitor) -> None:
    visitor.ask("出错的问题")
    visitor.answered()
    expect(visitor.page.locator(".failure")).to_contain_text("请再问一次")
    visitor.page.get_by_role("button", name="重新发送").click()
    visitor.answered()
    first, second = visitor.server.posts
    assert first["key"] != second["key"]


def test_a_question_that_is_too_long_stays_in_the_box(visitor: Visitor) -> None:
    visitor.type("长" * 501)
    visitor.page.press("#question", "Enter")
    expect(visitor.page.locator(".counter")).to_contain_text("多了 1 字")
    assert visitor.page.input_value("#question") == "长" * 501
    assert visitor.server.posts == []


def test_nothing_is_sent_while_an_input_method_is_composing(visitor: Visitor) -> None:
    visitor.type("zhengshu")
    composition(visitor.page, "compositionstart")
    visitor.page.press("#question", "Enter")
    visitor.page.dispatch_event("#composer", "submit")
    assert visitor.page.locator(".turn").count() == 0
    composition(visitor.page, "compositionend")
    visitor.ask("证书有效期几年")
    visitor.answered()
    assert [post["message"] for post in visitor.server.posts] == ["证书有效期几年"]


def test_the_enter_that_ends_a_word_in_safari_sends_nothing(visitor: Visitor) -> None:
    visitor.type("证书")
    visitor.page.dispatch_event("#question", "keydown", {"key": "Enter", "keyCode": 229})
    assert visitor.page.locator(".turn").count() == 0


# ── answers ────────────────────────────────────────────


def test_an_answer_comes_with_its_label_quote_original_and_inferences(visitor: Visitor) -> None:
    visitor.ask(RELEASE)
    visitor.answered()
    answer = visitor.page.locator(".answer")
    expect(answer.locator(".head")).to_have_text("原文摘录")
    expect(answer.locator("blockquote")).to_contain_text("9月28日对外发布,9月30日正式实施")
    expect(answer.locator(".original")).to_contain_text("928日对外发布,930正式实施")
    expect(answer.locator(".inferences")).to_contain_text("「9月28日」原文写作「928日」")
    expect(answer.locator(".inferred")).to_have_text(["9月28日", "9月30日"])
    answer.get_by_text("详细").click()
    expect(answer.locator(".details .text")).to_contain_text("归口：苏州市光电产业商会")


def test_the_text_shows_while_it_is_still_coming(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_have_text("9月28日对外发布，9月")
    visitor.server.release()
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)


def test_parts_without_evidence_are_named_and_a_source_that_is_not_held_says_so(visitor: Visitor) -> None:
    visitor.ask("那归口单位和售价呢")
    visitor.answered()
    answer = visitor.page.locator(".answer")
    expect(answer.locator(".head")).to_contain_text("部分有依据")
    expect(answer.locator(".missing")).to_contain_text("团体标准的售价")
    expect(answer.locator(".understood")).to_contain_text("我理解为：")
    expect(answer.locator(".citation").nth(1)).to_contain_text("原文未收录")
    answer.get_by_text("还有 2 条依据").click()
    expect(answer.locator(".citation").nth(3)).to_be_visible()


def test_a_question_understood_as_typed_is_not_repeated(visitor: Visitor) -> None:
    visitor.ask("质量管理体系认证证书有效期几年？")
    visitor.answered()
    expect(visitor.page.locator(".understood")).to_have_count(0)


def test_markup_in_a_question_is_shown_as_typed(visitor: Visitor) -> None:
    visitor.ask("<img src=x onerror=alert(1)> 证书有效期")
    visitor.answered()
    expect(visitor.page.locator(".question")).to_have_text("<img src=x onerror=alert(1)> 证书有效期")
    assert visitor.page.locator(".turn img").count() == 0


def test_a_sample_question_is_asked_by_pressing_it(visitor: Visitor) -> None:
    visitor.page.locator(".sample").first.click()
    visitor.answered()
    expect(visitor.page.locator("#welcome")).to_be_hidden()
    assert "三年" in last_answer(visitor)


def test_a_second_question_while_the_first_is_running_gets_its_own_answer(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    visitor.ask("证书有效期几年")
    expect(visitor.page.locator(".turn").nth(1)).to_contain_text("三年")
    expect(visitor.page.locator(".turn").nth(0).locator(".answer.running")).to_be_visible()
    visitor.server.release()
    visitor.answered(2)
    expect(visitor.page.locator(".turn").nth(0)).to_contain_text("9月30日正式实施")


def test_twenty_quick_messages_each_get_one_answer_in_order(visitor: Visitor) -> None:
    for number in range(20):
        visitor.ask(f"第 {number} 个问题")
    visitor.answered(20)
    expect(visitor.page.locator(".question")).to_have_text([f"第 {number} 个问题" for number in range(20)])
    expect(visitor.page.locator(".citation")).to_have_count(20)
    assert len(visitor.server.turns) == len(visitor.server.posts) == 20


# ── lost connections ───────────────────────────────────


def test_a_connection_lost_in_the_middle_is_resumed(visitor: Visitor) -> None:
    visitor.ask("断在中间：" + RELEASE)
    expect(visitor.page.locator("#announcer")).to_have_text("连接中断，正在恢复…")
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    assert len(visitor.server.posts) == 1
    assert len(visitor.server.polls) >= 2


def test_a_connection_lost_before_the_turn_is_known_joins_the_same_turn(visitor: Visitor) -> None:
    visitor.ask("断在最前：" + RELEASE)
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    keys = {post["key"] for post in visitor.server.posts}
    assert len(keys) == len(visitor.server.turns) == 1
    assert len(visitor.server.posts) >= 2


def test_a_network_that_goes_and_comes_back_brings_the_answer(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.context.set_offline(True)
    expect(visitor.page.locator(".status")).to_have_text("网络已断开，连上后会自动继续。")
    visitor.server.release()
    visitor.context.set_offline(False)
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    assert len(visitor.server.turns) == 1


def test_ten_seconds_without_a_network_in_the_middle_of_an_answer_cost_nothing(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.context.set_offline(True)
    visitor.server.release()
    visitor.page.wait_for_timeout(10_000)
    expect(visitor.page.locator(".answer.running")).to_be_visible()
    visitor.context.set_offline(False)
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    assert len(visitor.server.turns) == len(visitor.server.posts) == 1


def test_a_connection_gone_silent_is_given_up_and_resumed(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.page.reload()
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.page.clock.fast_forward(31_000)
    expect(visitor.page.locator("#announcer")).to_have_text("连接中断，正在恢复…")
    visitor.server.release()
    visitor.answered()
    assert len(visitor.server.posts) == 1
    assert visitor.server.polls


def test_a_question_asked_without_a_network_is_sent_when_it_returns(visitor: Visitor) -> None:
    visitor.context.set_offline(True)
    visitor.ask(RELEASE)
    expect(visitor.page.locator(".status")).to_have_text("网络已断开，连上后会自动继续。")
    visitor.context.set_offline(False)
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)


def test_a_reload_while_the_answer_is_running_resumes_it(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.page.reload()
    expect(visitor.page.locator(".answer.running")).to_be_visible()
    visitor.server.release()
    visitor.answered()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    assert len(visitor.server.turns) == 1


def test_a_turn_the_server_has_lost_is_asked_again_with_its_key(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.server.forget()
    visitor.page.reload()
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.server.release()
    visitor.answered()
    first, second = visitor.server.posts
    assert first == second


def test_without_readable_streams_the_answer_still_arrives(browser: Browser, server: FakeServer) -> None:
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(Response.prototype, 'body', { get: () => undefined })")
    old = Visitor(page, server)
    old.open()
    old.ask(RELEASE)
    old.answered()
    expect(page.locator(".citation")).to_have_count(1)
    page.close()


def test_events_are_read_however_the_pieces_fall(visitor: Visitor) -> None:
    stream = ': alive\r\n\r\nevent: delta\r\ndata: {"text":\r\ndata: "九月"}\r\n\r\nevent: done\ndata: {}\n\n'
    heard = visitor.page.evaluate(
        """async ([stream]) => {
            const { EventParser } = await import('/static/events.js');
            const results = [];
            for (let size = 1; size <= stream.length; size++) {
                const heard = [];
                const parser = new EventParser((name, data) => heard.push([name, data]));
                for (let at = 0; at < stream.length; at += size) parser.push(stream.slice(at, at + size));
                results.push(JSON.stringify(heard));
            }
            return [...new Set(results)];
        }""",
        [stream],
    )
    assert [json.loads(one) for one in heard] == [[["delta", {"text": "九月"}], ["done", {}]]]


def test_a_character_cut_in_two_by_the_network_arrives_whole(visitor: Visitor) -> None:
    heard = visitor.page.evaluate(
        """async () => {
            const { readEvents } = await import('/static/events.js');
            const bytes = new TextEncoder().encode('event: delta\\ndata: {"text":"九月𠮷"}\\n\\n');
            const body = new ReadableStream({
                start(out) { bytes.forEach((byte) => out.enqueue(new Uint8Array([byte]))); out.close(); },
            });
            const heard = [];
            await readEvents(new Response(body), (name, data) => heard.push([name, data.text]), () => false);
            return heard;
        }"""
    )
    assert heard == [["delta", "九月𠮷"]]


# ── what stays ─────────────────────────────────────────


def test_a_reload_keeps_the_history_and_what_was_being_typed(visitor: Visitor) -> None:
    visitor.ask(RELEASE)
    visitor.answered()
    visitor.type("写到一半")
    visitor.page.reload()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    assert visitor.page.input_value("#question") == "写到一半"
    assert len(visitor.server.posts) == 1


def test_only_the_last_fifty_turns_are_kept(visitor: Visitor) -> None:
    visitor.page.evaluate(
        """async () => {
            const store = await import('/static/store.js');
            for (let i = 0; i < 60; i++)
                store.add({ key: 'k' + i, question: '问 ' + i, state: 'failed', failure: '无' });
        }"""
    )
    visitor.page.reload()
    expect(visitor.page.locator(".turn")).to_have_count(50)
    expect(visitor.page.locator(".question").first).to_have_text("问 10")


@pytest.mark.parametrize("rubbish", ["{", "null", '{"a":1}', '[null, 3, {"key": 1}]'])
def test_a_damaged_history_opens_as_an_empty_page(visitor: Visitor, rubbish: str) -> None:
    visitor.page.evaluate("text => localStorage.setItem('guangzhi.turns', text)", rubbish)
    visitor.page.reload()
    expect(visitor.page.locator("#welcome")).to_be_visible()
    visitor.ask(RELEASE)
    visitor.answered()


def test_clearing_empties_the_page_starts_a_new_conversation_and_can_be_undone(visitor: Visitor) -> None:
    visitor.ask(RELEASE)
    visitor.answered()
    visitor.page.click("#clear")
    expect(visitor.page.locator("#welcome")).to_be_visible()
    assert visitor.page.evaluate("localStorage.getItem('guangzhi.turns')") is None
    visitor.page.get_by_role("button", name="撤销").click()
    expect(visitor.page.locator(".citation")).to_have_count(1)
    visitor.page.click("#clear")
    visitor.ask("证书有效期几年")
    visitor.answered()
    first, second = visitor.server.posts
    assert first["conversation"] != second["conversation"]


def test_clearing_while_an_answer_is_running_keeps_it_cleared(visitor: Visitor) -> None:
    visitor.ask("慢：" + RELEASE)
    expect(visitor.page.locator(".partial")).to_contain_text("9月28日")
    visitor.page.click("#clear")
    visitor.server.release()
    visitor.ask("证书有效期几年")
    visitor.answered(1)
    assert "三年" in last_answer(visitor)


def test_the_way_to_the_evidence_and_back_keeps_the_conversation(visitor: Visitor) -> None:
    visitor.ask(RELEASE)
    visitor.answered()
    visitor.page.get_by_role("link", name="查看原文").click()
    expect(visitor.page.locator("#quote")).to_be_in_viewport()
    expect(visitor.page.locator("#quote")).to_contain_text("9月28日对外发布")
    expect(visitor.page.locator("#original")).to_contain_text("928日对外发布")
    expect(visitor.page.locator(".repairs li").first).to_contain_text("推断")
    visitor.page.get_by_role("link", name="返回对话").click()
    expect(visitor.page.locator(".citation")).to_have_count(1)


def test_an_evidence_link_from_another_app_opens_at_the_quote(visitor: Visitor) -> None:
    visitor.open("/evidence/seed-000?start=812&end=868")
    expect(visitor.page.locator("#quote")).to_be_in_viewport()
    visitor.page.get_by_role("link", name="返回对话").click()
    expect(visitor.page.locator("#welcome")).to_be_visible()


def test_evidence_that_is_gone_or_superseded_says_so(visitor: Visitor) -> None:
    visitor.open("/evidence/gone")
    expect(visitor.page.locator(".caution")).to_contain_text("没有找到这段文字")
    visitor.open("/evidence/plain")
    expect(visitor.page.locator(".caution")).to_contain_text("废止")
    visitor.open("/evidence/unknown")
    expect(visitor.page.locator("h1")).to_have_text("找不到这份文件")


# ── opinions and copying ───────────────────────────────


def test_a_thumb_down_is_sent_at_once_and_its_reason_follows(visitor: Visitor) -> None:
    visitor.ask(RELEASE)
    visitor.answered()
    visitor.page.get_by_role("button", name="没用").click()
    visitor.page.get_by_role("button", name="出处不对").click()
    visitor.page.get_by_label("补充一句").fill("应是 2024 年")
    visitor.page.get_by_role("button", name="提交").click()
    expect(visitor.page.locator(".remark")).to_have_text("收到，我们会看。")
    assert [(one["useful"], one["reason"]) for one in visitor.server.opinions] == [
        (False, None),
        (False, "出处不对；应是 2024 年"),
    ]
    visitor.page.reload()
    expect(visitor.page.get_by_role("button", name="没用")).to_have_attribute("aria-pressed", "true")


def test_an_opinion_that_did_not_arrive_is_taken_back(visitor: Visitor) -> None:
    visitor.ask(RELEASE)
    visitor.answered()
    visitor.context.set_offline(True)
    visitor.page.get_by_role("button", name="有用").click()
    expect(visitor.page.locator(".remark")).to_contain_text("没有送达")
    expect(visitor.page.get_by_role("button", name="有用")).to_have_attribute("aria-pressed", "false")


def test_a_copied_answer_carries_its_label_and_sources(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    reader = Visitor(context.new_page(), server)
    reader.open()
    reader.ask("8.5.2 要求做什么")
    reader.answered()
    reader.page.get_by_role("button", name="复制").click()
    expect(reader.page.get_by_role("button", name="已复制")).to_be_visible()
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert "（AI 生成）" in copied
    assert "[1] 《质量管理体系 要求》 GB/T 19001-2016 8.5.2" in copied
    context.close()


# ── for everyone, everywhere ───────────────────────────


def test_the_page_can_be_used_with_the_keyboard_alone(visitor: Visitor) -> None:
    keyboard = visitor.page.keyboard
    keyboard.press("Tab")
    expect(visitor.page.locator(".skip")).to_be_focused()
    keyboard.press("Enter")
    expect(visitor.page.locator("#question")).to_be_focused()
    keyboard.type("团标什么时候")
    keyboard.press("Shift+Enter")
    keyboard.type("发布")
    keyboard.press("Enter")
    visitor.answered()
    assert visitor.server.posts[0]["message"] == "团标什么时候\n发布"
    expect(visitor.page.locator("#question")).to_be_focused()
    keyboard.press("Shift+Tab")
    expect(visitor.page.get_by_role("button", name="没用")).to_be_focused()
    for _ in range(20):
        keyboard.press("Shift+Tab")
        if visitor.page.evaluate("document.activeElement.textContent") == "查看原文":
            break
    keyboard.press("Enter")
    expect(visitor.page.locator("#quote")).to_be_in_viewport()


def test_a_screen_reader_hears_the_whole_answer_once(visitor: Visitor) -> None:
    visitor.ask("证书有效期几年")
    visitor.answered()
    announcer = visitor.page.locator("[aria-live=polite]")
    expect(announcer).to_contain_text("常见问题：质量管理体系认证证书一般有效期三年")
    expect(announcer).to_contain_text("附 1 条依据")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_runs_off_the_side(browser: Browser, server: FakeServer, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 740})
    phone = Visitor(page, server)
    phone.open()
    assert not page.evaluate(SIDEWAYS)
    questions = [RELEASE, "今天苏州天气怎么样", "那售价呢", "8.5.2 要求做什么", "第 " + "A" * 300]
    for number, question in enumerate(questions, start=1):
        phone.ask(question)
        phone.answered(number)
        assert not page.evaluate(SIDEWAYS), question
    for path in ("/evidence/seed-000", "/evidence/plain", "/evidence/gone", "/about"):
        phone.open(path)
        assert not page.evaluate(SIDEWAYS), path
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(browser: Browser, server: FakeServer, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme, reduced_motion="reduce")
    person = Visitor(page, server)
    person.open()
    found = serious(page)
    for number, question in enumerate([RELEASE, "天气", "售价", "8.5.2", "出错的问题"], start=1):
        person.ask(question)
        person.answered(number)
    page.get_by_role("button", name="没用").first.click()
    found += serious(page)
    for path in ("/evidence/seed-000", "/evidence/gone", "/about"):
        person.open(path)
        found += serious(page)
    page.close()
    assert found == []


def serious(page: Page | Frame) -> list[str]:
    """axe-core's rules that a person would stumble over, with where they are broken."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{page.url} {broken['id']}: {[node['target'] for node in broken['nodes']]}"
        for broken in violations
        if broken["impact"] in ("serious", "critical")
    ]


def test_axe_would_have_found_something(visitor: Visitor) -> None:
    visitor.page.evaluate("document.querySelector('#question').removeAttribute('aria-label')")
    visitor.page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    visitor.page.evaluate("document.querySelector('#question').removeAttribute('placeholder')")
    assert any("label" in line for line in serious(visitor.page))


def test_the_strict_policy_is_never_broken(visitor: Visitor) -> None:
    for number, question in enumerate([RELEASE, "天气", "售价", "8.5.2", "你好"], start=1):
        visitor.ask(question)
        visitor.answered(number)
    visitor.page.get_by_role("button", name="没用").first.click()
    for path in ("/evidence/seed-000", "/about", "/"):
        visitor.open(path)
        visitor.page.wait_for_load_state("networkidle")
    assert visitor.complaints == []


def test_everything_together_is_under_one_hundred_kilobytes() -> None:
    report = WEB / "templates" / "evaluation.html"  # written by the command line, opened by no visitor
    assert sum(file.stat().st_size for file in WEB.rglob("*.*") if file != report) < 100_000
