// A new version on a branch. Where somebody was quicker nothing is lost: both come merged, with the places that both changed.
import { get, post } from '../api.js';
import { el, field, fill, form, notice } from '../dom.js';
import { start } from '../shell.js';
import { diffText } from '../tasks/diff-view.js';
import { hunksOf } from '../tasks/diff.js';
import { asText, conflictList, contentForm, crumb, promptId, query, variablesOf } from './common.js';

const body = document.getElementById('body');

start('Write a version', async ({ project, api }) => {
  const path = `${api}/prompts/${promptId()}`, branch = query('branch') ?? 'main';
  const prompt = await get(path);
  const head = await get(`${path}/versions/${prompt.branches.find(each => each.name === branch)?.head ?? 0}`);
  let seen = head.number, before = head.content, waiting = null;
  const variables = el('p', { class: 'quiet small' }), changes = el('div'), conflicts = el('div');
  const content = contentForm(head.content, () => later());
  function later() { clearTimeout(waiting); waiting = setTimeout(look, 150); }
  function look() {
    const now = content.read(), names = variablesOf(now);
    fill(variables, names.length ? `Variables: ${names.join(', ')}` : 'No variables.');
    fill(changes, el('h2', {}, 'What changes'), diffText(asText(before), hunksOf(asText(before), asText(now), 2000).hunks));
  }
  document.getElementById('title').textContent = `Next version on ${branch}`;
  const note = el('input', { name: 'note', maxlength: 5000, dir: 'auto' });
  fill(body, crumb(project, prompt), conflicts, form(async data => {
    try {
      const made = await post(`${path}/branches/${branch}/versions`, { content: content.read(), note: data.get('note') }, { headers: { 'If-Match': `"${seen}"` } });
      location.assign(`/projects/${project.id}/prompts/${prompt.id}#version-${made.number}`);
    } catch (error) {
      if (error.code !== 'branch-moved') throw error;
      seen = error.details.head;
      before = (await get(`${path}/versions/${seen}`)).content;
      content.show(error.details.content);
      fill(conflicts, conflictList(error.details.conflicts, content));
      notice('warn', el('p', {}, error.message), el('p', {}, 'The form below holds both. Look it through and save again.')).scrollIntoView({ block: 'nearest' });
    }
  }, el('div', { class: 'card' }, content.element, variables), field('What is new, and why', note), el('p', {}, el('button', { type: 'submit', class: 'main', id: 'save' }, 'Save as a new version'))),
  el('section', { class: 'card' }, changes));
  look();
});
