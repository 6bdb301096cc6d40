// One's own items: held, answered, skipped; from here they are taken up again.
import { get } from './api.js';
import { action, el, fill, time } from './dom.js';
import { start } from './shell.js';

const states = { '': 'All', leased: 'Open', submitted: 'Answered', skipped: 'Skipped', returned: 'Returned' };
const body = document.getElementById('body');

start('My answers', async ({ project, api }) => {
  const rows = el('tbody'), more = el('p');
  const filter = el('div', { class: 'scale', role: 'group', 'aria-label': 'Show' });
  let state = '';

  async function load(after = null) {
    const page = await get(`${api}/assignments?limit=50${state && `&state=${state}`}${after ? `&after=${after}` : ''}`);
    if (after === null) rows.replaceChildren();
    rows.append(...page.items.map(item => el('tr', {},
      el('td', {}, el('a', { href: `/projects/${project.id}/work/${item.id}`, dir: 'auto' }, item.prompt || `Item ${item.itemId}`)),
      el('td', {}, el('span', { class: `pill ${{ submitted: 'good', returned: 'warn' }[item.state] ?? ''}` }, states[item.state]), item.hasDraft && ' draft'),
      el('td', { class: 'when' }, time(item.leasedAt)))));
    if (rows.children.length === 0) rows.append(el('tr', {}, el('td', { colspan: 3, class: 'quiet' }, 'Nothing here yet.')));
    fill(more, page.next && action('More', () => load(page.next)));
    for (const button of filter.children) button.setAttribute('aria-pressed', String(button.value === state));
  }

  fill(filter, Object.entries(states).map(([value, words]) => action(words, () => { state = value; return load(); }, { value })));
  fill(body, el('p', {}, filter), el('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'My items' },
    el('table', {}, el('thead', {}, el('tr', {}, ['Item', 'State', 'Taken'].map(name => el('th', { scope: 'col' }, name)))), rows)), more);
  await load();
});
