// The list of projects, and making one.
import { all, get, post } from './api.js';
import { action, el, field, fill, form, percent } from './dom.js';
import { start } from './shell.js';
import { kinds } from './kinds.js';

const body = document.getElementById('body');

async function card(project) {
  const box = el('div', { class: 'small quiet number' });
  const made = el('li', { class: 'card project-card' },
    el('h2', {}, el('a', { href: `/projects/${project.id}`, dir: 'auto' }, project.settings.name)),
    el('div', { class: 'row' }, el('span', { class: 'pill' }, kinds[project.settings.kind]), el('span', { class: 'small quiet' }, `you: ${project.role ?? 'owner of the installation'}`),
      project.archivedAt && el('span', { class: 'pill warn' }, 'archived')),
    project.settings.description && el('p', { class: 'quiet', dir: 'auto' }, project.settings.description),
    box);
  get(`/api/projects/${project.id}/progress`).then(progress => {
    const wanted = progress.submitted + progress.openSlots + progress.leased;
    fill(box, wanted === 0 ? 'No items yet' : `${progress.submitted} of ${wanted} answers, ${percent(progress.submitted / wanted)}`);
  }).catch(() => {});
  return made;
}

function making() {
  const kind = el('select', { name: 'kind' }, Object.entries(kinds).map(([value, label]) => el('option', { value }, label)));
  const sample = el('select', { 'aria-label': 'Task of the sample project' }, Object.entries(kinds).map(([value, label]) => el('option', { value }, label)));
  return el('div', { class: 'columns' },
    el('section', { class: 'card' }, el('h2', {}, 'New project'), form(async data => {
      const project = await post('/api/projects', { name: data.get('name'), kind: data.get('kind') });
      location.assign(`/projects/${project.id}`);
    }, field('Name', el('input', { name: 'name', required: true, maxlength: 200 })), field('Task', kind), el('button', { type: 'submit' }, 'Create project'))),
    el('section', { class: 'card' }, el('h2', {}, 'Sample project'),
      el('p', { class: 'quiet' }, '24 items from Emend’s built-in world: customers ask about a fictional product line, and an assistant with known faults answers.'),
      el('div', { class: 'field' }, sample),
      action('Create the sample project', async () => {
        const project = await post('/api/projects/sample', { kind: sample.value });
        location.assign(`/projects/${project.id}`);
      }, { class: 'main', id: 'sample' })));
}

start('Projects', async ({ account }) => {
  const projects = await all('/api/projects', 200);
  fill(body,
    projects.length
      ? el('ul', { class: 'list' }, await Promise.all(projects.map(card)))
      : el('div', { class: 'card empty' }, el('p', {}, account.isOwner ? 'No projects yet. The sample project shows in a minute how the studio works.' : 'You are in no project yet. A manager can send you an invitation link.')),
    account.isOwner && making());
});
