// Keys: one table serves the handler and the sheet that ? opens. Single-letter keys are dead while a text box has focus.
import { dialog, el } from '../dom.js';

const isText = target => (target.matches?.('input:not([type=checkbox], [type=radio], [type=button]), select, [contenteditable]') || (target.matches?.('textarea:not([aria-readonly])')));

const nameOf = event => [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey && event.key.length > 1 ? 'Shift' : '',
  event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key].filter(Boolean).join('+');

/** bindings(): list of {keys: ['1'], what: 'Prefer the left one', run, inText?: true}; asked anew with each key. */
export function listen(bindings) {
  addEventListener('keydown', event => {
    if (event.isComposing || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    let name = nameOf(event);
    if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.length === 1) name = name.replace('Ctrl+', 'Ctrl+Shift+');
    const typing = isText(event.target);
    const onControl = ['Enter', 'Space'].includes(name) && event.target.closest?.('button, a, summary, input');
    if (onControl) return;
    const binding = bindings().find(each => each.keys.includes(name) && (each.inText || !typing) && each.run);
    if (!binding || binding.run(event) === false) return;
    event.preventDefault();
  });
}

export const pretty = key => key.split('+').map(part => ({ ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Backspace: '⌫' })[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(' ');

export const hint = key => el('kbd', { 'aria-hidden': 'true', class: 'optional-key' }, pretty(key));

export function sheet(bindings) {
  return dialog('Keys', close => el('div', {},
    el('p', { class: 'quiet small' }, 'Keys of a single letter or digit do nothing while you are in a text box; Esc leaves it.'),
    el('p', {}, el('button', { type: 'button', class: 'main', autofocus: true, onclick: () => close(null) }, 'Close')),
    el('dl', { class: 'keys' }, bindings.filter(each => each.what).map(each => [
      el('dt', {}, each.keys.slice(0, 2).map((key, i) => [i > 0 && ' or ', el('kbd', {}, pretty(key))])), el('dd', {}, each.what)]))));
}
