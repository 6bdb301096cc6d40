// The stored responses of a prompt, newest first, of all its versions or of one: what each says, which model wrote it, and what people made of it.
import { get } from '../api.js';
import { action, count, el, field, fill, time } from '../dom.js';
import { may, start } from '../shell.js';
import { crumb, promptId, query } from './common.js';
import { became } from './responses-view.js';

const body = document.getElementById('body');
const most = 400;               // characters of a text in the list

const beginning = words => words.length <= most ? words : `${words.slice(0, most)}…`;

const pills = ({ response, edits }) => [el('span', { class: 'pill' }, `version ${response.version}`), el('span', { class: 'pill' }, el('bdi', {}, response.model)),
  response.seed !== null && el('span', { class: 'pill' }, `seed ${response.seed}`), response.contextHash && el('span', { class: 'pill' }, Number.isFinite(response.context?.tokens) ? `context of ${count(response.context.tokens, 'token')}` : 'with context'),
  edits.changed > 0 && el('span', { class: 'pill warn' }, 'edited')];

const card = (page, one) => el('li', { class: 'card' },
  el('h2', { class: 'small' }, el('a', { href: `${page}/${one.response.id}` }, `Response ${one.response.id}`)), el('div', { class: 'tags' }, pills(one)),
  el('div', { class: 'text', dir: 'auto' }, beginning(one.response.text) || el('span', { class: 'quiet' }, '(nothing)')),
  el('p', { class: 'quiet small' }, `${time(one.response.createdAt)}, ${became(one.edits)}`));

start('Responses', async ({ project, api }) => {
  const id = promptId(), page = `/projects/${project.id}/prompts/${id}/responses`, prompt = await get(`${api}/prompts/${id}`);
  if (!project.archivedAt && may(project, 'manager')) fill(document.getElementById('actions'), el('a', { href: `/projects/${project.id}/prompts/${id}/make` }, 'Make responses'));
  const choose = el('select', { onchange: () => show() }, el('option', { value: '' }, 'all versions'),
    [...prompt.versions].reverse().map(version => el('option', { value: version.number }, `version ${version.number}${version.note && `: ${version.note.slice(0, 60)}`}`)));
  choose.value = query('version') ?? '';
  const list = el('ul', { class: 'list' }), more = el('p'), said = el('div', { 'aria-live': 'polite' });

  async function load(after) {
    const found = await get(`${api}/prompts/${id}/responses?limit=25${choose.value && `&version=${choose.value}`}${after ? `&after=${after}` : ''}`);
    list.append(...found.items.map(one => card(page, one)));
    fill(more, found.next && action('Older responses', () => load(found.next)));
    fill(said, list.children.length === 0 && el('div', { class: 'card empty' }, el('h2', {}, 'No responses yet'), el('p', {}, 'A model is asked with a version, here or by emend prompt run, and what it answers is stored with everything that made it.')));
  }
  async function show() {
    history.replaceState(null, '', choose.value ? `?version=${choose.value}` : location.pathname);
    list.replaceChildren();
    await load();
  }

  fill(body, crumb(project, { id, name: prompt.name }), el('div', { class: 'card' }, field('Of', choose)), list, said, more);
  await show();
});
