// A text shaded by a reward model: behind the editor, token by token, by colour and by the kind of underline, with a legend and in words.
import { announce, el, fill } from '../dom.js';

const rest = 1200;
const kinds = [
  { name: 'worst', words: 'lowers the reward much', fits: value => value <= -1.5 },
  { name: 'worse', words: 'lowers it', fits: value => value <= -0.5 },
  { name: null, words: 'about as usual', fits: value => value < 0.5 },
  { name: 'better', words: 'raises it', fits: value => value < 1.5 },
  { name: 'best', words: 'raises it much', fits: () => true },
];

export class Rewards {
  #ask; #area; #known = new Map(); #on = false; #timer = 0; #asked = 0;

  /** ask(text) → { tokens, score, model }; the element goes below the editor, the backdrop behind it. */
  constructor(area, ask) {
    [this.#area, this.#ask] = [area, ask];
    this.backdrop = el('div', { class: 'shade', 'aria-hidden': 'true', dir: 'auto', hidden: true });
    this.element = el('div', { id: 'rewards', hidden: true });
  }

  get on() { return this.#on; }

  async toggle() {
    this.#on = !this.#on;
    if (this.#on) await this.#show();
    else this.#hide();
    announce(this.#on ? 'Rewards shown' : 'Rewards hidden');
  }

  /** The text may have changed: the shade goes at once and comes back when nobody types. */
  follow() {
    if (!this.#on || this.backdrop.dataset.of === this.#area.value) return;
    clearTimeout(this.#timer);
    if (this.#known.has(this.#area.value)) { this.#draw(); return; }
    this.backdrop.hidden = true;
    this.#timer = setTimeout(() => { if (this.#area.isConnected) this.#show().catch(error => fill(this.element, el('p', { class: 'notice warn' }, error.message))); }, rest);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.backdrop.hidden = this.element.hidden = true;
    delete this.backdrop.dataset.of;
  }

  async #show() {
    const text = this.#area.value, mine = ++this.#asked;
    try {
      if (!this.#known.has(text)) this.#known.set(text, await this.#ask(text));
    } catch (error) {
      this.#on = false;
      this.#hide();
      throw error;
    }
    if (mine === this.#asked && this.#on && this.#area.value === text) this.#draw();
  }

  #draw() {
    const text = this.#area.value, scored = this.#known.get(text), parts = [];
    let at = 0;
    for (const token of [...scored.tokens].sort((a, b) => a.start - b.start)) {
      if (token.start < at || token.end === token.start) continue;
      const { name } = kinds.find(kind => kind.fits(token.standardized));
      parts.push(text.slice(at, token.start), name ? el('span', { class: `reward-${name}` }, text.slice(token.start, token.end)) : text.slice(token.start, token.end));
      at = token.end;
    }
    // A last line that is empty has no height without something in it.
    fill(this.backdrop, parts, text.slice(at), '\u200b');
    this.backdrop.dataset.of = text;
    this.backdrop.hidden = this.element.hidden = false;
    const lowest = scored.tokens.filter(token => token.standardized <= -0.5 && text.slice(token.start, token.end).trim()).sort((a, b) => a.standardized - b.standardized).slice(0, 5);
    fill(this.element,
      el('p', { class: 'legend', 'aria-label': 'What the underlines mean' }, kinds.map(({ name, words }) => el('span', { class: name && `reward-${name}` }, words))),
      el('p', { class: 'small quiet' }, lowest.length === 0 ? 'No part of this text is rewarded less than usual.' : 'Rewarded least, in standard deviations from the usual:'),
      lowest.length > 0 && el('ol', { class: 'small least', 'aria-label': 'Rewarded least' }, lowest.map(token => el('li', {}, el('bdi', {}, text.slice(token.start, token.end).trim()), ` ${token.standardized.toFixed(1).replace('-', '−')}`))));
  }
}
