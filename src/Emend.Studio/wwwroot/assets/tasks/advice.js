// What models say while a text is edited: its rewards, and a proposed edit whose changes are taken, altered or put aside one by one.
// The state it reads and writes: aside, the proposed changes that were put aside, by the proposal's id.
import { post } from '../api.js';
import { action, announce, dialog, el, fill } from '../dom.js';
import { inserted, removed } from './diff-view.js';
import { hint } from './keys.js';
import { decisions, withHunk, withoutHunk } from './proposal.js';
import { Rewards } from './rewards.js';

const words = { open: 'open', accepted: 'accepted', altered: 'altered', rejected: 'rejected' };
const pills = { open: 'pill', accepted: 'pill good', altered: 'pill warn', rejected: 'pill bad' };
const verdicts = [['edited', 'It needs an edit'], ['noEditNeeded', 'It is fine as it is'], ['noEditHelps', 'No small edit can help']];

/** A few words before (count below zero) or behind a change, to know the place by. */
function around(text, count) {
  const near = text.split(/(?<=\s)/u), kept = count < 0 ? near.slice(count) : near.slice(0, count);
  return el('span', { class: 'quiet' }, count < 0 && kept.length < near.length && '… ', kept.join(''), count > 0 && kept.length < near.length && '…');
}

/** What was put aside, as the state holds it, of an answer. */
export const asideOf = advice => Object.fromEntries((advice?.proposals ?? []).map(({ id, rejected }) => [id, rejected]));

export class Advice {
  #context; #editor; #view; #target; #judgement; #url; #drawn = null;

