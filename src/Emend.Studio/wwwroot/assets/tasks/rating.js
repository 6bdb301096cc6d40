// A number from 1 to 5 for every response on every scale of the project.
import { el, text } from '../dom.js';
import { linesOf } from '../kinds.js';
import { scale } from './controls.js';
import { mediaView } from './media.js';

const scalesOf = project => { const named = linesOf(project.settings.labels); return named.length ? named : ['helpful', 'honest', 'harmless']; };

export const task = {
  title: 'Rate answers',
  initial: () => ({ ratings: {}, comment: '' }),
  fromAnswer: ({ rating, comment }) => ({ ratings: Object.fromEntries(rating.ratings.map(each => [`${each.response} ${each.scale}`, each.value])), comment: comment ?? '' }),
  problem: () => null,
  create: context => new RatingView(context),
};

class RatingView {
  #context; #rows = [];

  constructor(context) {
    this.#context = context;
    this.meter = el('div', { class: 'meter' });
    const names = scalesOf(context.project);
    this.element = el('div', {}, el('p', { class: 'quiet' }, '1 is worst, 5 is best. A digit rates the row in focus and goes to the next.'),
      context.assignment.item.responses.map((response, k) => el('section', { class: 'card response' },
        el('h2', {}, context.assignment.item.responses.length > 1 ? `Response ${String.fromCharCode(65 + k)}` : 'Response'), mediaView(response.media), text(response.text, 'div'),
        names.map(name => {
          const key = `${response.index} ${name}`;
          const control = scale(`${name}, response ${k + 1}`, value => this.#set(key, value));
          const row = el('div', { class: 'row', tabindex: '-1' }, el('strong', { class: 'scale-name' }, name), control.element);
          this.#rows.push({ key, control, row, response: response.index, name });
          return row;
        }))));
  }

  #set(key, value) {
    const ratings = { ...this.#context.state().ratings };
    if (value === null) delete ratings[key]; else ratings[key] = value;
    this.#context.change({ ratings });
  }

  render(state) {
    for (const { key, control } of this.#rows) control.show(state.ratings[key] ?? null);
    const done = this.#rows.filter(({ key }) => state.ratings[key]).length;
    this.meter.textContent = `${done} of ${this.#rows.length} rated`;
  }

  async answer(state) {
    return { kind: 'rating', comment: state.comment.trim() || null,
      rating: { ratings: this.#rows.filter(({ key }) => state.ratings[key]).map(({ key, response, name }) => ({ response, scale: name, value: state.ratings[key] })) } };
  }

  bindings(state) {
    const inRow = this.#rows.findIndex(({ row }) => row.contains(document.activeElement));
    const at = inRow >= 0 ? inRow : this.#rows.findIndex(({ key }) => !state.ratings[key]);
    const rate = value => {
      if (at < 0) return;
      this.#set(this.#rows[at].key, value);
      this.#rows[Math.min(at + 1, this.#rows.length - 1)].row.querySelector('button').focus();
    };
    return [1, 2, 3, 4, 5].map(value => ({ keys: [String(value)], what: value === 1 ? 'Rate the row in focus (1 to 5) and go on' : null, run: () => rate(value) }));
  }
}
