// One question's way to its answer. Whatever breaks on the way, the same key leads back to the same turn.

import { readEvents } from './events.js';
import { Call, Gate, backOff, offline, pause, postJson } from './network.js';
import * as say from './wording.js';

const SILENCE = 30000; // a live stream sends at least a comment more often than this
const GIVE_UP_AFTER = 10 * 60 * 1000;
const RUNNING = { state: 'running' };
const gate = new Gate(4);

// The server said no, in words for the person. `fresh`: asking again needs a new key.
class Refused extends Error {
  constructor(message, fresh) {
    super(message);
    this.refused = true;
    this.fresh = Boolean(fresh);
  }
}

async function wordsOf(response) {
  try {
    const body = await response.json();
    return typeof body.message === 'string' ? body.message : '';
  } catch (noJson) {
    return '';
  }
}

// listener: turn(id), text(soFar, label), status(words), done(answer), failed(words, fresh)
export class Pursuit {
  constructor(record, conversation, listener) {
    this.record = record;
    this.conversation = conversation;
    this.listener = listener;
    this.cancelled = false;
    this.askedAgain = false;
    this.text = '';
  }

  cancel() {
    this.cancelled = true;
    if (this.call) this.call.abort('cancelled');
  }

  async run() {
    const until = Date.now() + GIVE_UP_AFTER;
    let attempt = 0;
    let broken = false;
    while (!this.cancelled) {
      try {
        const found = this.record.turn ? await this.look() : await this.ask();
        if (this.cancelled) return;
        if (found !== RUNNING) {
          this.listener.done(found);
          return;
        }
        if (broken) attempt = 0;
        broken = false;
        this.listener.status(say.RECONNECTED);
      } catch (error) {
        if (this.cancelled) return;
        if (error.refused) {
          this.listener.failed(error.message, error.fresh);
          return;
        }
        broken = true;
        this.listener.status(offline() ? say.OFFLINE : say.INTERRUPTED);
      }
      if (Date.now() > until) {
        this.listener.failed(say.GAVE_UP, false);
        return;
      }
      await pause(offline() ? 15000 : backOff(attempt, broken ? 8000 : 4000));
      attempt += 1;
    }
  }

  async ask() {
    if (gate.full) this.listener.status(say.QUEUED);
    await gate.enter();
    try {
      return this.cancelled ? RUNNING : await this.converse();
    } finally {
      gate.leave();
    }
  }

  async converse() {
    if (!offline()) this.listener.status(say.WAITING);
    this.call = new Call(SILENCE);
    try {
      const response = await postJson(this.call, '/api/chat', {
        message: this.record.question,
        key: this.record.key,
        conversation: this.conversation,
      });
      if (!response.ok) throw await this.refusal(response);
      let answer = null;
      const note = (name, data) => {
        answer = this.hear(name, data) || answer;
      };
      const more = () => {
        this.call.heard();
        return Boolean(answer);
      };
      await this.call.until(readEvents(response, note, more));
      if (!answer) throw new Error('the stream ended early');
      return answer;
    } finally {
      this.call.close();
    }
  }

  hear(name, data) {
    if (this.cancelled) return null;
    if (name === 'turn') {
      this.text = ''; // a turn joined again tells its text from the start
      this.listener.turn(data.turn);
    }
    if (name === 'delta') {
      this.tell(this.text + data.text, data.label);
    }
    if (name === 'replace') this.tell(data.text, data.label); // the stored answer reads otherwise
    if (name === 'error') throw new Refused(data.message || say.UNEXPECTED, true);
    return name === 'done' ? data : null;
  }

  tell(text, label) {
    if (text === this.text) return;
    this.text = text;
    this.listener.text(text, label || '');
  }

  async look() {
    this.call = new Call(15000);
    try {
      const response = await this.call.fetch('/api/turns/' + encodeURIComponent(this.record.turn));
      if (response.status === 404) return this.lost();
      if (!response.ok) throw await this.refusal(response, true);
      const found = await this.call.until(response.json());
      if (found.outcome) return found;
      if (found.state === 'running') {
        if (found.text) this.tell(found.text, found.label);
        return RUNNING;
      }
      throw new Refused(found.message || say.UNEXPECTED, true);
    } finally {
      this.call.close();
    }
  }

  // The server no longer knows the turn: ask again, once, and only while the person is still likely to be waiting.
  lost() {
    if (this.askedAgain || Date.now() - this.record.at > GIVE_UP_AFTER) throw new Refused(say.LOST, true);
    this.askedAgain = true;
    this.listener.turn(null);
    return RUNNING;
  }

  async refusal(response, looking) {
    const passing = response.status === 502 || response.status === 504;
    if (passing || (looking && (response.status === 429 || response.status >= 500))) return new Error('unavailable for now');
    return new Refused((await wordsOf(response)) || say.UNEXPECTED, false);
  }
}
