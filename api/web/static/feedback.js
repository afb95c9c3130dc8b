// 👍 and 👎 under an answer. A thumb counts at once; the reason, if any, follows it.

import { append, button, fill, icon, make } from './dom.js';
import { Call, postJson } from './network.js';
import * as say from './wording.js';

// Drawn, not 👍: emoji fonts differ, and some phones have none.
const THUMB = 'M7 10.5v9.5H4v-9.5h3zm0 0 3.6-6.4a1.8 1.8 0 0 1 3.4.9v4h4.6a2 2 0 0 1 2 2.4l-1.4 7a2 2 0 0 1-2 1.6H7';

async function send(turn, useful, reason) {
  const call = new Call(15000);
  try {
    const response = await postJson(call, '/api/turns/' + encodeURIComponent(turn) + '/feedback', { useful, reason });
    if (!response.ok) throw new Error('feedback refused');
  } finally {
    call.close();
  }
}

// given: null, 'up' or 'down'; onGiven is told of a change worth remembering.
export function feedback(turn, given, onGiven) {
  const remark = make('span', { class: 'remark', role: 'status' });
  const extra = make('div', { class: 'why-place' });
  const thumbs = {
    up: thumb('up', say.USEFUL, () => press('up')),
    down: thumb('down', say.USELESS, () => press('down')),
  };
  mark(given);

  function mark(which) {
    Object.keys(thumbs).forEach((name) => thumbs[name].setAttribute('aria-pressed', String(name === which)));
  }

  function press(which) {
    fill(extra);
    mark(which);
    deliver(which, null).then((delivered) => {
      if (delivered && which === 'up') remark.textContent = say.THANKS;
    });
    if (which === 'down') extra.appendChild(reasonForm(give, leave));
  }

  async function deliver(which, reason) {
    remark.textContent = '';
    try {
      await send(turn, which === 'up', reason);
      given = which;
      onGiven(which);
      return true;
    } catch (undelivered) {
      mark(given);
      remark.textContent = say.FEEDBACK_FAILED;
      return false;
    }
  }

  async function give(reason) {
    if (!(await deliver('down', reason || null))) return;
    mark('down');
    leave();
    remark.textContent = say.THANKS_WHY;
  }

  function leave() {
    fill(extra);
    thumbs.down.focus();
  }

  return { buttons: [thumbs.up, thumbs.down, remark], extra };
}

function thumb(way, words, onclick) {
  const node = button('', 'thumb ' + way, onclick, { 'aria-label': words, 'aria-pressed': 'false', title: words });
  node.appendChild(icon(THUMB));
  return node;
}

function reasonForm(give, leave) {
  const choices = say.REASONS.map((reason) =>
    button(reason, 'reason', (event) => {
      const on = event.currentTarget.getAttribute('aria-pressed') !== 'true';
      event.currentTarget.setAttribute('aria-pressed', String(on));
    }, { 'aria-pressed': 'false' })
  );
  const words = make('input', { type: 'text', maxlength: 200, placeholder: say.OTHER_REASON, 'aria-label': say.OTHER_REASON });
  const chosen = () => choices.filter((choice) => choice.getAttribute('aria-pressed') === 'true').map((choice) => choice.textContent);
  const form = make(
    'form',
    { class: 'why', 'aria-label': say.WHY },
    make('p', null, say.WHY),
    append(make('div', { class: 'reasons' }), choices),
    words,
    make('div', { class: 'row' }, make('button', { type: 'submit', class: 'primary' }, say.SUBMIT), button(say.SKIP, 'plain', leave))
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    give(chosen().concat(words.value.trim() || []).join('；'));
  });
  return form;
}
