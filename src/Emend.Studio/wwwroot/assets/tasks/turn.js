// Free correction of one turn of the assistant, in the dialogue where it stands.
import { el, fill, text } from '../dom.js';
import { choiceOf } from './controls.js';
import { asideOf } from './advice.js';
import { Editor, editHint } from './editor.js';
import { hint } from './keys.js';

const assistants = assignment => assignment.item.turns.map((turn, k) => ({ ...turn, k })).filter(turn => turn.role === 'assistant');

const initial = assignment => ({ turn: assistants(assignment).at(-1).k, outcome: null, edited: null, tags: [], comment: '' });

const answerOf = (state, tags) => ({
  kind: 'turn',
  turn: { turn: state.turn, outcome: state.outcome, edited: state.outcome === 'edited' ? state.edited : null, reasons: state.outcome === 'edited' ? tags : [] },
  comment: state.comment.trim() || null,
});

export const task = {
  title: 'Correct a turn',
  initial,
  fromAnswer: ({ turn, comment, advice }, assignment) => ({ ...initial(assignment), ...turn, aside: asideOf(advice), tags: turn.reasons, comment: comment ?? '' }),
  problem: state => state.outcome === null ? 'Nothing was changed. Correct the turn, or say that no edit is needed or none can help.' : null,
  create: context => new TurnView(context),
};

class TurnView {
  #context; #editor = null; #turn = null;

  constructor(context) {
    this.#context = context;
    this.meter = el('div');
    this.below = el('div');
    this.outcome = choiceOf('Without an edit', [['noEditNeeded', 'No edit needed', 'n'], ['noEditHelps', 'No edit can help', 'h']],
      value => context.change({ outcome: value, edited: null, tags: [] }), { kbd: hint });
    this.turns = el('div', { class: 'turns' });
    this.element = el('div', {}, el('section', { class: 'card', 'aria-label': 'Dialogue' }, this.turns),
      el('div', { class: 'card row' }, el('span', {}, 'Nothing to change?'), this.outcome.element), this.below);
  }

  render(state) {
    if (this.#turn !== state.turn) this.#draw(state);
    this.outcome.show(state.outcome === 'edited' ? null : state.outcome);
    this.#editor.render(state);
  }

  #draw(state) {
    const { assignment } = this.#context;
    this.#turn = state.turn;
    this.#editor = new Editor(this.#context, { original: assignment.item.turns[state.turn].content, label: 'Correct this turn', answerOf,
      target: state.turn, ownWord: true, judgement: now => ({ target: now.turn, outcome: now.outcome, edited: now.edited }) });
    fill(this.turns, assignment.item.turns.map((turn, k) => el('div', { class: 'turn', dataset: { role: turn.role } },
      el('div', { class: 'row' }, el('h2', { class: 'small quiet' }, turn.role),
        turn.role === 'assistant' && k !== state.turn && el('button', { type: 'button', class: 'small-button', onclick: () => this.#context.change({ turn: k, outcome: null, edited: null, tags: [] }) }, 'Correct this turn instead')),
      k === state.turn ? [editHint(), this.#editor.frame] : text(turn.content, 'div'))));
    fill(this.below, this.#editor.panel);
    fill(this.meter, this.#editor.meter);
  }

  async answer(state) { return { ...answerOf(state, await this.#editor.reasonsFor(state)), advice: this.#editor.advice?.record(state) ?? null }; }

  bindings() {
    return [...(this.#editor?.bindings() ?? []),
      { keys: ['e'], what: 'Into the editor', run: () => { this.#editor.area.focus(); } },
      { keys: ['n'], what: 'No edit needed', run: () => this.#context.change({ outcome: 'noEditNeeded', edited: null, tags: [] }) },
      { keys: ['h'], what: 'No edit can help', run: () => this.#context.change({ outcome: 'noEditHelps', edited: null, tags: [] }) }];
  }
}
