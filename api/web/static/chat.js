// The page: what is typed becomes a turn, turns are kept, and unfinished ones are pursued to their answer.

import { Composer } from './composer.js';
import { button, fill } from './dom.js';
import { Pursuit } from './pursuit.js';
import { Scroll } from './scroll.js';
import * as store from './store.js';
import { TurnView } from './turnview.js';
import * as say from './wording.js';

const byId = (id) => document.getElementById(id);
const place = { talk: byId('talk'), turns: byId('turns'), welcome: byId('welcome'), clear: byId('clear') };
const contact = document.body.getAttribute('data-contact') || '';
const scroll = new Scroll(place.talk, byId('latest'));
const shown = new Map(); // key → { view, pursuit }

const actions = {
  ask,
  edit: (text) => composer.offer(text),
  resend,
  changed: (record) => store.update(record.key, record),
};

function announce(words) {
  byId('announcer').textContent = words;
}

function ask(question) {
  const record = { key: store.identity(), question, at: Date.now(), turn: null, state: 'running', answer: null };
  store.add(record);
  show(record);
  pursue(record);
  notice();
  announce(say.SENT);
  const node = shown.get(record.key).view.node;
  if (document.activeElement === document.body) node.focus({ preventScroll: true });
  scroll.toEnd();
  return node;
}

function show(record) {
  const view = new TurnView(record, actions, contact);
  shown.set(record.key, { view, pursuit: null });
  place.turns.appendChild(view.node);
  occupied();
}

function occupied() {
  const any = shown.size > 0;
  place.welcome.hidden = any;
  place.clear.hidden = !any;
}

function pursue(record) {
  const held = shown.get(record.key);
  const redraw = (change) => scroll.keeping(change);
  const settle = (changes) => {
    Object.assign(record, changes);
    store.update(record.key, record);
    redraw(() => held.view.render());
    document.dispatchEvent(new CustomEvent('guangzhi:settled')); // for who may have looked away: see frame.js
  };
  held.pursuit = new Pursuit(record, store.conversation(), {
    turn: (id) => {
      record.turn = id;
      store.update(record.key, record);
    },
    text: (soFar, label) => redraw(() => held.view.text(soFar, label)),
    status: (words) => {
      redraw(() => held.view.status(words));
      if (words === say.INTERRUPTED || words === say.OFFLINE) announce(words);
    },
    done: (answer) => {
      settle({ state: 'done', answer, turn: answer.turn || record.turn });
      announce(say.announced(answer.label, answer.text, (answer.citations || []).length));
    },
    failed: (failure, fresh) => {
      settle({ state: 'failed', failure, stale: fresh });
      announce(failure);
    },
  });
  held.pursuit.run();
}

// A turn that failed on the server is asked anew; one that never arrived keeps its key.
function resend(record) {
  const held = shown.get(record.key);
  const before = record.key;
  const changes = { state: 'running', at: Date.now(), failure: null };
  if (record.stale) Object.assign(changes, { key: store.identity(), turn: null, stale: false });
  store.update(before, Object.assign(record, changes));
  shown.delete(before);
  shown.set(record.key, held);
  held.view.render();
  held.view.node.focus({ preventScroll: true });
  pursue(record);
}

function drop() {
  shown.forEach((held) => held.pursuit && held.pursuit.cancel());
  shown.clear();
  fill(place.turns);
  occupied();
}

function open() {
  store.turns().forEach((record) => {
    show(record);
    if (record.state === 'running') pursue(record);
  });
}

function notice(...content) {
  fill(byId('notice'), ...content);
}

function clear() {
  const before = store.clear();
  drop();
  place.talk.scrollTop = 0;
  notice(
    say.cleared(before.turns.length),
    button(say.UNDO, 'plain', () => {
      store.restore(before);
      drop();
      open();
      notice();
      scroll.toEnd();
      composer.rest();
    })
  );
  composer.rest();
}

// On a phone the keyboard covers the page; the visible part is what the layout should fill.
function fitKeyboard() {
  const visible = window.visualViewport;
  if (!visible) return;
  const fit = () => {
    const covered = window.innerHeight - visible.height > 100 && visible.scale === 1;
    document.documentElement.style.setProperty('--visible', covered ? visible.height + 'px' : '');
    document.documentElement.classList.toggle('keyboard', covered);
    if (covered) window.scrollTo(0, 0);
  };
  visible.addEventListener('resize', fit);
}

// When the keyboard goes, some WebViews of WeChat leave the page where the keyboard had pushed it.
function settleAfterKeyboard() {
  document.addEventListener('focusout', () => setTimeout(() => window.scrollTo(0, 0), 100));
}

const composer = new Composer(byId('composer'), (question) => ask(question));
place.clear.addEventListener('click', clear);
place.welcome.addEventListener('click', (event) => {
  const sample = event.target.closest('.sample');
  if (!sample) return;
  ask(sample.textContent.trim()).focus({ preventScroll: true });
});
store.onChangeElsewhere(() => {
  if (!store.turns().length) drop();
});
fitKeyboard();
settleAfterKeyboard();
open();
scroll.resume();
document.documentElement.classList.add('ready');
