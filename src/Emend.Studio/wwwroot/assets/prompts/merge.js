// Merging one branch into another: what comes out, and the places that both changed, to be decided by hand.
import { get, post } from '../api.js';
import { action, el, field, fill, form } from '../dom.js';
import { start } from '../shell.js';
import { conflictList, contentForm, crumb, promptId, query } from './common.js';

const body = document.getElementById('body');

start('Merge', async ({ project, api }) => {
  const path = `${api}/prompts/${promptId()}`, prompt = await get(path);
  const page = `/projects/${project.id}/prompts/${prompt.id}`;
  const choose = (name, wanted) => { const made = el('select', { name }, prompt.branches.map(branch => el('option', { value: branch.name }, `${branch.name} (version ${branch.head})`))); if (wanted) made.value = wanted; return made; };
  const into = choose('into', query('into') ?? 'main'), from = choose('from', query('from') ?? prompt.branches.find(branch => branch.name !== into.value)?.name);
  const result = el('div');

  async function look() {
    const target = into.value, source = from.value;
    const preview = await get(`${path}/branches/${target}/merge?from=${encodeURIComponent(source)}`);
    if (preview.state === 'nothing') { fill(result, el('p', { class: 'notice' }, `${target} holds version ${preview.from} already: there is nothing to merge.`)); return; }
    const content = contentForm(preview.content), plain = preview.state === 'fast-forward';
    fill(result,
      el('p', { class: preview.conflicts.length ? 'notice warn' : 'notice good' }, plain ? `${target} has nothing of its own since version ${preview.base}: it moves on to version ${preview.from}.`
        : `Version ${preview.from} goes into ${target} (version ${preview.into}); both come from version ${preview.base}. ${preview.conflicts.length ? 'Some places were changed on both sides.' : 'Nothing was changed on both sides.'}`),
      conflictList(preview.conflicts, content),
      form(async data => {
        const made = await post(`${path}/branches/${target}/merge`, { from: String(preview.from), content: plain ? null : content.read(), note: data.get('note') }, { headers: { 'If-Match': `"${preview.into}"` } });
        location.assign(`${page}#version-${made.number}`);
      }, !plain && el('div', { class: 'card' }, content.element), field('Note', el('input', { name: 'note', maxlength: 5000, value: `Merge of ${source}` })), el('button', { type: 'submit', class: 'main' }, plain ? 'Move the branch' : 'Merge')));
  }

  fill(body, crumb(project, prompt), el('div', { class: 'card' }, el('div', { class: 'columns' }, field('Take in', from), field('Into', into)), action('Look at the merge', look)), result);
  if (from.value && from.value !== into.value) await look();
});
