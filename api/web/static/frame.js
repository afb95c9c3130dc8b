// Our page inside another page's frame. Readiness, Esc and focus go to and fro with widget.js; what is asked does not.

const host = window.parent;
const tell = (word) => host.postMessage({ guangzhi: word }, '*'); // nothing in it that anyone may not hear

function takeFocus() {
  const box = document.getElementById('question');
  const glass = window.matchMedia && window.matchMedia('(pointer: coarse)').matches; // no keyboard over the answers
  const target = box && !glass ? box : document.querySelector('main');
  if (!target.hasAttribute('tabindex') && target !== box) target.setAttribute('tabindex', '-1');
  target.focus({ preventScroll: true });
}

if (host !== window) {
  window.addEventListener('message', (event) => {
    if (event.source === host && event.data && event.data.guangzhi === 'open') takeFocus();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing && event.keyCode !== 229) tell('close');
  });
  document.addEventListener('guangzhi:settled', () => tell('settled'));
  tell('ready');
}
