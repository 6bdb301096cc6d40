// Order responses from best to worst, with ties: by dragging, or with the keys on a focused response.
import { announce, el, fill, text } from '../dom.js';
import { mediaView } from './media.js';

const initial = assignment => ({ order: assignment.item.responses.map(response => [response.index]), touched: false, comment: '' });

/** Rank of each response by its index: 1 is best, one number for all of a tie. */
export function ranksOf(order) {
  const ranks = [];
  let rank = 1;
  for (const tie of order) { for (const index of tie) ranks[index] = rank; rank += tie.length; }
  return ranks;
}

function orderOf(ranks) {
  const groups = new Map();
  ranks.forEach((rank, index) => groups.set(rank, [...(groups.get(rank) ?? []), index]));
  return [...groups.entries()].sort((a, b) => a[0] - b[0]).map(([, tie]) => tie);
}

export const task = {
  title: 'Rank answers',
  initial,
  fromAnswer: ({ ranking, comment }, assignment) => ({ ...initial(assignment), order: orderOf(ranking.ranks), touched: true, comment: comment ?? '' }),
  problem: state => state.touched ? null : 'Put the responses in order first; if the order shown is right already, press “This order is right”.',
  create: context => new RankingView(context),
};

class RankingView {
  #context; #dragged = null;

  constructor(context) {
    this.#context = context;
    this.meter = el('div', { class: 'meter' });
    this.list = el('ol', { class: 'list', 'aria-label': 'Responses, best first' });
    this.element = el('div', {}, el('p', { class: 'quiet' }, 'Best on top. Drag a response, or focus one and press ↑ or ↓; T ties it with the one above, or unties it.'), this.list,
      el('p', {}, this.right = el('button', { type: 'button', onclick: () => context.change({ touched: true }) }, 'This order is right')));
  }

  render(state) {
    const focused = document.activeElement?.closest?.('.rank-item')?.dataset.index;
    const part = document.activeElement?.dataset?.part;
    const ranks = ranksOf(state.order);
    fill(this.list, state.order.flatMap((tie, group) => tie.map((index, within) => this.#row(index, ranks[index], tie.length > 1, group === 0 && within === 0))));
    this.right.hidden = state.touched;
    this.meter.textContent = state.touched ? state.order.map(tie => tie.map(index => this.#name(index)).join(' = ')).join(' > ') : 'Not ranked yet';
    if (focused !== undefined) {
      const row = this.list.querySelector(`[data-index="${focused}"]`);
      (row.querySelector(`[data-part="${part}"]:not([disabled])`) ?? row).focus();
    }
  }

  #name(index) { return String.fromCharCode(65 + this.#context.assignment.item.responses.findIndex(response => response.index === index)); }

  #row(index, rank, tied, first) {
    const response = this.#context.assignment.item.responses.find(each => each.index === index);
    const button = (part, label, run, disabled = false) => el('button', { type: 'button', class: 'small-button', dataset: { part }, disabled, onclick: run }, label);
    const row = el('li', { class: 'card rank rank-item', tabindex: '0', draggable: 'true', dataset: { index } },
      el('div', {}, el('div', { class: 'rank-number' }, tied ? `${rank}=` : rank), el('span', { class: 'unseen' }, `Rank ${rank}${tied ? ', tied' : ''}`)),
      el('div', {}, el('h2', { class: 'small quiet' }, `Response ${this.#name(index)}`), mediaView(response.media), text(response.text, 'div'),
        el('p', { class: 'row' }, button('up', 'Up', () => this.#move(index, -1), first), button('down', 'Down', () => this.#move(index, 1), index === this.#context.state().order.at(-1).at(-1)),
          button('tie', tied ? 'Untie' : 'Tie with the one above', () => this.#tie(index), first && !tied))));
    row.addEventListener('dragstart', event => { this.#dragged = index; row.classList.add('dragging'); event.dataTransfer.effectAllowed = 'move'; event.dataTransfer.setData('text/plain', this.#name(index)); });
    row.addEventListener('dragend', () => row.classList.remove('dragging'));
    row.addEventListener('dragover', event => { if (this.#dragged !== null) event.preventDefault(); });
    row.addEventListener('drop', event => { event.preventDefault(); this.#drop(index); });
    return row;
  }

  #drop(on) {
    const from = this.#dragged;
    this.#dragged = null;
    if (from === null || from === on) return;
    const flat = this.#context.state().order.flat(), down = flat.indexOf(from) < flat.indexOf(on);
    const order = without(this.#context.state().order, from);
    const at = order.findIndex(tie => tie.includes(on));
    order.splice(down ? at + 1 : at, 0, [from]);
    this.#change(order, from);
  }

  #move(index, by) {
    const order = this.#context.state().order.map(tie => [...tie]);
    const at = order.findIndex(tie => tie.includes(index));
    if (order[at].length > 1) {
      const rest = order[at].filter(each => each !== index);
      order.splice(at, 1, ...(by < 0 ? [[index], rest] : [rest, [index]]));
    } else {
      if (!order[at + by]) return;
      [order[at], order[at + by]] = [order[at + by], order[at]];
    }
    this.#change(order, index);
  }

  #tie(index) {
    const order = this.#context.state().order.map(tie => [...tie]);
    const at = order.findIndex(tie => tie.includes(index));
    if (order[at].length > 1) order.splice(at, 1, order[at].filter(each => each !== index), [index]);
    else if (at > 0) order.splice(at - 1, 2, [...order[at - 1], index]);
    else return;
    this.#change(order, index);
  }

  #change(order, index) {
    this.#context.change({ order, touched: true });
    this.list.querySelector(`[data-index="${index}"]`)?.focus();
    announce(`Response ${this.#name(index)}: rank ${ranksOf(order)[index]}`);
  }

  async answer(state) { return { kind: 'ranking', ranking: { ranks: ranksOf(state.order) }, comment: state.comment.trim() || null }; }

  bindings() {
    const index = Number(document.activeElement?.closest?.('.rank-item')?.dataset.index ?? NaN);
    const on = run => Number.isNaN(index) ? null : () => run(index);
    const rows = [...this.list.children];
    return [
      ...rows.slice(0, 9).map((row, k) => ({ keys: [String(k + 1)], what: k === 0 ? 'Focus a response by its place' : null, run: () => { rows[k].focus(); } })),
      { keys: ['ArrowUp'], what: 'Move the response in focus up', run: on(each => this.#move(each, -1)) },
      { keys: ['ArrowDown'], what: 'Move it down', run: on(each => this.#move(each, 1)) },
      { keys: ['t'], what: 'Tie it with the one above, or untie it', run: on(each => this.#tie(each)) },
      { keys: ['k'], what: 'The order shown is right', run: () => this.#context.change({ touched: true }) },
    ];
  }
}

const without = (order, index) => order.map(tie => tie.filter(each => each !== index)).filter(tie => tie.length > 0);
