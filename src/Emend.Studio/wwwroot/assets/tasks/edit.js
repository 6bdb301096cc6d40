// Choose between responses, then change in the less preferred one only what makes it better.
import { el, fill, text } from '../dom.js';
import { reasons } from '../kinds.js';
import { choiceOf, scale } from './controls.js';
import { asideOf } from './advice.js';
import { Editor, editHint } from './editor.js';
import { hint } from './keys.js';
import { Marker } from './marker.js';
import { mediaView } from './media.js';

const scales = ['helpful', 'honest', 'harmless'];
const letter = k => String.fromCharCode(65 + k);

function initial(assignment) {
  const single = assignment.item.responses.length === 1;
  return { choice: single ? 'single' : null, preferred: null, strength: null, target: single ? assignment.item.responses[0].index : null,
    outcome: null, edited: null, tags: [], flags: [], originalRatings: {}, editedRatings: {}, comment: '' };
}

const given = ratings => Object.values(ratings ?? {}).some(value => value) ? { helpful: null, honest: null, harmless: null, ...ratings } : null;

/** What the API calls the answer; hunk reasons as given. */
function answerOf(state, tags) {
  const edited = state.outcome === 'edited';
  return {
    kind: 'edit',
    edit: {
      choice: state.choice, preferred: state.choice === 'prefer' ? state.preferred : null, strength: state.choice === 'prefer' ? state.strength : null,
      target: state.target, outcome: state.outcome, edited: edited ? state.edited : null, reasons: edited ? tags : [],
      flags: state.target === null ? [] : state.flags, originalRatings: given(state.originalRatings), editedRatings: edited ? given(state.editedRatings) : null,
    },
    comment: state.comment.trim() || null,
  };
}

/** What is thought before a model is asked. */
const judgementOf = state => ({
  target: state.target, choice: state.choice, preferred: state.choice === 'prefer' ? state.preferred : null, strength: state.choice === 'prefer' ? state.strength : null, outcome: state.outcome, edited: state.edited,
});

export const task = {
  title: 'Choose and edit',
  initial,
  fromAnswer: ({ edit, comment, advice }, assignment) => ({ ...initial(assignment), ...edit, aside: asideOf(advice), tags: edit.reasons, originalRatings: edit.originalRatings ?? {}, editedRatings: edit.editedRatings ?? {}, comment: comment ?? '' }),
  problem(state, assignment) {
    if (!state.choice) return `Say first which response is better: 1 to ${assignment.item.responses.length}, tie, or all bad.`;
    if (state.outcome === null && state.target === null && state.choice !== 'single') return 'Choose the response to edit, or say that no edit is needed or none can help.';
    if (state.outcome === null) return 'Nothing was changed. Edit the response, or say that no edit is needed or none can help.';
    return null;
  },
  create: context => new EditView(context),
};

class EditView {
  #context; #responses; #editor = null; #target = undefined; #cards; #flagger = null;

