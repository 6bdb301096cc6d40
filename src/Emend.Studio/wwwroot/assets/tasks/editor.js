// The editor of a minimal edit: text, live diff, changes as chips with reasons, meter. The state it reads and writes: edited, tags.
// tags: {start, end, reason, note} at stretches of the original, carried along while a change grows or shrinks.
import { post } from '../api.js';
import { announce, el, fill, notice, percent } from '../dom.js';
import { reasons } from '../kinds.js';
import { Advice } from './advice.js';
import { grow } from './controls.js';
import { diffSides, diffText, inserted, removed } from './diff-view.js';
import { hint } from './keys.js';
import { liveDiff } from './live-diff.js';

const rest = 900;
const largeShare = 0.4;

/** Tags of the changes that are still there; an exact match first, then the one that overlaps. */
export function carry(tags, hunks) {
  const left = [...tags];
  const take = test => { const at = left.findIndex(test); return at < 0 ? null : left.splice(at, 1)[0]; };
  const exact = hunks.map(hunk => take(tag => tag.start === hunk.start && tag.end === hunk.end));
  return hunks.flatMap((hunk, k) => {
    const tag = exact[k] ?? take(each => each.start <= hunk.end && hunk.start <= each.end);
    return tag ? [{ ...tag, start: hunk.start, end: hunk.end }] : [];
  });
}

const sides = () => localStorage.getItem('emend.diff') === 'sides';

export class Editor {
  #context; #original; #preferred; #compare; #shown = null; #timer = 0; #drawn = null; #asked = 0;
  hunks = [];
  current = -1;

  /** answerOf(state) makes the answer that the server measures; target, judgement and ownWord are for advice.js. name: what
   * ids begin with where there are several editors; reportOf: where its report is in what the server measured. */
  constructor(context, { original, preferred = null, label, answerOf, target, judgement, ownWord, name = '', reportOf = checked => checked.edit }) {
    this.#context = { ...context, answerOf, reportOf };
    this.#original = original;
    this.#preferred = preferred;
    this.#compare = liveDiff(original, result => this.#showDiff(result));
    this.area = el('textarea', {
      class: 'editor', dir: 'auto', 'aria-label': label, 'aria-describedby': name ? null : 'edit-hint', 'data-own-undo': '', autocorrect: 'off', autocapitalize: 'off', autocomplete: 'off',
      spellcheck: 'true', 'data-gramm': 'false', 'data-lt-active': 'false', oninput: event => this.#typed(event), onpaste: event => this.#pasted(event),
    });
    this.area.addEventListener('beforeinput', event => {
      if (event.inputType === 'historyUndo' || event.inputType === 'historyRedo') event.preventDefault();
    });
    this.meter = el('div', { class: 'meter' });
    this.diff = el('div', { id: `${name}diff` });
    this.chips = el('ul', { class: 'chips', 'aria-label': 'Changes' });
    const which = () => name !== '' && el('span', { class: 'unseen' }, ` – ${label}`);
    this.frame = el('div', { class: 'editor-frame' }, this.area);
    this.advice = context.assignment.advice ? new Advice(context, this, { target, judgement, ownWord }) : null;
    if (this.advice) this.frame.prepend(this.advice.rewards.backdrop);
    this.panel = el('div', {}, this.advice?.element, el('div', { class: sides() ? 'columns stacked' : 'columns' },
      el('section', { class: 'card', 'aria-labelledby': `${name}diff-title` }, el('div', { class: 'row between' }, el('h2', { id: `${name}diff-title` }, 'What changes', which()),
        this.sidesButton = el('button', { type: 'button', class: 'small-button', 'aria-pressed': String(sides()), onclick: () => this.toggleSides() }, 'Side by side ', hint('d'))), this.diff),
      el('section', { class: 'card', 'aria-labelledby': `${name}chips-title` }, el('h2', { id: `${name}chips-title` }, 'Why', which()), this.chips)));
  }