  /** judgement(state): what the annotator thinks so far; its outcome is asked for where ownWord is true and it has none. */
  constructor(context, editor, { target, judgement, ownWord }) {
    [this.#context, this.#editor, this.#target, this.#judgement] = [context, editor, target, judgement];
    this.#view = context.assignment.advice;
    this.ownWord = ownWord;
    this.#url = `${context.api}/assignments/${context.assignment.id}`;
    this.rewards = new Rewards(editor.area, text => this.#rewardsOf(text));
    this.list = el('ul', { class: 'chips', id: 'proposal', 'aria-label': 'Proposed changes' });
    this.said = el('div');
    this.element = el('section', { class: 'card', 'aria-labelledby': 'advice-title' }, el('h2', { id: 'advice-title' }, 'Suggestions'),
      el('div', { class: 'row' },
        this.#view.rewards && (this.rewardsButton = action(['Show rewards ', hint('v')], () => this.#toggleRewards(), { 'aria-pressed': 'false' })),
        this.#view.proposals && action(['Propose an edit ', hint('p')], () => this.#propose(), { id: 'propose' })),
      this.#view.judgeFirst && (this.first = el('p', { class: 'small quiet' }, 'This project is blind: before a model is asked, your own judgement is saved as it is then.')),
      this.rewards.element, this.said);
  }

  get #given() { return this.#view.given.filter(proposal => proposal.target === this.#target).at(-1) ?? null; }

  render(state) {
    this.rewards.follow();
    this.rewardsButton?.setAttribute('aria-pressed', String(this.rewards.on));
    const given = this.#given;
    if (!given) return;
    const aside = state.aside?.[given.id] ?? [];
    const said = decisions(this.#editor.original, this.#editor.area.value, given.hunks, aside);
    const key = JSON.stringify([given.id, said]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = this.list.contains(document.activeElement) ? [document.activeElement.closest('.chip').dataset.proposed, document.activeElement.dataset.part] : null;
    fill(this.said,
      el('p', { class: 'small quiet' }, given.hunks.length === 0 ? 'The model would change nothing.' : 'A model’s proposal; it may be wrong. Take only what you would have written.',
        given.model && [' From ', el('bdi', {}, given.model), '.']), this.list);
    fill(this.list, given.hunks.map((hunk, k) => this.#chip(hunk, k, said[k])));
    if (focused) {
      const chip = this.list.querySelector(`[data-proposed="${focused[0]}"]`);
      (chip?.querySelector(`[data-part="${focused[1]}"]`) ?? chip ?? this.#editor.area).focus();
    }
  }

  #chip(hunk, k, said) {
    const button = (part, label, run) => el('button', { type: 'button', class: 'small-button', dataset: { part }, 'aria-pressed': part === 'alter' ? null : String(said === { accept: 'accepted', reject: 'rejected' }[part]), onclick: run },
      label, el('span', { class: 'unseen' }, ` proposed change ${k + 1}`));
    return el('li', { class: 'chip', tabindex: '-1', dataset: { proposed: k, said } },
      el('div', { class: 'what', dir: 'auto' }, around(this.#editor.original.slice(0, hunk.start), -4),
        hunk.end > hunk.start && removed(this.#editor.original.slice(hunk.start, hunk.end)), hunk.replacement && inserted(hunk.replacement), around(this.#editor.original.slice(hunk.end), 4)),
      el('div', { class: 'row' }, el('span', { class: pills[said] }, words[said]),
        button('accept', ['Accept ', hint('a')], () => this.accept(k)), button('alter', ['Alter ', hint('c')], () => this.alter(k)), button('reject', ['Reject ', hint('x')], () => this.reject(k))));
  }

  async #toggleRewards() {
    if (!this.rewards.on && !await this.#mayAsk()) return;
    try { await this.rewards.toggle(); } finally { this.rewardsButton.setAttribute('aria-pressed', String(this.rewards.on)); }
  }

  async #rewardsOf(text) {
    return post(`${this.#url}/rewards`, { target: this.#target, text });
  }

  async #propose() {
    if (!await this.#mayAsk()) return;
    announce('Asking for a proposal');
    const given = await post(`${this.#url}/proposals`, { target: this.#target });
    this.#view.given.push(given);
    this.#drawn = null;
    this.render(this.#context.state());
    announce(given.hunks.length === 0 ? 'The model would change nothing.' : `${given.hunks.length} proposed changes`);
    this.list.querySelector('.chip')?.focus();
  }

  /** In a blind project one's own judgement is saved first. */
  async #mayAsk() {
    if (!this.#view.judgeFirst) return true;
    const judgement = this.#judgement(this.#context.state());
    if (this.ownWord && !judgement.outcome) {
      judgement.outcome = await dialog('First your own judgement', close => el('div', {}, el('p', { class: 'quiet' }, 'It is saved and stays as it is, whatever a model says.'),
        el('div', { class: 'list' }, verdicts.map(([value, label]) => el('button', { type: 'button', value, onclick: () => close(value) }, label))),
        el('p', {}, el('button', { type: 'button', class: 'plain', onclick: () => close(null) }, 'Not now'))));
      if (!judgement.outcome) return false;
    }
    await post(`${this.#url}/judgement`, judgement);
    this.#view.judgeFirst = false;
    if (this.first) this.first.textContent = 'Your own judgement is saved.';
    return true;
  }

  #aside(k, put) {
    const { id } = this.#given, aside = this.#context.state().aside ?? {};
    const left = (aside[id] ?? []).filter(each => each !== k);
    return { ...aside, [id]: put ? [...left, k] : left };
  }

  accept(k, quietly = false) {
    const hunk = this.#given.hunks[k];
    const made = withHunk(this.#editor.original, this.#editor.area.value, hunk);
    this.#editor.replace(made.text, { aside: this.#aside(k, false) });
    if (!quietly) this.#goOn(k, 'accepted');
    return made;
  }

  alter(k) {
    const { start, end } = this.accept(k, true);
    this.#editor.area.focus();
    this.#editor.area.setSelectionRange(start, end);
    announce(`Proposed change ${k + 1} is in the text; change it as you like`);
  }

  reject(k) {
    const { original, area } = this.#editor, hunk = this.#given.hunks[k];
    const said = this.list.querySelector(`[data-proposed="${k}"]`).dataset.said;
    const text = said === 'open' || said === 'rejected' ? area.value : withoutHunk(original, area.value, hunk, said === 'accepted');
    this.#editor.replace(text, { aside: this.#aside(k, true) });
    this.#goOn(k, 'rejected');
  }

  // To the next one that nothing was said about yet.
  #goOn(k, what) {
    const chips = [...this.list.children], open = chips.find((chip, at) => at > k && chip.dataset.said === 'open') ?? chips.find(chip => chip.dataset.said === 'open');
    announce(`Proposed change ${k + 1} ${what}${open ? '' : '; all are decided'}`);
    (open ?? chips[k]).focus();
  }

  #move(by) {
    const chips = [...this.list.children], at = chips.indexOf(document.activeElement.closest('.chip'));
    chips[(at + by + chips.length) % chips.length].focus();
  }

  /** What the answer says of the proposals: which changes were put aside. The rest the server knows. */
  record(state) {
    const proposals = Object.entries(state.aside ?? {}).map(([id, rejected]) => ({ id: Number(id), rejected }));
    return proposals.length ? { proposals } : null;
  }

  bindings() {
    const at = this.list.contains(document.activeElement) ? Number(document.activeElement.closest('.chip')?.dataset.proposed ?? NaN) : NaN;
    const on = run => Number.isNaN(at) ? null : () => run(at);
    return [
      this.#view.rewards && { keys: ['v'], what: 'Show or hide the rewards of the text', run: () => { this.rewardsButton.click(); } },
      this.#view.proposals && { keys: ['p'], what: 'Propose an edit', run: () => { this.element.querySelector('#propose').click(); } },
      this.#given && { keys: ['a'], what: 'Accept the proposed change in focus', run: on(k => this.accept(k)) },
      this.#given && { keys: ['c'], what: 'Take it into the text and alter it', run: on(k => this.alter(k)) },
      this.#given && { keys: ['x'], what: 'Reject it', run: on(k => this.reject(k)) },
      !Number.isNaN(at) && { keys: ['Alt+ArrowDown'], what: 'Next proposed change', run: () => this.#move(1) },
      !Number.isNaN(at) && { keys: ['Alt+ArrowUp'], what: 'Proposed change before', run: () => this.#move(-1) },
    ].filter(Boolean);
  }
}
