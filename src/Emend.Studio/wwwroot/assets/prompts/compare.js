// Two versions side by side: texts with their changes, settings before and after.
import { get } from '../api.js';
import { action, el, field, fill, percent } from '../dom.js';
import { start } from '../shell.js';
import { diffText } from '../tasks/diff-view.js';
import { crumb, promptId, query } from './common.js';

const body = document.getElementById('body');

start('Compare versions', async ({ project, api }) => {
  const path = `${api}/prompts/${promptId()}`, prompt = await get(path);
  const choose = wanted => { const made = el('select', {}, prompt.versions.map(version => el('option', { value: version.number }, `version ${version.number}${version.note && `: ${version.note.slice(0, 50)}`}`))); made.value = String(wanted); return made; };
  const newest = prompt.versions.at(-1).number, from = choose(query('from') ?? Math.max(1, newest - 1)), to = choose(query('to') ?? newest), result = el('div');

  async function look() {
    const { diff, from: before, to: after } = await get(`${path}/diff?from=${from.value}&to=${to.value}`);
    history.replaceState(null, '', `?from=${before}&to=${after}`);
    fill(result, el('p', { class: 'quiet' }, `${percent(diff.changeRate)} of the text differs.`),
      diff.texts.map(change => el('section', { class: 'card' }, el('h2', {}, change.field), diffText(change.before, change.hunks))),
      diff.settings.length > 0 && el('section', { class: 'card' }, el('h2', {}, 'settings'), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Settings' }, el('table', {},
        el('thead', {}, el('tr', {}, ['Setting', 'Before', 'After'].map(name => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, diff.settings.map(change => el('tr', {}, el('th', { scope: 'row' }, change.field), el('td', {}, el('bdi', {}, change.before ?? '–')), el('td', {}, el('bdi', {}, change.after ?? '–')))))))),
      diff.texts.length + diff.settings.length === 0 && el('p', { class: 'notice' }, 'Both say the same.'));
  }

  fill(body, crumb(project, prompt), el('div', { class: 'card' }, el('div', { class: 'columns' }, field('Before', from), field('After', to)), action('Compare', look)), result);
  await look();
});
