// The chat on any page: <script src="https://…/widget.js" async></script> puts a button in its corner.
//
// The button lives in a shadow tree and, where the browser has one, in the top layer; the chat is a page of ours in a
// frame. So the host's styles reach neither, its scripts cannot read what people ask, and of its content policy only
// script-src and frame-src need our address. A script on its own: it brings its own few sentences.
(function () {
  'use strict';

  const SAY = {
    TITLE: '光质通',
    LOADING: '正在打开…',
    OFFLINE: '网络已断开。连上后会自动打开。',
    UNREACHABLE: '没有连上光质通。请检查网络后再试；如果一直这样，请告诉网站管理员。',
    AGAIN: '再试一次',
    WINDOW: '在新窗口打开',
    CLOSE: '收起',
    NEWS: '（有新回答）',
    IGNORED: '光质通：不认识的 data-',
  };
  const TAG = 'guangzhi-widget';
  const PATIENCE = 15000; // for the page in the frame to say that it is there
  const SMALL = '(max-width: 480px), (max-height: 480px)';
  const ICONS = {
    talk: 'M5 4.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 4v-4H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM8 9.5h8M8 12.5h5',
    window: 'M13 5h6v6M19 5l-8 8M10 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-4',
    close: 'M6 6l12 12M18 6L6 18',
  };
  const STYLE = `
:host, :host::before, :host::after { all: initial !important; }
:host::before, :host::after { display: none !important; }
:host {
  display: block !important; position: fixed !important; left: 0 !important; top: 0 !important;
  width: 0 !important; height: 0 !important; z-index: 2147483647 !important; direction: ltr !important;
  overflow: visible !important; color-scheme: light dark !important;
}
* { box-sizing: border-box; }
.all {
  --surface: #fff; --ink: #1b2125; --line: #c3cbce;
  font: 16px/1.5 -apple-system, BlinkMacSystemFont, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: var(--ink);
}
button { font: inherit; color: inherit; margin: 0; border: 0; background: none; cursor: pointer; touch-action: manipulation; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }
button:focus-visible, .panel:focus-visible { outline: 3px solid #fff; outline-offset: 0; box-shadow: 0 0 0 6px #10191b; }
.launch {
  position: fixed; bottom: 20px; bottom: calc(20px + env(safe-area-inset-bottom)); right: 20px;
  display: flex; align-items: center; max-width: calc(100vw - 40px); min-height: 52px; padding: 0 20px 0 16px;
  border-radius: 26px; border: 1px solid rgba(255, 255, 255, .45);
  background: var(--colour); color: var(--on-colour); box-shadow: 0 2px 12px rgba(0, 0, 0, .28);
}
.launch span { margin-left: 8px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.launch .news { width: 1px; height: 1px; margin: 0 -1px 0 0; clip-path: inset(50%); }
.launch.fresh::after {
  content: ""; position: absolute; top: 0; right: 6px; width: 13px; height: 13px;
  border: 2px solid #fff; border-radius: 50%; background: #c3271b;
}
.panel {
  position: fixed; right: 20px; bottom: 20px; display: flex; flex-direction: column;
  width: 400px; height: min(640px, calc(100vh - 40px)); overflow: hidden;
  border: 1px solid var(--line); border-radius: 14px; background: var(--surface); box-shadow: 0 8px 40px rgba(0, 0, 0, .3);
}
.left .launch { right: auto; left: 20px; }
.left .panel { right: auto; left: 20px; }
.bar { flex: none; display: flex; align-items: center; padding: 0 4px 0 16px; background: var(--colour); color: var(--on-colour); }
.title { flex: 1; min-width: 0; font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bar button { display: flex; align-items: center; justify-content: center; width: 48px; height: 48px; padding: 0; border-radius: 10px; }
.bar button:focus-visible { outline-offset: -6px; box-shadow: inset 0 0 0 3px #10191b; }
.note { flex: 1; display: flex; flex-direction: column; align-items: flex-start; justify-content: center; padding: 24px; }
.note p { margin: 0 0 12px; }
.note button { min-height: 44px; padding: 0 18px; border: 1px solid currentColor; border-radius: 10px; }
iframe { flex: 1; width: 100%; min-height: 0; border: 0; color-scheme: light dark; }
.waiting iframe { position: absolute; width: 1px; height: 1px; opacity: 0; }
.shut { visibility: hidden; }
.away { display: none; }
@media (prefers-color-scheme: dark) { .all { --surface: #1a2024; --ink: #e4e9ec; --line: #414d54; } }
@media ${SMALL} {
  .panel, .left .panel { left: 0; right: 0; top: 0; bottom: auto; width: 100%; height: 100vh; height: 100dvh; border: 0; border-radius: 0; }
  .bar { padding-top: env(safe-area-inset-top); }
}
@media print { .all { display: none; } }`;

  const script = document.currentScript;
  if (!script || document.querySelector(TAG)) return;
  const base = new URL(script.src).origin;

  // ── what the host page may say, each value checked ───

  const CHECKS = {
    title: (value) => (value.trim().length >= 1 && value.trim().length <= 20 ? value.trim() : null),
    color: (value) => (/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value) ? value.toLowerCase() : null),
    position: (value) => (value === 'left' || value === 'right' ? value : null),
  };

  function setting(name, usual) {
    const given = script.getAttribute('data-' + name);
    if (given === null) return usual;
    const value = CHECKS[name](given);
    if (value === null) console.warn(SAY.IGNORED + name + '：' + given);
    return value === null ? usual : value;
  }

  // Black or white, whichever is read better on this colour: one of them always has a contrast above 4.5.
  function readableOn(colour) {
    const digits = colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour;
    const light = [1, 3, 5].map((at) => {
      const part = parseInt(digits.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    });
    const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
    return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000';
  }

  // ── building; no markup is parsed, so a policy of trusted types is met ───

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    Object.keys(attributes).forEach((name) => node.setAttribute(name, attributes[name]));
    children.forEach((child) => node.append(child));
    return node;
  }

  function icon(name) {
    const space = 'http://www.w3.org/2000/svg';
    const drawing = document.createElementNS(space, 'svg');
    const line = document.createElementNS(space, 'path');
    drawing.setAttribute('viewBox', '0 0 24 24');
    drawing.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', ICONS[name]);
    drawing.append(line);
    return drawing;
  }

  function dress(root) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE); // unlike an element, not the business of the host's style-src
      root.adoptedStyleSheets = [sheet];
    } catch (older) {
      const element = document.createElement('style');
      element.textContent = STYLE;
      root.append(element);
    }
  }

  const title = setting('title', SAY.TITLE);
  const colour = setting('color', '#0b6b64');
  const news = make('span', { class: 'news' });
  const launch = make(
    'button', { type: 'button', class: 'launch', 'aria-haspopup': 'dialog' }, icon('talk'), make('span', {}, title), news
  );
  const outside = make('button', { type: 'button', 'aria-label': SAY.WINDOW, title: SAY.WINDOW }, icon('window'));
  const closing = make('button', { type: 'button', 'aria-label': SAY.CLOSE, title: SAY.CLOSE }, icon('close'));
  const words = make('p', { role: 'status' });
  const again = make('button', { type: 'button' }, SAY.AGAIN);
  const note = make('div', { class: 'note' }, words, again);
  const panel = make(
    'section',
    { class: 'panel waiting shut', role: 'dialog', 'aria-label': title },
    make('div', { class: 'bar' }, make('div', { class: 'title' }, title), outside, closing),
    note
  );
  const all = make('div', { class: 'all ' + setting('position', 'right') }, launch, panel);
  all.style.setProperty('--colour', colour);
  all.style.setProperty('--on-colour', readableOn(colour));
  const host = make(TAG, { popover: 'manual' });
  const root = host.attachShadow({ mode: 'open' });
  dress(root);
  root.append(all);

  // ── the frame: made when first opened, kept while the page lives ───

  const state = { open: false, ready: false, frame: null, timer: 0, inert: false };
  const small = window.matchMedia(SMALL);

  function load() {
    if (state.frame) state.frame.remove();
    state.ready = false;
    state.frame = make('iframe', {
      title: title,
      allow: 'clipboard-write',
      referrerpolicy: 'origin',
      src: base + '/widget?host=' + encodeURIComponent(location.origin),
    });
    panel.append(state.frame);
    tell(SAY.LOADING, false);
    clearTimeout(state.timer);
    state.timer = setTimeout(failed, navigator.onLine === false ? 0 : PATIENCE);
  }

  function failed() {
    tell(navigator.onLine === false ? SAY.OFFLINE : SAY.UNREACHABLE, true);
    if (state.open) again.focus();
  }

  function tell(sentence, canTry) {
    panel.classList.add('waiting');
    note.classList.remove('away');
    words.textContent = sentence;
    again.classList.toggle('away', !canTry);
  }

  function arrived() {
    clearTimeout(state.timer);
    state.ready = true;
    panel.classList.remove('waiting');
    note.classList.add('away');
    if (state.open) enter();
  }

  function enter() {
    state.frame.focus();
    state.frame.contentWindow.postMessage({ guangzhi: 'open' }, base);
  }

  // ── opening and closing ───

  function open() {
    state.open = true;
    fresh(false);
    panel.classList.remove('shut');
    launch.classList.add('away');
    fit();
    if (!state.frame || !(state.ready || panel.classList.contains('waiting'))) load();
    else if (state.ready) enter();
    if (!state.ready) closing.focus();
  }

  function close() {
    if (!state.open) return;
    state.open = false;
    panel.classList.add('shut');
    launch.classList.remove('away');
    fit();
    launch.focus();
  }

  function fresh(any) {
    launch.classList.toggle('fresh', any);
    news.textContent = any ? SAY.NEWS : '';
  }

  // Full screen it is a modal dialog: the page behind is out of reach. The keyboard on glass takes part of the screen.
  function fit() {
    const whole = state.open && small.matches;
    const visible = window.visualViewport;
    panel.setAttribute('aria-modal', String(whole));
    if (document.body && whole !== state.inert) document.body.inert = state.inert = whole;
    panel.style.top = whole && visible ? visible.offsetTop + 'px' : '';
    panel.style.height = whole && visible ? visible.height + 'px' : '';
  }

  launch.addEventListener('click', open);
  closing.addEventListener('click', close);
  again.addEventListener('click', load);
  outside.addEventListener('click', () => window.open(base + '/', '_blank', 'noopener'));
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
  });
  window.addEventListener('message', (event) => {
    if (event.origin !== base || !state.frame || event.source !== state.frame.contentWindow) return;
    const word = event.data && event.data.guangzhi;
    if (word === 'ready') arrived();
    if (word === 'close') close();
    if (word === 'settled' && !state.open) fresh(true);
  });
  window.addEventListener('online', () => {
    if (state.frame && !state.ready) load();
  });
  small.addEventListener('change', fit);
  if (window.visualViewport) {
    window.visualViewport.addEventListener('resize', fit);
    window.visualViewport.addEventListener('scroll', fit);
  }

  // Beside the body: nothing that is done to the body hides, moves or clips it.
  document.documentElement.append(host);
  if (host.showPopover) host.showPopover();
})();
