// Who may do what in the project, and links that invite more people.
import { get, post, put, remove, rowsOf } from './api.js';
import { action, dialog, el, field, fill, form, report, time } from './dom.js';
import { start } from './shell.js';

const roles = ['viewer', 'annotator', 'adjudicator', 'manager', 'owner'];
const body = document.getElementById('body');
const pickRole = (value, settings = {}) => {
  const select = el('select', settings, roles.map(role => el('option', { value: role }, role)));
  select.value = value;
  return select;
};

async function show({ api, account }) {
  const again = () => show({ api, account });
  const [members, invitations] = (await Promise.all([get(`${api}/members`), get(`${api}/invitations`)])).map(rowsOf);
  const made = el('div', { 'aria-live': 'polite' });
  fill(body,
    el('section', { class: 'card' }, el('h2', {}, 'Members'), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Members' }, el('table', {},
      el('thead', {}, el('tr', {}, ['Name', 'Role', 'Group', ''].map(name => name ? el('th', { scope: 'col' }, name) : el('td')))),
      el('tbody', {}, members.map(member => {
        const save = () => put(`${api}/members/${member.accountId}`, { role: role.value, group: group.value.trim() || null }).catch(async error => { await again(); report(error); });
        const role = pickRole(member.role, { 'aria-label': `Role of ${member.displayName}`, onchange: save });
        const group = el('input', { 'aria-label': `Group of ${member.displayName}`, maxlength: 60, value: member.group ?? '', onchange: save });
        return el('tr', {}, el('th', { scope: 'row' }, el('bdi', {}, member.displayName), el('div', { class: 'quiet small' }, member.name)), el('td', {}, role), el('td', {}, group),
          el('td', {}, action('Remove', async () => { if (await sure(member.displayName)) { await remove(`${api}/members/${member.accountId}`); await again(); } }, { class: 'danger small-button' })));
      }))))),
    el('section', { class: 'card' }, el('h2', {}, 'Invite'), form(async data => {
      const { secret, link } = await post(`${api}/invitations`, { role: data.get('role'), note: data.get('note'), days: Number(data.get('days')) });
      fill(made, el('div', { class: 'notice good' }, el('p', {}, 'Send this link to the person; it works once and is not shown again.'), el('code', { class: 'secret', id: 'link' }, new URL(link ?? `/invitation#${secret}`, location.origin).href)));
      fill(list, rowsOf(await get(`${api}/invitations`)).map(row));
    }, el('div', { class: 'columns' }, field('Role', pickRole('annotator', { name: 'role' })), field('For whom', el('input', { name: 'note', maxlength: 200 })), field('Days', el('input', { name: 'days', type: 'number', min: 1, max: 60, value: 7 }))),
    el('button', { type: 'submit', class: 'main' }, 'Make an invitation link')), made));
  const list = el('ul', { class: 'list' });
  const row = invitation => {
    const state = invitation.usedAt ? 'used' : invitation.revokedAt ? 'taken back' : new Date(invitation.expiresAt) < new Date() ? 'over' : null;
    return el('li', { class: 'row' }, el('strong', {}, invitation.role), el('span', { dir: 'auto' }, invitation.note), el('span', { class: 'quiet small' }, `until ${time(invitation.expiresAt)}`),
      state ? el('span', { class: 'pill' }, state) : action('Take back', async () => { await remove(`${api}/invitations/${invitation.id}`); await again(); }, { class: 'small-button' }));
  };
  fill(list, invitations.map(row));
  body.append(el('section', { class: 'card' }, el('h2', {}, 'Invitations'), invitations.length ? list : [el('p', { class: 'quiet' }, 'None yet.'), list]));
}

const sure = name => dialog('Remove this member?', close => el('div', {}, el('p', {}, el('bdi', {}, name), ' loses access at once. Their answers stay.'),
  el('div', { class: 'row' }, el('button', { type: 'button', class: 'danger', onclick: () => close(true) }, 'Remove'), el('button', { type: 'button', onclick: () => close(null) }, 'Keep'))));

start('Members', show);
