// Small controls that several tasks share.
import { el } from '../dom.js';

/** Buttons of which one is pressed; pressing it again takes it back. values: [[value, label, hint?]]. */
export function choiceOf(label, values, pick, { kbd = null, clear = true } = {}) {
  const buttons = values.map(([value, words, key]) => el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => pick(clear && pressed(value) ? null : value) }, words, key && kbd?.(key)));
  const pressed = value => buttons[values.findIndex(each => each[0] === value)].getAttribute('aria-pressed') === 'true';
  const element = el('div', { class: 'scale', role: 'group', 'aria-label': label }, buttons);
  return { element, show: value => buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(values[i][0] === value))) };
}

/** Numbers 1 to 5 on a scale. */
export const scale = (label, pick) => choiceOf(label, [1, 2, 3, 4, 5].map(value => [value, String(value)]), pick);

/** A text area that grows with its text, for browsers without field-sizing. */
export function grow(area) {
  if (CSS.supports('field-sizing', 'content')) return;
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight + 2}px`;
}
