// A proposed hunk against the text as it stands: what became of it, the text with it, and without it. Offsets are of the original.
import { compare, hunksOf, pieces } from './diff.js';

const most = 4000;

/** The text with changes made; they are in order and do not overlap. */
export function apply(original, hunks) {
  let made = '', at = 0;
  for (const hunk of hunks) { made += original.slice(at, hunk.start) + hunk.replacement; at = hunk.end; }
  return made + original.slice(at);
}

const byPlace = (a, b) => a.start - b.start || a.end - b.end;
const overlaps = (a, b) => (a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end);

function distance(a, b) {
  const changes = compare(a, b, most);
  return changes && changes.reduce((sum, change) => sum + change.aEnd - change.aStart + change.bEnd - change.bStart, 0);
}

/** accepted, altered, rejected or open, as the server will say it: a hunk is accepted where it lies on a shortest way to the text. */
export function decisions(original, text, proposed, aside) {
  const from = pieces(original), to = pieces(text), way = distance(from, to);
  return proposed.map((hunk, k) => {
    const made = pieces(apply(original, [hunk])), length = distance(from, made), left = distance(made, to);
    if (way === null || length === null || left === null) return 'altered';
    if (way - left === length) return 'accepted';
    return left - way !== length ? 'altered' : aside.includes(k) ? 'rejected' : 'open';
  });
}

/** The text with the proposed hunk made, in place of whatever overlaps it; other changes stay. start and end: where it lies now. */
export function withHunk(original, text, hunk) {
  const others = hunksOf(original, text, most, 1).hunks.filter(each => !overlaps(each, hunk));
  const before = others.filter(each => byPlace(each, hunk) <= 0);
  const start = hunk.start + before.reduce((sum, each) => sum + each.replacement.length - (each.end - each.start), 0);
  return { text: apply(original, [...others, hunk].sort(byPlace)), start, end: start + hunk.replacement.length };
}

/** The text without it; other changes stay. */
export function withoutHunk(original, text, hunk, accepted) {
  if (!accepted) return apply(original, hunksOf(original, text, most, 1).hunks.filter(each => !overlaps(each, hunk)));
  // What else was changed, counted from the text with the hunk in it, and moved back to where that is in the original.
  const made = apply(original, [hunk]), end = hunk.start + hunk.replacement.length, back = hunk.end - end;
  const others = hunksOf(made, text, most, 1).hunks.filter(each => each.end <= hunk.start || each.start >= end);
  return apply(original, others.map(each => each.start >= end && each.end > hunk.start ? { ...each, start: each.start + back, end: each.end + back } : each));
}
