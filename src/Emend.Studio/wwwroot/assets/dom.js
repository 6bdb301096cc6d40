// Elements are made from text and never from markup: what people wrote is shown as it is, whatever it contains.

/** el('p', {class: 'quiet', onclick: f, hidden: false}, 'text', child, [more]) */
export function el(name, settings = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(settings)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.className = value;
    else if (key === 'dataset') Object.assign(element.dataset, value);
    else if (typeof value === 'boolean' && !key.startsWith('aria-')) { if (value) element.setAttribute(key, ''); }
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** A label and its control; the control gets an id where it has none. */
let fields = 0;
export function field(label, control, hint) {
  control.id ||= `field-${++fields}`;
  const hintId = hint ? `${control.id}-hint` : null;
  if (hintId) control.setAttribute('aria-describedby', hintId);
  return el('div', { class: 'field' }, el('label', { for: control.id }, label), control, hint && el('p', { class: 'hint', id: hintId }, hint));
}

export const text = (content, name = 'p') => el(name, { class: 'text', dir: 'auto' }, content);

export const percent = share => share === null || share === undefined ? '–' : `${Math.round(share * 100)} %`;

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

export const time = iso => new Date(iso).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

/** Says something to screen readers: once, when things are at rest. */
let said = '';
export function announce(sentence) {
  const region = document.getElementById('live');
  if (!region || sentence === said) return;
  said = sentence;
  region.textContent = sentence;
}

/** A notice above the page's content: kind is bad, warn or good. */
export function notice(kind, ...children) {
  const place = document.getElementById('notices');
  const box = el('div', { class: `notice ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, ...children);
  fill(place, box);
  return box;
}

export const clearNotice = () => document.getElementById('notices')?.replaceChildren();

/** A refusal as sentences: what and where. */
export function problemBox(error) {
  const list = error.problems?.length ? el('ul', {}, error.problems.map(problem => el('li', {}, `${problem.field}: ${problem.message}`))) : null;
  return [el('p', {}, error.message), list];
}

export function report(error) {
  console.warn(error);
  notice('bad', problemBox(error)).scrollIntoView({ block: 'nearest' });
}

/** A button that runs something once at a time and shows what went wrong. */
export function action(label, run, settings = {}) {
  const button = el('button', { type: 'button', ...settings, onclick: async () => {
    if (button.disabled) return;
    button.disabled = true;
    clearNotice();
    try { await run(button); } catch (error) { report(error); } finally { button.disabled = false; }
  } }, label);
  return button;
}

/** A form that submits by a function. */
export function form(submit, ...children) {
  const made = el('form', { onsubmit: async event => {
    event.preventDefault();
    const button = made.querySelector('button[type=submit]');
    if (button.disabled) return;
    button.disabled = true;
    clearNotice();
    try { await submit(new FormData(made)); } catch (error) { report(error); } finally { button.disabled = false; }
  } }, ...children);
  return made;
}

/** A modal dialog that is gone when it closes; resolves to what close was called with, or null. */
export function dialog(title, build) {
  return new Promise(resolve => {
    let result = null;
    const box = el('dialog', { 'aria-labelledby': 'dialog-title' });
    const close = value => { result = value; box.close(); };
    add(box, [el('h2', { id: 'dialog-title' }, title), build(close)]);
    box.addEventListener('close', () => { box.remove(); resolve(result); });
    document.body.append(box);
    box.showModal();
  });
}
