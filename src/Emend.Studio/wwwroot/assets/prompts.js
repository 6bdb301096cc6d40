// The prompts of a project, and making one.
import { all, post } from './api.js';
import { el, field, fill, form, time } from './dom.js';
import { may, start } from './shell.js';

const body = document.getElementById('body');

const card = (project, prompt) => el('li', { class: 'card project-card' },
  el('h2', {}, el('a', { href: `/projects/${project.id}/prompts/${prompt.id}`, dir: 'auto' }, prompt.name)),
  prompt.description && el('p', { class: 'quiet', dir: 'auto' }, prompt.description),
  el('div', { class: 'row' }, prompt.labels.map(label => el('span', { class: 'pill good' }, `${label.name}: version ${label.number}`)), prompt.branches.map(branch => el('span', { class: 'pill' }, `${branch.name} at ${branch.head}`))),
  el('p', { class: 'quiet small' }, `${prompt.versions} ${prompt.versions === 1 ? 'version' : 'versions'}, the newest ${time(prompt.changedAt)}`));

start('Prompts', async ({ project, api }) => {
  const prompts = await all(`${api}/prompts`);
  if (may(project, 'manager')) document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/ab-tests` }, 'A/B tests'), el('a', { href: `/projects/${project.id}/judges` }, 'Judges'), el('a', { href: `/projects/${project.id}/ranking` }, 'Ranking'));
  const template = el('textarea', { name: 'template', class: 'template', required: true, rows: 4, dir: 'auto' });
  fill(body,
    prompts.length > 0 ? el('ul', { class: 'list' }, prompts.map(prompt => card(project, prompt)))
      : el('div', { class: 'card empty' }, el('h2', {}, 'No prompts yet'), el('p', {}, 'A prompt has versions that never change, branches, and labels such as production that move with a reason.')),
    may(project, 'manager') && !project.archivedAt && el('section', { class: 'card' }, el('h2', {}, 'New prompt'), form(async data => {
      const made = await post(`${api}/prompts`, { name: data.get('name'), description: data.get('description'), content: { template: data.get('template') } });
      location.assign(`/projects/${project.id}/prompts/${made.id}`);
    },
    field('Name', el('input', { name: 'name', required: true, maxlength: 200, dir: 'auto' })),
    field('Description', el('input', { name: 'description', maxlength: 5000, dir: 'auto' })),
    field('Template', template, 'What the user’s message says; {{question}} is a variable. System message, examples and settings come with the next version.'),
    el('button', { type: 'submit', class: 'main' }, 'Create prompt'))));
});
