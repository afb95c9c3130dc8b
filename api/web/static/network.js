// Waiting, with the network in mind: any sign that it is back ends a pause early.

const wakers = new Set();
const droppers = new Set();

function wake() {
  Array.from(wakers).forEach((waker) => waker());
}

window.addEventListener('online', wake);
window.addEventListener('pageshow', wake);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) wake();
});
window.addEventListener('offline', () => Array.from(droppers).forEach((drop) => drop()));

export function offline() {
  return navigator.onLine === false;
}

export function pause(milliseconds) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      wakers.delete(over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    wakers.add(over);
  });
}

export function backOff(attempt, longest) {
  const full = Math.min(longest, 500 * Math.pow(2, attempt));
  return full * (0.75 + Math.random() / 2); // many phones come back at once
}

// A request that ends when the network goes, or when nothing has been heard for `silence` milliseconds.
export class Call {
  constructor(silence) {
    this.silence = silence;
    this.controller = typeof AbortController === 'function' ? new AbortController() : null;
    this.broken = new Promise((resolve, reject) => {
      this.reject = reject;
    });
    this.broken.catch(() => {});
    this.drop = () => this.abort('offline');
    droppers.add(this.drop);
    this.heard();
  }

  heard() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abort('silence'), this.silence);
  }

  abort(why) {
    this.reject(new Error(why));
    if (this.controller) this.controller.abort();
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    droppers.delete(this.drop);
  }

  fetch(address, options) {
    const signal = this.controller ? { signal: this.controller.signal } : {};
    return this.until(fetch(address, Object.assign({ credentials: 'same-origin', cache: 'no-store' }, options, signal)));
  }

  until(promise) {
    return Promise.race([promise, this.broken]);
  }
}

export function postJson(call, address, value) {
  return call.fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  });
}

// At most `places` at once: a browser gives one host six connections, and some must stay free.
export class Gate {
  constructor(places) {
    this.places = places;
    this.queue = [];
  }

  get full() {
    return this.places <= 0;
  }

  enter() {
    if (this.places > 0) {
      this.places -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }

  leave() {
    const next = this.queue.shift();
    if (next) next();
    else this.places += 1;
  }
}