  constructor(context) {
    this.#context = context;
    this.#responses = context.assignment.item.responses;
    this.meter = el('div');
    this.below = el('div');
    this.choice = this.#choiceBar();
    this.outcome = choiceOf('Without an edit', [['noEditNeeded', 'No edit needed', 'n'], ['noEditHelps', 'No edit can help', 'h']],
      value => context.change({ outcome: value, edited: null, tags: [] }), { kbd: hint });
    this.#cards = this.#responses.map((response, k) => this.#card(response, k));
    this.element = el('div', {},
      this.#responses.length > 1 && el('section', { class: 'card', 'aria-labelledby': 'choice-title' }, el('h2', { id: 'choice-title' }, 'Which response is better?'), this.choice.element, this.strengthRow),
      el('div', { class: 'columns' }, this.#cards.map(card => card.element)),
      this.ask = el('section', { class: 'card', 'aria-label': 'Without an edit' }, el('div', { class: 'row' }, this.askWords = el('span', {}), this.outcome.element)),
      this.below, this.#more());
  }

  #choiceBar() {
    const n = this.#responses.length;
    const values = [...this.#responses.map((response, k) => [`prefer ${response.index}`, n === 2 ? ['Left', 'Right'][k] : letter(k), String(k + 1)]),
      ['tie', 'Tie', String(n + 1)], ['bothBad', n === 2 ? 'Both bad' : 'All bad', String(n + 2)]];
    const bar = choiceOf('Better response', values, value => this.#choose(value), { kbd: hint, clear: false });
    this.strength = choiceOf('How much better', [[1, 'hardly'], [2, 'somewhat'], [3, 'clearly'], [4, 'much']], value => this.#context.change({ strength: value }));
    this.strengthRow = el('div', { class: 'row' }, el('span', { class: 'small quiet' }, 'How much better? (optional; the same key again says more)'), this.strength.element);
    return bar;
  }

  #choose(value) {
    const state = this.#context.state();
    const preferred = value.startsWith('prefer') ? Number(value.slice(7)) : null;
    if (preferred !== null && state.choice === 'prefer' && state.preferred === preferred) {
      this.#context.change({ strength: state.strength === 4 ? null : (state.strength ?? 0) + 1 });
      return;
    }
    const target = preferred === null ? null : this.#responses.length === 2 ? this.#responses.find(response => response.index !== preferred).index : null;
    const keep = target !== null && target === state.target;
    this.#context.change({ choice: preferred === null ? value : 'prefer', preferred, strength: null, target,
      ...(keep ? {} : { outcome: null, edited: null, tags: [], flags: [], originalRatings: {}, editedRatings: {} }) });
  }

  #card(response, k) {
    const n = this.#responses.length;
    const name = n === 1 ? 'Response' : n === 2 ? ['Left', 'Right'][k] : `Response ${letter(k)}`;
    const mark = el('span', { class: 'pill good', hidden: true }, 'preferred');
    const edit = el('button', { type: 'button', class: 'small-button', hidden: true, onclick: () => this.#pickTarget(response.index) }, `Edit ${n === 2 ? 'this one' : name}`, n === 2 && hint(['l', 'r'][k]));
    const inside = el('div', {}, text(response.text, 'div'));
    const element = el('section', { class: 'card response', 'aria-labelledby': `response-${k}` },
      el('header', {}, el('h2', { id: `response-${k}` }, name), el('div', { class: 'row' }, response.origin && el('span', { class: 'pill' }, response.origin), mark, edit)), mediaView(response.media), inside);
    return { element, mark, edit, inside, response, name };
  }

  #pickTarget(index) {
    const state = this.#context.state();
    if (state.choice === null || state.preferred === index || state.target === index) return;
    this.#context.change({ target: index, outcome: null, edited: null, tags: [], flags: [], originalRatings: {}, editedRatings: {} });
    this.#editor?.area.focus();
  }

