// One's own account: password, and tokens for programs.
import { get, post, put, remove, rowsOf, session } from './api.js';
import { action, el, field, fill, form, notice, time } from './dom.js';
import { start } from './shell.js';
import { twoFactorCard } from './two-factor.js';

const scopes = { read: 'Read projects and figures', work: 'Take items and answer them', manage: 'Change projects, import, export' };
const body = document.getElementById('body');

start('Account', async ({ account }) => {
  const list = el('ul', { class: 'list' }), made = el('div', { 'aria-live': 'polite' });
  const show = async () => fill(list, rowsOf(await get('/api/tokens')).map(token => el('li', { class: 'row' }, el('strong', { dir: 'auto' }, token.name), el('span', { class: 'quiet small' }, `${[token.scopes].flat().join(', ')} · until ${time(token.expiresAt)} · ${token.lastUsedAt ? `last used ${time(token.lastUsedAt)}` : 'never used'}`),
    token.revokedAt ? el('span', { class: 'pill' }, 'revoked') : action('Revoke', async () => { await remove(`/api/tokens/${token.id}`); await show(); }, { class: 'danger small-button' }))));
  const password = (name, complete) => el('input', { name, type: 'password', required: true, minlength: complete === 'new-password' ? 10 : 1, autocomplete: complete });
  fill(body, el('p', {}, 'Signed in as ', el('bdi', {}, account.displayName), ` (${account.name}).`),
    el('div', { class: 'columns' },
      el('section', { class: 'card' }, el('h2', {}, 'Password'), form(async data => {
        await put('/api/account/password', { current: data.get('current'), wanted: data.get('wanted') });
        await session();
        notice('good', 'Changed. Everywhere else you were signed out.');
      }, field('Now', password('current', 'current-password')), field('From now on', password('wanted', 'new-password'), 'At least 10 characters'), el('button', { type: 'submit' }, 'Change the password'))),
      await twoFactorCard(),
      el('section', { class: 'card' }, el('h2', {}, 'Tokens for programs'), list, form(async data => {
        const { secret } = await post('/api/tokens', { name: data.get('name'), scopes: data.getAll('scope'), days: Number(data.get('days')) });
        fill(made, el('div', { class: 'notice good' }, el('p', {}, 'Copy it now; it is not shown again.'), el('code', { class: 'secret' }, secret)));
        await show();
      }, field('Name', el('input', { name: 'name', required: true, maxlength: 100 })),
      el('fieldset', {}, el('legend', {}, 'May'), Object.entries(scopes).map(([name, words]) => el('div', {}, el('label', { class: 'check' }, el('input', { type: 'checkbox', name: 'scope', value: name }), words)))),
      field('Days', el('input', { name: 'days', type: 'number', min: 1, max: 365, value: '90' })), el('button', { type: 'submit' }, 'Make a token')), made)));
  await show();
});
