// One question and its answer on the page, from the first dot to the last source.

import { asPlainText, citationList } from './citations.js';
import { append, button, fill, make, sanitisedHtml } from './dom.js';
import { feedback } from './feedback.js';
import * as say from './wording.js';

// actions: resend(record), edit(text), ask(text), changed(record); contact: whom to ask, or ''
export class TurnView {
  constructor(record, actions, contact) {
    this.record = record;
    this.actions = actions;
    this.contact = contact;
    this.answer = make('div', { class: 'answer' });
    this.node = make('article', { class: 'turn', tabindex: '-1' }, make('h2', { class: 'question' }, record.question), this.answer);
    this.render();
  }

  render() {
    const draw = { done: () => this.drawAnswer(), failed: () => this.drawFailure() }[this.record.state];
    if (draw) draw();
    else this.drawRunning();
  }

  drawRunning() {
    this.words = make('span', null, say.WAITING);
    this.dots = make('span', { class: 'dots', 'aria-hidden': 'true' }, make('i'), make('i'), make('i'));
    this.label = make('p', { class: 'head', hidden: true });
    this.partial = make('div', { class: 'text partial' });
    this.answer.className = 'answer running';
    this.answer.setAttribute('aria-busy', 'true');
    fill(this.answer, this.label, this.partial, make('p', { class: 'status' }, this.dots, this.words));
  }

  status(words) {
    this.words.textContent = words;
    this.answer.classList.toggle('interrupted', words === say.INTERRUPTED || words === say.OFFLINE);
  }

  // What a model writes is labelled from its first sentence on.
  text(soFar, label) {
    this.label.hidden = !soFar || !label;
    fill(this.label, label ? make('span', { class: 'chip' }, label) : null);
    this.partial.textContent = soFar;
    this.words.textContent = soFar ? say.WRITING : say.WAITING;
    this.answer.classList.remove('interrupted');
    this.answer.classList.toggle('writing', Boolean(soFar));
  }

  drawFailure() {
    this.settle('failed');
    fill(
      this.answer,
      make('p', { class: 'failure' }, this.record.failure),
      make(
        'div',
        { class: 'row' },
        button(say.RESEND, 'primary', () => this.actions.resend(this.record)),
        button(say.EDIT, 'plain', () => this.actions.edit(this.record.question))
      )
    );
  }

  settle(className) {
    this.answer.className = 'answer ' + className;
    this.answer.removeAttribute('aria-busy');
  }

  drawAnswer() {
    const answer = this.record.answer;
    this.settle(answer.outcome.replace(/_/g, '-'));
    append(fill(this.answer), [
      understood(answer.question, this.record.question),
      head(answer),
      answer.html ? sanitisedHtml('text', answer.html) : make('div', { class: 'text partial' }, answer.text),
      missing(answer.missing || []),
      this.whom(answer),
      citationList(answer.citations || []),
      details(answer.details_html),
      this.suggestions(answer),
    ]);
    if (answer.outcome !== 'dialogue') append(this.answer, this.tools(answer));
  }

  whom(answer) {
    if (answer.outcome !== 'not_in_knowledge' || !this.contact || answer.text.indexOf(this.contact) >= 0) return null;
    return make('p', { class: 'contact' }, say.CONTACT, make('strong', null, this.contact));
  }

  suggestions(answer) {
    const questions = answer.suggestions || [];
    if (!questions.length) return null;
    const title = answer.outcome === 'not_in_knowledge' ? say.SUGGESTIONS : say.SUGGESTIONS_MORE;
    const items = questions.map((question) => make('li', null, button(question, 'suggestion', () => this.actions.ask(question))));
    return make('div', { class: 'suggestions' }, make('h3', null, title), append(make('ul'), items));
  }

  tools(answer) {
    const opinion = feedback(answer.turn, this.record.feedback || null, (which) => {
      this.record.feedback = which;
      this.actions.changed(this.record);
    });
    const row = make('div', { class: 'tools' }, copyButton(() => plainText(this.record)));
    return [append(row, opinion.buttons), opinion.extra];
  }
}

function plain(text) {
  return (text.normalize ? text.normalize('NFKC') : text).replace(/[\s?。.!]+/g, '');
}

function understood(question, typed) {
  if (!question || plain(question) === plain(typed)) return null;
  return make('p', { class: 'understood' }, say.UNDERSTOOD + question);
}

function head(answer) {
  const outcome = say.OUTCOMES[answer.outcome];
  const chips = [
    outcome ? make('span', { class: 'chip outcome' }, outcome) : null,
    answer.label ? make('span', { class: 'chip' }, answer.label) : null,
  ].filter(Boolean);
  return chips.length ? append(make('p', { class: 'head' }), chips) : null;
}

function missing(parts) {
  if (!parts.length) return null;
  const items = parts.map((part) => make('li', null, part));
  return make('div', { class: 'missing' }, make('p', null, say.MISSING), append(make('ul'), items));
}

function details(html) {
  if (!html) return null;
  return make('details', { class: 'details' }, make('summary', null, say.DETAILS), sanitisedHtml('text', html));
}

export function plainText(record) {
  const answer = record.answer;
  return say.copied(record.question, answer.text, answer.label, asPlainText(answer.citations || []));
}

function copyButton(text) {
  const node = button(say.COPY, 'plain copy', async () => {
    node.textContent = (await copy(text())) ? say.COPIED : say.COPY_FAILED;
    setTimeout(() => {
      node.textContent = say.COPY;
    }, 2500);
  });
  return node;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (noClipboard) {
    return copyTheOldWay(text);
  }
}

// Clipboard access needs https and a recent browser; selecting and copying needs neither.
function copyTheOldWay(text) {
  const active = document.activeElement;
  const box = make('textarea', { class: 'offscreen', readonly: true, 'aria-hidden': 'true' });
  box.value = text;
  document.body.appendChild(box);
  box.select();
  box.setSelectionRange(0, text.length);
  const copied = document.execCommand('copy');
  document.body.removeChild(box);
  if (active) active.focus();
  return copied;
}
