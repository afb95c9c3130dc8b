// Building elements: text always goes in as text.

export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  const given = attributes || {};
  Object.keys(given).forEach((name) => {
    const value = given[name];
    if (value === null || value === undefined || value === false) return;
    if (name === 'onclick') node.addEventListener('click', value);
    else node.setAttribute(name, value === true ? '' : String(value));
  });
  append(node, children);
  return node;
}

export function append(node, children) {
  children.forEach((child) => {
    if (child === null || child === undefined || child === false) return;
    node.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
  });
  return node;
}

export function empty(node) {
  while (node.firstChild) node.removeChild(node.firstChild);
  return node;
}

export function fill(node, ...children) {
  return append(empty(node), children);
}

export function button(words, className, onclick, attributes) {
  return make('button', Object.assign({ type: 'button', class: className, onclick }, attributes), words);
}

// A line drawing of 24 by 24, in the colour of the text around it.
export function icon(path) {
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  const line = document.createElementNS(space, 'path');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.setAttribute('class', 'icon');
  line.setAttribute('d', path);
  drawing.appendChild(line);
  return drawing;
}

// The one place where markup from the server enters the page; the server has sanitised it.
export function sanitisedHtml(className, html) {
  const node = make('div', { class: className });
  node.innerHTML = html;
  return node;
}
