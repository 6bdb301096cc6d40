// Addresses that are told of what happens in the project.
import { get, post, put, remove, rowsOf } from './api.js';
import { action, dialog, el, field, fill, form, time } from './dom.js';
import { start } from './shell.js';

const body = document.getElementById('body');
const sure = url => dialog('Remove this address?', close => el('div', {}, el('p', {}, el('bdi', {}, url), ' is told of nothing more, and what waits for it is dropped.'),
  el('div', { class: 'row' }, el('button', { type: 'button', class: 'danger', onclick: () => close(true) }, 'Remove'), el('button', { type: 'button', onclick: () => close(null) }, 'Keep'))));

start('Webhooks', async ({ project, api }) => {
  document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/settings` }, 'Settings'));
  const at = `${api}/webhooks`, made = el('div', { 'aria-live': 'polite' }), list = el('ul', { class: 'list spaced' });
  const secretOf = answer => answer.secret && fill(made, el('div', { class: 'notice good' }, el('p', {}, 'The secret that signs what is sent. Copy it now; it is not shown again.'), el('code', { class: 'secret' }, answer.secret)));

  const row = hook => el('li', { class: 'card' },
    el('div', { class: 'row' }, el('strong', { dir: 'auto' }, hook.url), el('span', { class: hook.isEnabled ? 'pill good' : 'pill' }, hook.isEnabled ? 'on' : 'off'), hook.givenUp > 0 && el('span', { class: 'pill bad' }, `${hook.givenUp} given up`), hook.waiting > 0 && el('span', { class: 'pill warn' }, `${hook.waiting} waiting`)),
    el('p', { class: 'quiet small' }, `Since ${time(hook.createdAt)}.`, hook.lastProblem && ` Last problem: ${hook.lastProblem}.`),
    el('div', { class: 'row' },
      action(hook.isEnabled ? 'Switch off' : 'Switch on', async () => { await put(`${at}/${hook.id}`, { url: hook.url, isEnabled: !hook.isEnabled }, { headers: { 'If-Match': `"${hook.version}"` } }); await show(); }, { class: 'small-button' }),
      action('Move', async () => {
        const url = await dialog('Another address', close => form(data => close(data.get('url').trim()), field('Address', el('input', { name: 'url', type: 'url', required: true, maxlength: 2000, value: hook.url })), el('p', { class: 'quiet small' }, 'Another address gets another secret.'), el('button', { type: 'submit', class: 'main' }, 'Move')));
        if (url && url !== hook.url) { secretOf(await put(`${at}/${hook.id}`, { url, isEnabled: hook.isEnabled }, { headers: { 'If-Match': `"${hook.version}"` } })); await show(); }
      }, { class: 'small-button' }),
      action('Remove', async () => { if (await sure(hook.url)) { await remove(`${at}/${hook.id}`); await show(); } }, { class: 'danger small-button' })));
  async function show() {
    const hooks = rowsOf(await get(at));
    fill(list, hooks.length ? hooks.map(row) : el('li', { class: 'quiet' }, 'None yet.'));
  }

  fill(body, el('p', {}, 'Whoever listens at an address is told that something was answered, taken back, adjudicated, imported or archived: ids and times, no texts. Each message is signed, tried again for about forty minutes, and then given up.'),
    list, el('section', { class: 'card' }, el('h2', {}, 'New address'), form(async data => { secretOf(await post(at, { url: data.get('url').trim() })); await show(); },
      field('Address', el('input', { name: 'url', type: 'url', required: true, maxlength: 2000 }), 'https://… ; addresses of private networks are refused unless the studio was started to allow them'), el('button', { type: 'submit', class: 'main' }, 'Add')), made));
  await show();
});
