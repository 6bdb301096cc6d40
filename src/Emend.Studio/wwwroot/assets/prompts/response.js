// One stored response: its text, everything that made it, what of the documents went in and what was left out, what people made of it, and the command that makes it again.
import { get } from '../api.js';
import { action, announce, el, fill, text, time } from '../dom.js';
import { start } from '../shell.js';
import { table } from '../tables.js';
import { fates } from '../context-view.js';
import { promptId } from './common.js';
import { became } from './responses-view.js';

const body = document.getElementById('body');
const roles = { system: 'System', user: 'User', assistant: 'Assistant' };

const pairs = rows => el('dl', { class: 'keys small' }, rows.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => [el('dt', {}, name), el('dd', {}, el('bdi', {}, value))]));

function made(response, project, prompt) {
  const { settings } = response;
  return el('section', { class: 'card' }, el('h2', {}, 'What made it'), pairs([
    ['Version', el('a', { href: `/projects/${project.id}/prompts/${prompt}#version-${response.version}` }, `version ${response.version}`)], ['Model', response.model], ['Folder of the model', response.modelFolder],
    ['Fingerprint', response.modelFingerprint && el('code', {}, response.modelFingerprint)], ['Computed in', response.compute], ['Seed', response.seed], ['Temperature', settings.temperature], ['Top-p', settings.topP], ['Most tokens', settings.maxTokens],
    ['Stop', settings.stop?.length ? settings.stop.map(stop => JSON.stringify(stop)).join(' ') : null], ['Stored', `${time(response.createdAt)} by ${response.actor}`], ['SHA-256 of the text', el('code', {}, response.textHash)],
  ]));
}

function context(response) {
  const { context: built } = response;
  if (!built) return null;
  if (!Array.isArray(built.entries)) return el('section', { class: 'card' }, el('h2', {}, 'Its context'), el('pre', { class: 'recipe', tabindex: '0' }, JSON.stringify(built, null, 2)));     // stored by a program, in its own words
  return el('section', { class: 'card' }, el('h2', {}, 'Its context'), el('p', {}, `${built.tokens} of ${built.budget} tokens, searched with: `, el('q', { dir: 'auto' }, built.query), built.embeddings && [', by nearness too (', el('bdi', {}, built.embeddings), ')']),
    built.entries.length === 0 ? el('p', { class: 'quiet' }, 'No document had anything to it.') : table('What became of every piece', ['Document', 'Under', 'Priority', 'Tokens', 'What became of it'], built.entries.map(entry => [`${entry.document} ${entry.position + 1}`, el('bdi', {}, entry.heading || '–'), entry.priority, entry.tokens || '–',
      el('span', { class: `pill ${fates[entry.fate]?.[1] ?? ''}` }, fates[entry.fate]?.[0] ?? entry.fate)])));
}

function again(response) {
  const command = `emend reproduce ${response.id}`, shown = el('code', { class: 'secret' }, command);
  return el('section', { class: 'card' }, el('h2', {}, 'Make it again'), el('p', {}, response.modelFolder ? 'On the machine that has the model, with the studio’s --data or --database: the same bytes, or a sentence that says what has changed.'
    : 'A server wrote it, so the command needs --model DIR, a folder of the same model.'), shown, action('Copy', async () => {
    getSelection().selectAllChildren(shown);
    await navigator.clipboard?.writeText(command).catch(() => {});
    announce('The command is selected, and copied where the browser allows it');
  }));
}

start('Response', async ({ project, api }) => {
  const prompt = promptId(), id = Number(location.pathname.split('/')[6]), page = `/projects/${project.id}/prompts/${prompt}`;
  const { response, edits } = await get(`${api}/responses/${id}/use`);
  document.getElementById('title').textContent = `Response ${id}`;
  document.title = `Response ${id} – Emend studio`;
  fill(document.getElementById('actions'), el('a', { href: page }, 'Prompt'), el('a', { href: `${page}/responses` }, 'Responses'));
  const variables = Object.entries(response.variables);
  fill(body, el('section', { class: 'card' }, el('h2', { class: 'unseen' }, 'Its text'), text(response.text || '(nothing)', 'div')),
    el('section', { class: 'card' }, el('h2', {}, 'What people made of it'), el('p', {}, `${became(edits)}.`.replace(/^./, first => first.toUpperCase())),
      edits.items.length > 0 && el('p', {}, edits.items.map((item, i) => [i > 0 && ', ', el('a', { href: `/projects/${project.id}/items/${item}` }, `item ${item}`)]))),
    el('div', { class: 'columns' }, made(response, project, prompt), again(response)),
    variables.length > 0 && el('section', { class: 'card' }, el('h2', {}, 'Values'), variables.map(([name, value]) => [el('h3', { class: 'small quiet' }, name), text(value, 'div')])),
    context(response),
    el('section', { class: 'card' }, el('h2', {}, 'What the model was sent'), el('div', { class: 'turns' }, response.messages.map(message => el('div', { class: 'turn', dataset: { role: message.role } }, el('h3', { class: 'small quiet' }, roles[message.role] ?? message.role), text(message.content, 'div'))))));
});