  get original() { return this.#original; }

  /** Another text, from a proposal, with what else changes in the state. */
  replace(edited, patch) {
    const same = edited === this.#original, state = this.#context.state();
    this.#context.change({ ...patch, edited: same ? null : edited, outcome: same ? (state.outcome === 'edited' ? null : state.outcome) : 'edited', tags: carry(state.tags ?? [], this.hunks) });
  }

  render(state) {
    const edited = state.edited ?? this.#original;
    if (this.area.value !== edited) {
      const caret = this.area.selectionStart;
      this.area.value = edited;
      if (document.activeElement === this.area) this.area.setSelectionRange(Math.min(caret, edited.length), Math.min(caret, edited.length));
    }
    grow(this.area);
    if (this.#shown !== edited) {
      this.#shown = edited;
      this.#compare(edited);
      this.#atRest();
    } else {
      this.#draw();
    }
    this.advice?.render(state);
  }

  /** A change of the text and the tags together. */
  #set(edited, hunks, key) {
    this.#context.change({ edited: edited === this.#original ? null : edited, outcome: edited === this.#original ? null : 'edited', tags: hunks ?? this.#context.state().tags }, key);
  }

  #typed(event) {
    this.#set(this.area.value, null, event.inputType ?? 'typing');
  }

  #pasted(event) {
    const pasted = event.clipboardData?.getData('text') ?? '';
    this.#context.clock.count('pastes');
    if (this.#preferred && pasted.length > 40 && this.#preferred.includes(pasted.trim()))
      notice('warn', 'You pasted a large part of the preferred response. Change only what makes this one better; keep the rest.');
    else if (pasted.length > this.#original.length * largeShare && pasted.length > 80)
      notice('warn', 'You pasted a text about as long as the response itself. Change only what makes it better; keep the rest.');
  }

  #showDiff({ hunks, rough, figures }) {
    this.hunks = hunks;
    this.rough = rough;
    this.figures = figures;
    if (this.current >= hunks.length) this.current = hunks.length - 1;
    this.#drawn = null;
    this.#draw();
    this.#drawMeter();
  }

  #draw() {
    const tags = carry(this.#context.state().tags ?? [], this.hunks);
    const key = JSON.stringify([this.hunks, tags, this.current, sides()]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    fill(this.diff, this.hunks.length
      ? [this.rough && el('p', { class: 'notice warn' }, 'The texts are too far apart to be compared here; they are shown as one change.'), (sides() ? diffSides : diffText)(this.#original, this.hunks, this.current, k => this.pick(k))]
      : el('p', { class: 'quiet' }, 'Nothing yet. Insertions will be underlined and deletions struck through.'));
    const focused = document.activeElement;
    const keep = this.chips.contains(focused) ? [focused.closest('.chip')?.dataset.chip, focused.dataset.part] : null;
    fill(this.chips, this.hunks.slice(0, 200).map((hunk, k) => this.#chip(hunk, k, tags.find(tag => tag.start === hunk.start && tag.end === hunk.end))),
      this.hunks.length === 0 && el('li', { class: 'quiet' }, 'Each change will be listed here, to give its reason or to take it back.'));
    if (keep) {
      const chip = this.chips.querySelector(`[data-chip="${keep[0]}"]`);
      (chip?.querySelector(`[data-part="${keep[1]}"]`) ?? chip ?? this.area).focus();
    }
  }

  /** Before and after beside each other, or in one text; this device remembers it. */
  toggleSides() {
    localStorage.setItem('emend.diff', sides() ? 'inline' : 'sides');
    this.sidesButton.setAttribute('aria-pressed', String(sides()));
    this.panel.lastChild.classList.toggle('stacked', sides());
    this.#draw();
    announce(sides() ? 'Before and after side by side' : 'Changes within the text');
  }

  #chip(hunk, k, tag) {
    const note = tag && (k === this.current || tag.note) && el('input', { class: 'small', dataset: { part: 'note' }, 'aria-label': `Note on change ${k + 1}`, placeholder: 'Note (optional)', maxlength: 1000, value: tag.note ?? '',
      onchange: event => this.#tag(k, tag.reason, event.target.value.trim() || null) });
    return el('li', { class: k === this.current ? 'chip current' : 'chip', tabindex: '-1', dataset: { chip: k } },
      el('div', { class: 'what', dir: 'auto' }, hunk.end > hunk.start && removed(this.#original.slice(hunk.start, hunk.end)), hunk.replacement && inserted(hunk.replacement)),
      el('div', { class: 'tags', role: 'group', 'aria-label': `Reason of change ${k + 1}` }, reasons.map(reason => el('button', {
        type: 'button', class: 'small-button', dataset: { part: reason }, 'aria-pressed': String(tag?.reason === reason), onclick: () => this.#tag(k, tag?.reason === reason ? null : reason, tag?.note ?? null),
      }, reason))),
      el('div', { class: 'row' }, note, el('button', { type: 'button', class: 'plain small-button', dataset: { part: 'revert' }, onclick: () => this.revert(k) }, `Revert change ${k + 1}`)));
  }

  #tag(k, reason, note) {
    const hunk = this.hunks[k];
    const others = carry(this.#context.state().tags ?? [], this.hunks).filter(tag => tag.start !== hunk.start || tag.end !== hunk.end);
    this.current = k;
    this.#context.change({ tags: reason ? [...others, { start: hunk.start, end: hunk.end, reason, note }] : others });
    announce(reason ? `Change ${k + 1}: ${reason}` : `Change ${k + 1}: no reason`);
  }

  /** Puts back what change k took away. */
  revert(k = this.#nearest()) {
    const hunk = this.hunks[k];
    if (!hunk) return;
    const text = this.area.value, original = this.#original.slice(hunk.start, hunk.end);
    this.#context.clock.count('resets');
    const tags = carry(this.#context.state().tags ?? [], this.hunks).filter(tag => tag.start !== hunk.start || tag.end !== hunk.end);
    this.#set(text.slice(0, hunk.editedStart) + original + text.slice(hunk.editedEnd), tags);
    announce(`Change ${k + 1} taken back; ${this.hunks.length} left`);
    if (document.activeElement === this.area) this.area.setSelectionRange(hunk.editedStart + original.length, hunk.editedStart + original.length);
  }

  revertAll() {
    if (this.hunks.length === 0) return;
    this.#context.clock.count('resets');
    this.#set(this.#original, []);
    announce('All changes taken back');
  }

  /** Goes to the next or the one before, and into its chip where the chips have the focus. */
  move(by) {
    if (this.hunks.length === 0) return;
    const from = this.current < 0 ? this.#nearest() - (by > 0 ? 1 : 0) : this.current;
    this.pick((from + by + this.hunks.length) % this.hunks.length);
  }

  pick(k) {
    this.current = k;
    const hunk = this.hunks[k];
    this.#draw();
    if (this.chips.contains(document.activeElement)) this.chips.querySelector(`[data-chip="${k}"]`)?.focus();
    else if (document.activeElement === this.area) this.area.setSelectionRange(hunk.editedStart, hunk.editedEnd);
    this.chips.querySelector(`[data-chip="${k}"]`)?.scrollIntoView({ block: 'nearest' });
    const gone = this.#original.slice(hunk.start, hunk.end);
    announce(`Change ${k + 1} of ${this.hunks.length}: ${gone && `deleted ${gone}`} ${hunk.replacement && `inserted ${hunk.replacement}`}`);
  }

  /** From the text to the reason of the change at the caret, and back. */
  jump() {
    if (this.chips.contains(document.activeElement)) { this.area.focus(); return; }
    if (this.hunks.length === 0) return;
    this.current = document.activeElement === this.area ? this.#nearest() : Math.max(this.current, 0);
    this.#draw();
    this.chips.querySelector(`[data-chip="${this.current}"]`).focus();
  }

  #nearest() {
    if (document.activeElement !== this.area && this.current >= 0) return this.current;
    const caret = this.area.selectionStart;
    let best = -1, far = Infinity;
    this.hunks.forEach((hunk, k) => {
      const distance = Math.max(hunk.editedStart - caret, caret - hunk.editedEnd, 0);
      if (distance < far) [best, far] = [k, distance];
    });
    return best;
  }

  #drawMeter(server = null) {
    const { bandLow, bandHigh } = this.#context.project.settings;
    const figures = server ?? this.figures;
    if (this.hunks.length === 0 || !figures) {
      fill(this.meter, el('span', { class: 'quiet' }, this.hunks.length === 0 ? 'No change yet' : 'Measuring …'));
      return;
    }
    const within = figures.editRate >= bandLow && figures.editRate <= bandHigh;
    const mark = el('div', { class: 'mark' }), good = el('div', { class: 'good-part' });
    mark.style.insetInlineStart = `calc(${Math.min(figures.editRate, 1) * 100}% - 2px)`;
    good.style.insetInlineStart = `${bandLow * 100}%`;
    good.style.inlineSize = `${(bandHigh - bandLow) * 100}%`;
    fill(this.meter,
      el('strong', {}, `${percent(figures.keptShare)} kept`), el('span', {}, `${this.hunks.length} ${this.hunks.length === 1 ? 'change' : 'changes'}`),
      el('span', {}, `+${figures.added} −${figures.removed} ${figures.unit}s`),
      // A band from nothing to everything says nothing.
      (bandLow > 0 || bandHigh < 1) && [el('span', { class: 'band', 'aria-hidden': 'true' }, good, mark),
      el('span', { class: within ? 'pill good' : 'pill warn' }, within ? 'a small edit' : figures.editRate > bandHigh ? `over the band of ${percent(bandHigh)}` : `under the band of ${percent(bandLow)}`)]);
    if (server) announce([...this.meter.children].map(part => part.textContent).filter(words => words).join(', ').replaceAll('%', 'percent'));
  }

  // The server's own figures, in the model's tokens where the project has a tokenizer, once nobody types.
  #atRest() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const mine = ++this.#asked, state = this.#context.state();
      if (!this.area.isConnected || !state.edited) return;
      try {
        const edit = this.#context.reportOf(await post(`${this.#context.api}/assignments/${this.#context.assignment.id}/check`, this.#context.answerOf(state, [])));
        if (edit && mine === this.#asked && this.#context.state().edited === state.edited) this.#drawMeter(edit);
      } catch { /* The page's own figures stay. */ }
    }, rest);
  }

  /** Reasons at the server's hunks, which are the ones that count. */
  async reasonsFor(state) {
    if (!state.edited) return [];
    let hunks = this.hunks;
    try {
      hunks = this.#context.reportOf(await post(`${this.#context.api}/assignments/${this.#context.assignment.id}/check`, this.#context.answerOf(state, [])))?.hunks ?? hunks;
    } catch (error) {
      if (error.status !== 0) throw error;
    }
    return this.#moved(carry(state.tags ?? [], this.hunks), hunks);
  }

  // Where two alignments are as short, the server may have chosen the other one ("this|. Thank you|." or "this.| Thank you.|").
  #moved(tags, hunks) {
    if (hunks.length !== this.hunks.length) return carry(tags, hunks);
    return this.hunks.flatMap((mine, k) => {
      const tag = tags.find(each => each.start === mine.start && each.end === mine.end);
      return tag ? [{ ...tag, start: hunks[k].start, end: hunks[k].end }] : [];
    });
  }

  bindings() {
    const inChips = this.chips.contains(document.activeElement);
    const firsts = Object.fromEntries(reasons.map(reason => [reason[0], reason]));
    return [
      ...(this.advice?.bindings() ?? []),
      { keys: ['Alt+ArrowDown'], what: 'Next change', inText: true, run: () => this.move(1) },
      { keys: ['Alt+ArrowUp'], what: 'Change before', inText: true, run: () => this.move(-1) },
      { keys: ['Alt+Backspace'], what: 'Revert the change at the cursor', inText: true, run: () => this.revert() },
      { keys: ['d'], what: 'Changes side by side, or within the text', run: () => this.toggleSides() },
      { keys: ['Alt+Enter'], what: 'From the text to the reason of a change, and back', inText: true, run: () => this.jump() },
      { keys: Object.keys(firsts), what: `Reason of the change in focus, by its first letter: ${reasons.join(', ')}`, run: inChips ? event => { this.#pressReason(firsts[event.key.toLowerCase()]); } : null },
    ];
  }

  #pressReason(reason) {
    const chip = document.activeElement.closest('.chip');
    if (chip) chip.querySelector(`[data-part="${reason}"]`).click();
  }
}

export const editHint = () => el('p', { class: 'quiet small', id: 'edit-hint' }, 'Change only what makes it better; keep the rest. ', hint('Alt+Enter'), el('span', { class: 'optional-key' }, ' gives the reason of a change.'));
