// Who changed what from what to what.
import { get, post } from './api.js';
import { action, el, fill, notice, time } from './dom.js';
import { start } from './shell.js';

const body = document.getElementById('body');
const shorten = words => words === null || words === undefined ? '–' : words.length > 300 ? `${words.slice(0, 300)}…` : words;

start('Audit log', async ({ api, account }) => {
  const from = `${api ?? '/api'}/audit`;
  const rows = el('tbody'), more = el('p');
  async function load(after = null) {
    const page = await get(`${from}?limit=50${after ? `&after=${after}` : ''}`);
    rows.append(...page.items.map(entry => el('tr', {}, el('td', { class: 'number' }, entry.number), el('td', { class: 'when' }, time(entry.at)), el('td', {}, el('bdi', {}, entry.actor)), el('td', {}, entry.action), el('td', {}, entry.subject),
      el('td', {}, el('details', {}, el('summary', {}, 'Details'), el('dl', { class: 'keys small' }, el('dt', {}, 'before'), el('dd', {}, shorten(entry.before)), el('dt', {}, 'after'), el('dd', {}, shorten(entry.after)), el('dt', {}, 'hash'), el('dd', {}, entry.hash)))))));
    fill(more, page.next && action('Earlier', () => load(page.next)));
  }
  if (!api && account.isOwner) {
    document.getElementById('actions').append(action('Verify the chain', async () => {
      const checked = await post('/api/audit/verify');
      notice(checked.faults.length ? 'bad' : 'good', checked.faults.length
        ? checked.faults.map(fault => typeof fault === 'string' ? fault : `entry ${fault.number}: ${fault.problem}`).join('\n')
        : `Unbroken: ${checked.auditEntries} entries, ${checked.answers} answers, ${checked.items} items.`);
    }));
  }
  fill(body, el('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'Entries' }, el('table', {}, el('thead', {}, el('tr', {}, ['No.', 'When', 'Who', 'What', 'Of', 'From and to'].map(name => el('th', { scope: 'col' }, name)))), rows)), more);
  await load();
});
