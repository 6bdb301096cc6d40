// Tables and figures as reports show them.
import { action, count, el } from './dom.js';

/** A table of finished rows that scrolls sideways on a telephone. */
export const scrolled = (label, heads, rows) => el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
  el('table', {}, el('thead', {}, el('tr', {}, heads.map(name => name instanceof Node ? name : el('th', { scope: 'col' }, name)))), el('tbody', {}, rows)));

/** The same of cells; a row is a list of cells, a cell text, a number, or an element. Columns of figures align at their end. */
export function table(label, heads, rows) {
  const figures = heads.map((_, k) => k > 0 && rows.some(cells => isFigure(cells[k])) && rows.every(cells => isFigure(cells[k]) || cells[k] === '–' || cells[k] instanceof Node));
  const kind = k => figures[k] ? 'number' : null;
  return scrolled(label, heads.map((name, k) => el('th', { scope: 'col', class: kind(k) }, name)), rows.map(cells => el('tr', {}, cells.map((cell, k) => k === 0
    ? el('th', { scope: 'row' }, el('bdi', {}, cell)) : el('td', { class: kind(k) }, cell)))));
}

const isFigure = cell => typeof cell === 'number' || (typeof cell === 'string' && /^[−+]?\d/.test(cell));

export const two = value => value === null || value === undefined ? '–' : value.toFixed(2).replace('-', '−');

/** A measure of agreement, or why there is none. */
export const alpha = value => value.value === null ? el('span', { class: 'quiet small' }, value.undefined) : two(value.value);

const whole = share => `${Math.round(share * 100)} %`;

/** "62 % (51–72 % of 80)" */
export const share = value => value.value === null ? '–' : `${whole(value.value)} (${Math.round(value.low * 100)}–${whole(value.high)} of ${value.of})`;

/** "+0.12 (−0.03 to 0.27, 14)", with the unit's factor: 100 shows percentage points. */
export const mean = (value, factor = 1, places = 2) => {
  if (value.value === null) return '–';
  const shown = number => (number * factor).toFixed(places).replace('-', '−');
  return `${value.value > 0 ? '+' : ''}${shown(value.value)}${value.low === null ? '' : ` (${shown(value.low)} to ${shown(value.high)}, ${value.of})`}`;
};

export const pairs = value => value.pairs === 0 ? '–' : `${whole(value.differ / value.pairs)} of ${value.pairs}`;

/** Names of measures in words. */
export const measureName = name => ({ choice: 'Which is better', edits: 'Where people edit', ranks: 'Ranks', spans: 'What people mark' })[name] ?? name;

/** Whose answers a report is of, what is left out, and buttons for the others; nothing where only people have answered. */
export function sources(report, show) {
  if (report.source === 'people' && report.leftOut === 0) return null;
  const words = { people: 'People', simulated: 'Simulated annotators', all: 'Both together' };
  return el('div', { class: report.source === 'people' ? 'card' : 'card notice warn' }, el('p', {}, {
    people: `These figures are of people. ${count(report.leftOut, 'answer')} of simulated annotators, which are programs, ${report.leftOut === 1 ? 'is' : 'are'} left out.`,
    simulated: `These figures are of simulated annotators, which are programs and no people. ${count(report.leftOut, 'answer')} of people ${report.leftOut === 1 ? 'is' : 'are'} left out.`,
    all: 'These figures are of people and simulated annotators together: they say how far the programs agree with people, and are no figures of people.' }[report.source]),
    el('div', { class: 'scale', role: 'group', 'aria-label': 'Whose answers' }, Object.entries(words).map(([value, name]) => action(name, () => show(value), { 'aria-pressed': String(value === report.source) }))));
}

/** A name with what it is, where it is no person. */
export const withSource = (name, source) => source ? [name, ' ', el('span', { class: 'pill' }, source)] : name;
