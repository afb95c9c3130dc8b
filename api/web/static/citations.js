// The evidence under an answer: numbered cards, each with its quote, what the source really said, and the way there.

import { append, button, make } from './dom.js';
import * as say from './wording.js';

const SHOWN = 2;
const FOLD_FROM = 96;

export function citationList(citations) {
  if (!citations.length) return null;
  const shown = citations.length === SHOWN + 1 ? SHOWN + 1 : SHOWN; // nobody unfolds a list for one more
  const cards = citations.map(card);
  const block = make('div', { class: 'evidence' }, make('h3', null, say.EVIDENCE));
  block.appendChild(append(make('ol'), cards.slice(0, shown)));
  if (cards.length > shown) block.appendChild(rest(cards, shown));
  return block;
}

function rest(cards, shown) {
  return make(
    'details',
    null,
    make('summary', null, say.moreEvidence(cards.length - shown)),
    append(make('ol', { start: shown + 1 }), cards.slice(shown))
  );
}

function card(citation, index) {
  return make(
    'li',
    { class: 'citation' },
    make('span', { class: 'number', 'aria-hidden': 'true' }, String(index + 1)),
    make(
      'div',
      { class: 'card' },
      make('p', { class: 'where' }, make('cite', null, titled(citation.document)), ' ', place(citation)),
      facts(citation),
      citation.quote ? quotation(citation) : null,
      original(citation),
      inferences(citation),
      ways(citation, index)
    )
  );
}

// A title that has 《》 of its own is not wrapped once more.
export function titled(title) {
  return title.indexOf('《') >= 0 ? title : '《' + title + '》';
}

function place(citation) {
  const parts = [];
  if (citation.clause) parts.push(/^[A-Z]?[\d.]+$/.test(citation.clause) ? say.clause(citation.clause) : citation.clause);
  if (citation.date) parts.push(citation.date);
  return parts.length ? make('span', { class: 'place' }, parts.join(' · ')) : null;
}

function facts(citation) {
  const parts = [citation.number, citation.edition, citation.body, citation.place];
  const known = parts.filter((part, at) => part && parts.indexOf(part) === at);
  if (!known.length) return null;
  const line = make('p', { class: 'facts' });
  known.forEach((part, at) => append(line, [at ? ' · ' : '', make('span', null, String(part))]));
  return line;
}

function quotation(citation) {
  return foldable(append(make('blockquote'), marked(citation.quote, citation.inferences || [])), citation.quote);
}

// Values the source does not state as such are underlined where they stand in the quote.
function marked(quote, inferences) {
  const readings = inferences.map((pair) => pair[0]).filter((reading) => reading && quote.indexOf(reading) >= 0);
  const parts = [];
  let rest = quote;
  while (rest) {
    const next = readings.map((reading) => [rest.indexOf(reading), reading]).filter((found) => found[0] >= 0);
    if (!next.length) break;
    next.sort((one, other) => one[0] - other[0]);
    const at = next[0][0];
    parts.push(rest.slice(0, at), make('span', { class: 'inferred' }, next[0][1]));
    rest = rest.slice(at + next[0][1].length);
  }
  return parts.concat([rest]);
}

function original(citation) {
  if (!citation.original || citation.original === citation.quote) return null;
  return foldable(
    make('p', { class: 'original' }, make('span', { class: 'tag' }, say.ORIGINAL), citation.original),
    citation.original
  );
}

function inferences(citation) {
  const pairs = citation.inferences || [];
  if (!pairs.length) return null;
  const items = pairs.map((pair) =>
    make('li', null, make('span', { class: 'chip inference' }, say.INFERRED), say.inferredFrom(pair[0], pair[1]))
  );
  return append(make('ul', { class: 'inferences' }), items);
}

function ways(citation, index) {
  const row = make('p', { class: 'ways' });
  const whose = (words) => ({ 'aria-label': words + '：' + titled(citation.document) + '，' + say.EVIDENCE + ' ' + (index + 1) });
  if (isAddress(citation.evidence_url)) {
    const target = citation.evidence_url + (citation.evidence_url.indexOf('#') < 0 ? '#quote' : '');
    row.appendChild(make('a', Object.assign({ href: target }, whose(say.VIEW_ORIGINAL)), say.VIEW_ORIGINAL));
  } else {
    row.appendChild(make('span', { class: 'not-held' }, say.NOT_HELD));
  }
  if (isAddress(citation.url)) {
    const outside = { href: citation.url, target: '_blank', rel: 'noopener noreferrer' };
    row.appendChild(make('a', Object.assign(outside, whose(say.SOURCE_PAGE)), say.SOURCE_PAGE));
  }
  return row;
}

function isAddress(address) {
  return typeof address === 'string' && /^(https?:\/\/|\/(?!\/))/i.test(address);
}

// Long quotes show their first lines; the words are all there for search and for screen readers.
function foldable(block, text) {
  if (text.length <= FOLD_FROM) return block;
  block.classList.add('folded');
  const toggle = button(say.UNFOLD, 'fold', () => {
    const folded = block.classList.toggle('folded');
    toggle.textContent = folded ? say.UNFOLD : say.FOLD;
    toggle.setAttribute('aria-expanded', String(!folded));
  }, { 'aria-expanded': 'false' });
  return make('div', null, block, toggle);
}

export function asPlainText(citations) {
  return citations
    .map((citation, index) => {
      const where = [titled(citation.document), citation.number, citation.clause, citation.date].filter(Boolean).join(' ');
      return '[' + (index + 1) + '] ' + where + (citation.quote ? '：「' + citation.quote + '」' : '（' + say.NOT_HELD + '）');
    })
    .join('\n');
}
