// Everybody who has an account: for owners of the installation.
import { get, put, remove } from './api.js';
import { action, dialog, el, fill } from './dom.js';
import { start } from './shell.js';

const body = document.getElementById('body');
const sure = (title, words, verb) => dialog(title, close => el('div', {}, el('p', {}, words),
  el('div', { class: 'row' }, el('button', { type: 'button', class: 'danger', onclick: () => close(true) }, verb), el('button', { type: 'button', onclick: () => close(null) }, 'Leave it'))));

start('Accounts', async ({ account }) => {
  const rows = el('tbody'), more = el('p');
  const row = person => {
    const made = el('tr', {}, el('th', { scope: 'row' }, el('bdi', {}, person.displayName), el('div', { class: 'quiet small' }, person.name)),
      el('td', {}, person.isOwner && el('span', { class: 'pill' }, 'owner'), ' ', person.isDisabled && el('span', { class: 'pill bad' }, 'disabled'), ' ', person.hasTwoFactor && el('span', { class: 'pill good' }, 'two factors')),
      el('td', {}, el('div', { class: 'row' }, person.id !== account.id && action(person.isDisabled ? 'Enable' : 'Disable', async () => {
        if (!person.isDisabled && !await sure('Disable this account?', 'Its sessions and tokens end at once. What it answered stays.', 'Disable')) return;
        await put(`/api/accounts/${person.id}/disabled`, { disabled: !person.isDisabled });
        made.replaceWith(row({ ...person, isDisabled: !person.isDisabled }));
      }, { class: 'small-button', 'aria-label': `${person.isDisabled ? 'Enable' : 'Disable'} ${person.name}` }),
      person.hasTwoFactor && person.id !== account.id && action('Take the second factor away', async () => {
        if (!await sure('Take the second factor away?', 'For somebody who lost the app and the recovery codes. Make sure that it is they who ask.', 'Take it away')) return;
        await remove(`/api/accounts/${person.id}/two-factor`);
        made.replaceWith(row({ ...person, hasTwoFactor: false }));
      }, { class: 'small-button danger' }))));
    return made;
  };
  async function load(after = null) {
    const page = await get(`/api/accounts?limit=50${after ? `&after=${after}` : ''}`);
    rows.append(...page.items.map(row));
    fill(more, page.next && action('More', () => load(page.next)));
  }
  fill(body, el('p', { class: 'quiet' }, 'People come in through invitations to projects; nobody signs up alone.'),
    el('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'Accounts' }, el('table', {}, el('thead', {}, el('tr', {}, ['Name', 'State', 'Change'].map(name => el('th', { scope: 'col' }, name)))), rows)), more);
  await load();
});
