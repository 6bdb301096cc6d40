// Keys: one table serves the handler and the sheet that ? opens. Single-letter keys are dead while a text box has focus. Bindings name
// usual keys; somebody may use others instead (kept with their account), and everything here shows and hears those.
import { getWithTag, put } from '../api.js';
import { announce, dialog, el, fill } from '../dom.js';

const fixed = ['Escape', 'Tab', 'Enter', 'Space', '?', 'Backspace'];
let own = {}, version = 0;

const isText = target => (target.matches?.('input:not([type=checkbox], [type=radio], [type=button]), select, [contenteditable]') || (target.matches?.('textarea:not([aria-readonly])')));

function nameOf(event) {
  const letter = event.key.length === 1, control = event.ctrlKey || event.metaKey;
  return [control ? 'Ctrl' : '', event.altKey ? 'Alt' : '', event.shiftKey && (!letter || control) ? 'Shift' : '',
    event.key === ' ' ? 'Space' : letter ? event.key.toLowerCase() : event.key].filter(Boolean).join('+');
}

/** The key that is pressed for a usual one. */
const actual = key => own[key] ?? key;

/** Reads the keys of whoever is signed in. */
export async function loadKeys() {
  const { body } = await getWithTag('/api/account/keys');
  ({ keys: own, version } = body);
}

/** bindings(): list of {keys: ['1'], what: 'Prefer the left one', run, inText?: true}; asked anew with each key. */
export function listen(bindings) {
  addEventListener('keydown', event => {
    if (event.isComposing || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const name = nameOf(event), typing = isText(event.target);
    const onControl = ['Enter', 'Space'].includes(name) && event.target.closest?.('button, a, summary, input');
    if (onControl) return;
    const binding = bindings().find(each => each.keys.some(key => actual(key) === name) && (each.inText || !typing) && each.run);
    if (!binding || binding.run(event) === false) return;
    event.preventDefault();
  });
}

export const pretty = key => key.split('+').map(part => ({ ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Backspace: '⌫' })[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(' ');

export const hint = key => el('kbd', { 'aria-hidden': 'true', class: 'optional-key', dataset: { key } }, pretty(actual(key)));

/** A binding whose keys stand for different things, such as first letters, is as it is. */
const canChange = binding => binding.keys.length <= 2 && !fixed.includes(binding.keys[0]);

export function sheet(bindings) {
  return dialog('Keys', close => {
    const list = el('dl', { class: 'keys' }), said = el('p', { class: 'small', role: 'status' });

    function draw(focus = null) {
      fill(list, bindings.filter(each => each.what).map((each, k) => [
        el('dt', {}, each.keys.slice(0, 2).map((key, i) => [i > 0 && ' or ', el('kbd', {}, pretty(actual(key)))])),
        el('dd', {}, each.what, canChange(each) && [' ', el('button', { type: 'button', class: 'plain small-button', dataset: { change: k }, onclick: event => change(each, k, event.target) }, 'Other key', el('span', { class: 'unseen' }, ` for: ${each.what}`))])]));
      if (focus !== null) list.querySelector(`[data-change="${focus}"]`)?.focus();
    }

    /** The next key that is pressed is the new one; Esc leaves things as they are. */
    function change(binding, k, button) {
      button.textContent = 'Press the new key, or Esc';
      button.addEventListener('blur', () => draw(), { once: true });
      button.onkeydown = async event => {
        event.preventDefault();
        event.stopPropagation();
        if (['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock'].includes(event.key)) return;
        const name = nameOf(event), usual = binding.keys[0];
        if (name === 'Escape') { draw(k); return; }
        const taken = bindings.find(each => each !== binding && each.keys.some(key => actual(key) === name));
        if (fixed.includes(name) || taken) {
          said.textContent = taken ? `${pretty(name)} is the key of: ${taken.what ?? 'another one like it'}. Choose another.` : `${pretty(name)} keeps its meaning. Choose another.`;
          return;
        }
        await save({ ...own, [usual]: name }, `${binding.what}: ${pretty(name)}`);
        draw(k);
      };
    }

    async function save(keys, words) {
      for (const usual of Object.keys(keys)) if (keys[usual] === usual) delete keys[usual];
      try {
        ({ keys: own, version } = await put('/api/account/keys', { keys }, { headers: { 'If-Match': `"${version}"` } }));
        said.textContent = words;
        announce(words);
        for (const shown of document.querySelectorAll('kbd[data-key]')) shown.textContent = pretty(actual(shown.dataset.key));
      } catch (error) {
        said.textContent = error.message;
        if (error.code === 'outdated') await loadKeys();
      }
    }

    draw();
    return el('div', {},
      el('p', { class: 'quiet small' }, 'Keys of a single letter or digit do nothing while you are in a text box; Esc leaves it. Changed keys belong to your account.'),
      el('p', { class: 'row' }, el('button', { type: 'button', class: 'main', autofocus: true, onclick: () => close(null) }, 'Close'),
        el('button', { type: 'button', class: 'plain', id: 'usual-keys', onclick: async () => { await save({}, 'All keys are the usual ones.'); draw(); } }, 'Usual keys')), said, list);
  });
}
