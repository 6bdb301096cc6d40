// In which order items are given out: as imported, or first what a reward model is least certain of, with a share left to chance.
import { getWithTag, post, put } from './api.js';
import { action, announce, count, el, field, fill, form, notice, percent } from './dom.js';

export async function order({ api, project }) {
  const place = el('section', { class: 'card', 'aria-labelledby': 'order-title' });

  async function show() {
    const { body: now, etag } = await getWithTag(`${api}/order`);
    const on = el('input', { type: 'checkbox', name: 'on' });
    on.checked = now.randomShare !== null;
    const share = el('input', { name: 'share', type: 'number', min: 0, max: 100, value: String(Math.round((now.randomShare ?? 0.2) * 100)) });
    const unknown = now.waiting - now.withUncertainty;
    fill(place, el('h2', { id: 'order-title' }, 'Order of the queue'),
      el('p', { class: 'quiet small' }, 'People can answer first what a reward model is least certain of. A share of the items is left to chance alone: only on those can a model be evaluated honestly, and exports say how each item was drawn.'),
      form(async data => {
        await put(`${api}/order`, { randomShare: data.has('on') ? Number(data.get('share')) / 100 : null }, { headers: { 'If-Match': etag || '"0"' } });
        await show();
        notice('good', 'Saved. Items that somebody has taken keep their place.');
      },
      el('label', { class: 'check field' }, on, 'Least certain first'), field('Left to chance (%)', share, 'Cannot rise once items were given out by uncertainty'),
      el('button', { type: 'submit' }, 'Save the order')),
      el('dl', { class: 'figures' }, [['waiting', now.waiting], ['uncertainty known', now.withUncertainty], ['drawn by uncertainty', now.uncertain], ['drawn by chance', now.random]]
        .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
      project.settings.kind !== 'demonstration' && el('p', {}, action(`Ask the reward model about ${count(unknown, 'item')}`, compute, { disabled: unknown === 0, id: 'compute' })),
      el('p', { class: 'quiet small' }, 'Or import items with the field uncertainty; importing the same items again with other numbers changes only those.'));
  }

  async function compute(button) {
    let [done, failed, after] = [0, 0, 0];
    for (let left = 1; left > 0 && button.isConnected;) {
      const said = await post(`${api}/uncertainty`, { after });
      [done, failed, left, after] = [done + said.computed, failed + said.failed, said.left, said.after];
      button.textContent = `${done} done, ${left} left`;
      announce(percent(done / (done + left)));
    }
    await show();
    notice('good', `The reward model was asked about ${count(done + failed, 'item')}.${failed ? ` It refused ${count(failed, 'item')}: those come last.` : ''}`);
  }

  await show();
  return place;
}
