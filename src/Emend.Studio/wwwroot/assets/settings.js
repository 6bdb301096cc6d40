// What the project's managers decide.
import { getWithTag, post, put } from './api.js';
import { action, dialog, el, field, fill, form, notice } from './dom.js';
import { kinds } from './kinds.js';
import { models } from './models.js';
import { order } from './order.js';
import { may, start } from './shell.js';

const body = document.getElementById('body');
const number = (name, value, settings) => el('input', { name, type: 'number', value: String(value), ...settings });
const check = (name, value, words) => { const box = el('input', { type: 'checkbox', name }); box.checked = value; return el('label', { class: 'check field' }, box, words); };

async function show(shell) {
  const { body: project, etag } = await getWithTag(shell.api);
  const now = project.settings;
  const area = (name, value, rows) => { const made = el('textarea', { name, rows, dir: 'auto' }); made.value = value; return made; };
  const kind = el('select', { name: 'kind' }, Object.entries(kinds).map(([value, words]) => el('option', { value }, words)));
  kind.value = now.kind;
  fill(body, el('div', { class: 'card' }, form(async data => {
    await put(shell.api, {
      name: data.get('name'), description: data.get('description'), kind: data.get('kind'), overlap: Number(data.get('overlap')), leaseMinutes: Number(data.get('leaseMinutes')),
      tokenizer: data.get('tokenizer').trim() || null, bandLow: Number(data.get('bandLow')) / 100, bandHigh: Number(data.get('bandHigh')) / 100, blind: data.has('blind'), keepExtra: data.has('keepExtra'),
      reviewShare: Number(data.get('reviewShare')) / 100, labels: data.get('labels'),
    }, { headers: { 'If-Match': etag } });
    await show(shell);
    notice('good', 'Saved.');
  },
  field('Name', el('input', { name: 'name', required: true, maxlength: 200, value: now.name, dir: 'auto' })),
  field('Description', area('description', now.description, 3)),
  el('div', { class: 'columns' },
    field('Task', kind, 'Fixed once there are items'),
    field('People per item', number('overlap', now.overlap, { min: 1, max: 50 }), 'Counts for items imported from then on'),
    field('Minutes an item is held', number('leaseMinutes', now.leaseMinutes, { min: 1, max: 1440 })),
    field('Small edit from (%)', number('bandLow', Math.round(now.bandLow * 100), { min: 0, max: 100 })),
    field('Small edit up to (%)', number('bandHigh', Math.round(now.bandHigh * 100), { min: 0, max: 100 })),
    field('Edits reviewed blind (%)', number('reviewShare', Math.round(now.reviewShare * 100), { min: 0, max: 100 })),
    field('Tokenizer', el('input', { name: 'tokenizer', value: now.tokenizer ?? '' }), 'A path below the server’s folder of tokenizers; empty: words')),
  field('Labels or scales', area('labels', now.labels, 4), 'One a line; empty: the usual ones'),
  el('fieldset', {}, el('legend', {}, 'Rules'), check('blind', now.blind, 'Blind: origins and suggestions stay hidden until one’s own judgement'), check('keepExtra', now.keepExtra, 'Keep answers that come after the time was over')),
  el('button', { type: 'submit', class: 'main' }, 'Save'))),
  await models(shell),
  await order(shell),
  may(project, 'owner') && !project.archivedAt && el('section', { class: 'card' }, el('h2', {}, 'Archive'), el('p', { class: 'quiet' }, 'No more work is given out; everything stays and can be exported.'),
    action('Archive the project', async () => {
      const sure = await dialog('Archive the project?', close => el('div', { class: 'row' }, el('button', { type: 'button', class: 'danger', onclick: () => close(true) }, 'Archive'), el('button', { type: 'button', onclick: () => close(null) }, 'Keep')));
      if (sure) { await post(`${shell.api}/archive`); await show(shell); }
    }, { class: 'danger' })));
}

start('Settings', shell => {
  document.getElementById('actions').append(el('a', { href: `/projects/${shell.project.id}/webhooks` }, 'Webhooks'), el('a', { href: `/projects/${shell.project.id}/audit` }, 'Audit'));
  return show(shell);
});
