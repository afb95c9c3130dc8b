// The conversation as this device remembers it. Another tab may write too, so every change reads first.

import * as pocket from './pocket.js';

const TURNS = 'guangzhi.turns';
const CONVERSATION = 'guangzhi.conversation';
const DRAFT = 'guangzhi.draft';
const KEPT = 50;

const memory = {}; // stands in where storage is refused (private windows, blocked cookies)
const refused = isRefused();
if (refused) {
  memory[TURNS] = JSON.stringify(pocket.takenTurns());
  memory[CONVERSATION] = pocket.taken('conversation');
}

function isRefused() {
  try {
    return !window.localStorage;
  } catch (denied) {
    return true;
  }
}

function read(name) {
  try {
    const value = window.localStorage.getItem(name);
    return value === null && name in memory ? memory[name] : value;
  } catch (refused) {
    return name in memory ? memory[name] : null;
  }
}

function write(name, value) {
  try {
    window.localStorage.setItem(name, value);
    delete memory[name];
    return true;
  } catch (refused) {
    memory[name] = value;
    return false;
  }
}

function forget(name) {
  delete memory[name];
  try {
    window.localStorage.removeItem(name);
  } catch (refused) {
    // nothing was kept
  }
}

export function identity() {
  if (window.crypto && window.crypto.randomUUID) return window.crypto.randomUUID();
  const bytes = new Uint8Array(16);
  window.crypto.getRandomValues(bytes);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => ('0' + byte.toString(16)).slice(-2)).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function sound(record) {
  return Boolean(record) && typeof record.key === 'string' && typeof record.question === 'string';
}

export function turns() {
  try {
    const kept = JSON.parse(read(TURNS) || '[]');
    return Array.isArray(kept) ? kept.filter(sound) : [];
  } catch (damaged) {
    return [];
  }
}

function keep(records) {
  let kept = records.slice(-KEPT);
  if (refused) pocket.putTurns(kept);
  while (!write(TURNS, JSON.stringify(kept)) && !refused && kept.length > 1) kept = kept.slice(Math.ceil(kept.length / 2));
}

export function add(record) {
  keep(turns().concat([record]));
}

// A record that was cleared meanwhile stays cleared.
export function update(key, record) {
  const kept = turns();
  const at = kept.findIndex((one) => one.key === key);
  if (at < 0) return;
  kept[at] = record;
  keep(kept);
}

export function conversation() {
  const known = read(CONVERSATION);
  if (known) return known;
  const fresh = identity();
  nameConversation(fresh);
  return fresh;
}

function nameConversation(name) {
  write(CONVERSATION, name);
  if (refused) pocket.putConversation(name);
}

export function clear() {
  const before = { turns: turns(), conversation: conversation() };
  forget(TURNS);
  forget(CONVERSATION);
  if (refused) {
    pocket.putTurns([]);
    pocket.putConversation('');
  }
  return before;
}

export function restore(before) {
  nameConversation(before.conversation);
  keep(before.turns.concat(turns()));
}

// A change made in another tab.
export function onChangeElsewhere(listener) {
  window.addEventListener('storage', (event) => {
    if (event.key === TURNS || event.key === null) listener();
  });
}

export function draft() {
  return read(DRAFT) || '';
}

export function keepDraft(text) {
  if (text) write(DRAFT, text);
  else forget(DRAFT);
}
