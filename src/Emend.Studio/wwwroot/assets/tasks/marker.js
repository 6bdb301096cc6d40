// Marks stretches of a text with labels. The text lies in a text box that takes no
// input, so that it can be selected by keyboard too; a read-only one would have no caret.
import { announce, el, fill, notice } from '../dom.js';
import { grow } from './controls.js';

export class Marker {
  #text; #labels; #set; #spans = [];

  /** set(spans) is called with the new list. */
  constructor({ text, labels, label, set }) {
    [this.#text, this.#labels, this.#set] = [text, labels, set];
    this.area = el('textarea', { class: 'editor', dir: 'auto', 'aria-readonly': 'true', inputmode: 'none', spellcheck: 'false', 'aria-label': label, rows: 3, onbeforeinput: event => event.preventDefault() });
    this.area.value = text;
    this.list = el('ul', { class: 'chips', 'aria-label': 'Marked' });
    this.element = el('div', { class: 'response' }, this.area,
      el('div', { class: 'tags', role: 'group', 'aria-label': 'Label for what is selected' }, labels.map((name, k) =>
        el('button', { type: 'button', class: 'small-button', onmousedown: event => event.preventDefault(), onclick: () => this.mark(k) }, name))),
      this.list);
  }

  mark(k) {
    let [start, end] = [this.area.selectionStart, this.area.selectionEnd];
    while (start < end && /\s/.test(this.#text[start])) start++;
    while (end > start && /\s/.test(this.#text[end - 1])) end--;
    if (start === end) { notice('warn', 'Select something in the text first, with the mouse or with Shift and the arrow keys.'); return; }
    const label = this.#labels[k];
    if (this.#spans.some(span => span.start === start && span.end === end && span.label === label)) return;
    this.#set([...this.#spans, { start, end, label }].sort((a, b) => a.start - b.start || a.end - b.end));
    announce(`Marked as ${label}: ${this.#text.slice(start, end)}`);
  }

  render(spans) {
    this.#spans = spans;
    grow(this.area);
    fill(this.list, spans.map((span, k) => el('li', { class: 'chip' }, el('div', { class: 'row' },
      el('span', { class: 'text', dir: 'auto' }, el('mark', { class: 'marked' }, this.#text.slice(span.start, span.end))), el('span', { class: 'pill warn' }, span.label),
      el('button', { type: 'button', class: 'plain small-button', onclick: () => this.#set(spans.filter((_, i) => i !== k)) }, 'Remove', el('span', { class: 'unseen' }, ` mark ${k + 1}`))))));
  }
}
