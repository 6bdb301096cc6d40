// A diff as people read it: underlined and struck through as well as coloured, spoken as "inserted … deleted …", white space made visible.
import { el } from '../dom.js';

/** White space that would not be seen: · for a space, ↵ for a line's end, → for a tab. */
const shown = piece => /^\s+$/u.test(piece) ? piece.replace(/ /g, '·').replace(/\n/g, '↵\n').replace(/\t/g, '→').replace(/\u00a0/g, '⍽') : piece;

const unseen = words => el('span', { class: 'unseen' }, words);

export const removed = piece => el('del', {}, unseen(' deleted: '), shown(piece), unseen(' end of deletion '));
export const inserted = piece => el('ins', {}, unseen(' inserted: '), shown(piece), unseen(' end of insertion '));

/** The whole text with its changes; hunk k carries data-hunk="k". */
export function diffText(original, hunks, current = -1, onPick = null) {
  const parts = [];
  let at = 0;
  hunks.forEach((hunk, k) => {
    parts.push(original.slice(at, hunk.start));
    parts.push(el('span', { class: k === current ? 'hunk current' : 'hunk', dataset: { hunk: k }, onclick: onPick && (() => onPick(k)) },
      hunk.end > hunk.start && removed(original.slice(hunk.start, hunk.end)),
      hunk.replacement && inserted(hunk.replacement)));
    at = hunk.end;
  });
  parts.push(original.slice(at));
  return el('div', { class: 'text', dir: 'auto' }, parts);
}

/** Before and after beside each other: what goes is struck through on the one side, what comes is underlined on the other. */
export function diffSides(original, hunks, current = -1, onPick = null) {
  const before = [], after = [];
  let at = 0;
  const piece = (k, made) => el('span', { class: k === current ? 'hunk current' : 'hunk', dataset: { hunk: k }, onclick: onPick && (() => onPick(k)) }, made);
  hunks.forEach((hunk, k) => {
    const same = original.slice(at, hunk.start);
    before.push(same, hunk.end > hunk.start && piece(k, removed(original.slice(hunk.start, hunk.end))));
    after.push(same, hunk.replacement && piece(k, inserted(hunk.replacement)));
    at = hunk.end;
  });
  const side = (name, parts) => el('div', {}, el('h3', { class: 'small quiet' }, name), el('div', { class: 'text', dir: 'auto' }, parts.filter(Boolean), original.slice(at)));
  return el('div', { class: 'sides' }, side('Before', before), side('After', after));
}
