// The box people type into. Enter sends, Shift+Enter breaks the line, and an input method is never interrupted.

import * as store from './store.js';
import * as say from './wording.js';

const LIMIT = 500;
const COUNT_FROM = 400;

const coarse = window.matchMedia ? window.matchMedia('(pointer: coarse)') : { matches: false };

export class Composer {
  constructor(form, onSend) {
    this.form = form;
    this.box = form.querySelector('textarea');
    this.send = form.querySelector('.send');
    this.counter = form.querySelector('.counter');
    this.onSend = onSend;
    this.composing = false;
    this.listen();
    this.write(store.draft());
  }

  listen() {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener('compositionstart', () => {
      this.composing = true;
    });
    ['compositionend', 'blur'].forEach((name) =>
      this.box.addEventListener(name, () => {
        this.composing = false;
      })
    );
    this.box.addEventListener('input', () => this.changed());
    this.box.addEventListener('keydown', (event) => this.key(event));
    window.addEventListener('resize', () => this.grow());
    // The button beside it changes its size with the text: WeChat's own font size comes after the page.
    if (typeof ResizeObserver === 'function') new ResizeObserver(() => this.grow()).observe(this.send);
  }

  key(event) {
    const choosing = event.isComposing || this.composing || event.keyCode === 229; // 229: Safari's last Enter of a word
    if (event.key !== 'Enter' || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || choosing) return;
    event.preventDefault();
    this.submit();
  }

  get length() {
    return Array.from(this.box.value.trim()).length; // characters, as the server counts them
  }

  get sendable() {
    return this.length > 0 && this.length <= LIMIT;
  }

  submit() {
    if (this.composing || !this.sendable) return;
    const text = this.box.value.trim();
    this.write('');
    this.onSend(text);
    this.rest();
  }

  write(text) {
    this.box.value = text;
    this.changed();
  }

  // Puts a question back for changing, unless something else is being written.
  offer(text) {
    if (!this.box.value.trim()) this.write(text);
    this.box.focus();
  }

  changed() {
    store.keepDraft(this.box.value);
    this.send.setAttribute('aria-disabled', String(!this.sendable));
    this.box.setAttribute('aria-invalid', String(this.length > LIMIT));
    this.counter.textContent = this.remark();
    this.counter.classList.toggle('over', this.length > LIMIT);
    this.grow();
  }

  remark() {
    if (this.length > LIMIT) return say.tooLong(this.length - LIMIT);
    return this.length > COUNT_FROM ? say.count(this.length, LIMIT) : '';
  }

  grow() {
    this.box.style.height = 'auto';
    this.box.style.height = this.box.scrollHeight + 2 + 'px';
  }

  // After sending: a keyboard on glass goes away so that the answer can be read; at a desk typing goes on.
  rest() {
    if (coarse.matches) this.box.blur();
    else this.box.focus();
  }
}
