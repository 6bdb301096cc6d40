// How much people change: over time, and over models or versions of prompts.
import { get } from './api.js';
import { el, field, fill, form } from './dom.js';
import { intervals, lines, most } from './plots.js';
import { may, start } from './shell.js';
import { mean, share, sources, table } from './tables.js';

const body = document.getElementById('body');
const dayNumber = day => Date.parse(day) / 86_400_000;
const dayShown = number => new Date(number * 86_400_000).toLocaleDateString([], { day: 'numeric', month: 'short', timeZone: 'UTC' });
const whole = value => `${Math.round(value * 100)} %`;
const named = value => value ?? '(not said)';

const points = days => days.map(day => ({ x: dayNumber(day.day), y: day.editRate.value, low: day.editRate.low === null ? null : Math.max(0, day.editRate.low), high: day.editRate.high }));

start('Edits', async ({ project, api }) => {
  document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/agreement` }, 'Agreement'), may(project, 'manager') && el('a', { href: `/projects/${project.id}/items` }, 'Items') || '');
  async function show(wanted, source = 'people') {
    const report = await get(`${api}/edit-rates?field=${encodeURIComponent(wanted)}&source=${source}`);
    const input = el('input', { name: 'field', required: true, maxlength: 100, value: report.field });
    const overTime = { xShown: dayShown, yShown: whole, zero: true };
    fill(body, sources(report, chosen => show(wanted, chosen)),
      el('section', { class: 'card' }, el('h2', {}, 'Over time'), el('p', { class: 'quiet small' }, 'Share of a text that people changed, by day: mean and 95 % interval. What needed no edit counts as 0; what no edit can help does not count.'),
        lines([{ name: 'all texts', points: points(report.days.filter(day => day.value === null)) }], { ...overTime, label: 'Edit rate by day' })),
      el('section', { class: 'card' }, el('h2', {}, 'By where the text came from'),
        form(data => show(data.get('field').trim(), source), el('div', { class: 'row' }, field('origin, or a field of the items', input), el('button', { type: 'submit' }, 'Show'))),
        report.values.length === 0 ? el('p', {}, 'Nothing is edited yet.') : [
          el('div', { class: 'columns' }, el('div', {}, el('h3', {}, 'Edit rate'), intervals(report.values.map(row => ({ name: named(row.value), value: row.editRate.value, low: row.editRate.low === null ? null : Math.max(0, row.editRate.low), high: row.editRate.high })), { label: `Edit rate by ${report.field}`, shown: whole, from: 0 })),
            el('div', {}, el('h3', {}, 'Over time'), lines(report.values.filter(row => row.value !== null).slice(0, most).map(row => ({ name: row.value, points: points(report.days.filter(day => day.value === row.value)) })), { ...overTime, label: `Edit rate by day and ${report.field}` }))),
          table(`By ${report.field}`, ['Value', 'Answers', 'Edit rate (points)', 'Changed', 'No edit helps'], report.values.map(row => [named(row.value), row.answers, mean(row.editRate, 100, 1).replace('+', ''), share(row.changed), share(row.hopeless)]))]));
  }
  await show(new URLSearchParams(location.search).get('field') ?? 'origin');
});