  #more() {
    this.ratings = { originalRatings: {}, editedRatings: {} };
    const table = (which, caption) => el('fieldset', {}, el('legend', {}, caption), scales.map(name => {
      const made = this.ratings[which][name] = scale(`${caption}: ${name}`, value => this.#context.change({ [which]: { ...this.#context.state()[which], [name]: value } }));
      return el('div', { class: 'row' }, el('span', { class: 'rank-label' }, name), made.element);
    }));
    this.flagPlace = el('div');
    this.comment = el('textarea', { rows: 2, maxlength: 5000, dir: 'auto', id: 'comment', oninput: event => this.#context.change({ comment: event.target.value }, 'comment') });
    this.extra = el('div', { class: 'columns' },
      el('details', { class: 'card' }, el('summary', {}, 'Flag what should not be reworded here (optional)'), this.flagPlace),
      el('details', { class: 'card' }, el('summary', {}, 'Ratings (optional)'), table('originalRatings', 'Before the edit'), table('editedRatings', 'After the edit'),
        el('p', { class: 'quiet small' }, '1 is worst, 5 is best.')));
    return el('div', {}, this.extra, el('details', { class: 'card' }, el('summary', {}, 'Comment (optional)'), el('label', { for: 'comment', class: 'unseen' }, 'Comment'), this.comment));
  }

  render(state) {
    this.choice.show(state.choice === 'prefer' ? `prefer ${state.preferred}` : state.choice);
    this.strengthRow.hidden = state.choice !== 'prefer';
    this.strength.show(state.strength);
    for (const card of this.#cards) {
      const preferred = state.choice === 'prefer' && card.response.index === state.preferred;
      card.element.classList.toggle('preferred', preferred);
      card.mark.hidden = !preferred;
      card.edit.hidden = state.choice === null || preferred || state.target === card.response.index;
    }
    if (this.#target !== state.target) this.#setTarget(state.target, state);
    this.ask.hidden = state.choice === null;
    this.askWords.textContent = state.target === null ? 'Choose one to edit above, or:' : 'Nothing to change?';
    this.outcome.show(state.outcome === 'edited' ? null : state.outcome);
    if (this.#editor) this.#editor.render(state);
    this.#flagger?.render(state.flags);
    this.extra.hidden = state.target === null;
    for (const which of ['originalRatings', 'editedRatings']) for (const name of scales) this.ratings[which][name].show(state[which]?.[name] ?? null);
    if (this.comment.value !== state.comment) this.comment.value = state.comment;
  }

  #setTarget(target, state) {
    this.#target = target;
    this.#editor = this.#flagger = null;
    fill(this.below);
    fill(this.meter);
    for (const card of this.#cards) {
      const editing = card.response.index === target;
      if (!editing) { fill(card.inside, text(card.response.text, 'div')); continue; }
      const preferred = this.#responses.find(response => response.index === state.preferred)?.text ?? null;
      this.#editor = new Editor(this.#context, { original: card.response.text, preferred, label: `${card.name}: edit this response`, answerOf,
        target, ownWord: this.#responses.length === 1, judgement: judgementOf });
      fill(card.inside, editHint(), this.#editor.frame);
      fill(this.below, this.#editor.panel);
      fill(this.meter, this.#editor.meter);
      this.#flagger = new Marker({ text: card.response.text, labels: reasons, label: 'The response as it was; select a part of it', set: flags => this.#context.change({ flags }) });
      fill(this.flagPlace, el('p', { class: 'quiet small' }, 'Select what is wrong in the response as it was, then a label.'), this.#flagger.element);
    }
  }

  async answer(state) {
    return { ...answerOf(state, this.#editor && state.outcome === 'edited' ? await this.#editor.reasonsFor(state) : []), advice: this.#editor?.advice?.record(state) ?? null };
  }

  bindings(state) {
    const n = this.#responses.length;
    const prefer = n === 1 ? [] : [
      ...this.#responses.slice(0, 7).map((response, k) => ({ keys: [String(k + 1)], what: `Prefer ${this.#cards[k].name.toLowerCase()}; again: more strongly`, run: () => this.#choose(`prefer ${response.index}`) })),
      { keys: [String(n + 1)], what: 'Tie', run: () => this.#choose('tie') },
      { keys: [String(n + 2)], what: n === 2 ? 'Both bad' : 'All bad', run: () => this.#choose('bothBad') },
      { keys: ['l'], what: 'Edit the first one', run: () => this.#pickTarget(this.#responses[0].index) },
      { keys: ['r'], what: 'Edit the second one', run: () => this.#pickTarget(this.#responses[1].index) },
    ];
    const decided = state.choice !== null;
    return [...(this.#editor?.bindings() ?? []), ...prefer,
      { keys: ['e'], what: 'Into the editor', run: this.#editor && (() => { this.#editor.area.focus(); }) },
      { keys: ['n'], what: 'No edit needed', run: decided && (() => this.#context.change({ outcome: 'noEditNeeded', edited: null, tags: [] })) },
      { keys: ['h'], what: 'No edit can help', run: decided && (() => this.#context.change({ outcome: 'noEditHelps', edited: null, tags: [] })) },
      { keys: ['Alt+r'], what: 'Revert every change (can be undone)', inText: true, run: this.#editor && (() => this.#editor.revertAll()) },
    ];
  }
}
