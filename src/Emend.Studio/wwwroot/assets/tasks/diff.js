// What changed between two texts, for the eye: the server computes it again. Myers, "An O(ND) difference algorithm" (1986), over pieces:
// a word, a single white space, any other character as people see it; scripts without spaces between words are cut into characters.

const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/uy;
const single = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function pieces(text) {
  const cut = [];
  let at = 0;
  const others = end => {
    if (end > at) for (const { segment } of graphemes.segment(text.slice(at, end))) cut.push(...(/^\s+$/u.test(segment) ? [...segment] : [segment]));
    at = end;
  };
  let look = 0;
  while (look < text.length) {
    word.lastIndex = look;
    const found = word.exec(text);
    if (!found) { look += text.codePointAt(look) > 0xffff ? 2 : 1; continue; }
    others(look);
    let run = '';
    for (const character of found[0]) {
      if (!single.test(character)) { run += character; continue; }
      if (run) cut.push(run);
      run = '';
      cut.push(character);
    }
    if (run) cut.push(run);
    at = look = look + found[0].length;
  }
  others(text.length);
  return cut;
}

/** Stretches [aStart, aEnd) → [bStart, bEnd) that differ, or null where there are more than most operations. */
export function compare(a, b, most = 4000) {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const n = a.length - head - tail, m = b.length - head - tail;
  const steps = trace(a, b, head, n, m, Math.min(most, n + m));
  return steps && walkBack(steps, head, n, m);
}

function trace(a, b, head, n, m, most) {
  const reach = new Map([[1, 0]]);
  const steps = [];
  for (let d = 0; d <= most; d++) {
    const row = new Int32Array(d + 1);
    for (let k = -d; k <= d; k += 2) {
      const left = reach.get(k - 1) ?? -1, up = reach.get(k + 1) ?? -1;
      let x = k === -d || (k !== d && left < up) ? up : left + 1;
      let y = x - k;
      while (x < n && y < m && a[head + x] === b[head + y]) { x++; y++; }
      reach.set(k, x);
      row[(k + d) / 2] = x;
      if (x >= n && y >= m) { steps.push(row); return steps; }
    }
    steps.push(row);
  }
  return null;
}

function walkBack(steps, head, n, m) {
  const hunks = [];
  let x = n, y = m;
  for (let d = steps.length - 1; d > 0; d--) {
    const row = steps[d - 1], k = x - y;
    const at = diagonal => Math.abs(diagonal) > d - 1 ? -1 : row[(diagonal + d - 1) / 2];
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const beforeK = down ? k + 1 : k - 1;
    const px = at(beforeK), py = px - beforeK;
    const from = down ? [px, py, px, py + 1] : [px, py, px + 1, py];
    const next = hunks[0];
    if (next && next.aStart === head + from[2] && next.bStart === head + from[3]) { next.aStart = head + from[0]; next.bStart = head + from[1]; }
    else hunks.unshift({ aStart: head + from[0], aEnd: head + from[2], bStart: head + from[1], bEnd: head + from[3] });
    [x, y] = [px, py];
  }
  return hunks;
}

/**
 * Hunks in UTF-16 offsets: {start, end, replacement, editedStart, editedEnd}; a single equal piece between two changes joins them, as on
 * the server, unless joinBelow is 1. Where the texts are too far apart, one hunk from the first to the last difference, and rough is true.
 */
export function hunksOf(original, edited, most, joinBelow = 2) {
  const a = pieces(original), b = pieces(edited);
  let raw = compare(a, b, most);
  const rough = raw === null;
  if (rough) {
    let head = 0, tail = 0;
    while (a[head] === b[head] && head < a.length) head++;
    while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    raw = [{ aStart: head, aEnd: a.length - tail, bStart: head, bEnd: b.length - tail }];
  }
  const joined = [];
  for (const hunk of raw) {
    const last = joined.at(-1);
    if (last && hunk.aStart - last.aEnd < joinBelow) { last.aEnd = hunk.aEnd; last.bEnd = hunk.bEnd; } else joined.push({ ...hunk });
  }
  const inA = offsets(a), inB = offsets(b);
  return {
    rough,
    hunks: joined.map(hunk => ({
      start: inA[hunk.aStart], end: inA[hunk.aEnd], editedStart: inB[hunk.bStart], editedEnd: inB[hunk.bEnd],
      replacement: edited.slice(inB[hunk.bStart], inB[hunk.bEnd]),
    })),
  };
}

function offsets(cut) {
  const sums = new Int32Array(cut.length + 1);
  for (let i = 0; i < cut.length; i++) sums[i + 1] = sums[i] + cut[i].length;
  return sums;
}

/** The same figures as the server's, in words split at single spaces; shown until the server has said its own. */
export function figuresOf(original, edited, most) {
  const a = original.split(' '), b = edited.split(' ');
  const hunks = compare(a, b, most);
  if (!hunks) return null;
  let removed = 0, added = 0, distance = 0;
  for (const hunk of hunks) {
    const gone = hunk.aEnd - hunk.aStart, came = hunk.bEnd - hunk.bStart;
    removed += gone;
    added += came;
    distance += Math.max(gone, came);
  }
  return { unit: 'word', removed, added, keptShare: 1 - removed / a.length, editRate: distance / Math.max(a.length, b.length) };
}
