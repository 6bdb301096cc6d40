// Where a project asks models: an address for rewards, one for proposals, one for embeddings, one for responses, one for a judge. Keys go in and never come out.
import { get, put, remove } from './api.js';
import { caps, capsOf } from './caps.js';
import { action, el, field, fill, form, notice } from './dom.js';
import { may } from './shell.js';

const uses = {
  rewards: { title: 'Rewards', hint: 'The whole address of an Emend server’s rewards, such as https://models.example/v1/rewards', about: 'Shades the text in the editor by what a reward model thinks of each token, and says of which items it is least certain.' },
  proposals: { title: 'Proposals', hint: 'The whole address of an OpenAI-compatible server, such as https://models.example/v1/chat/completions', about: 'Proposes a small edit, whose changes the annotator accepts, alters or rejects one by one.' },
  embeddings: { title: 'Embeddings', hint: 'The whole address of an OpenAI-compatible server, such as https://models.example/v1/embeddings', about: 'Finds pieces of documents by nearness too, and not by their words alone. The documents are sent there.' },
  responses: { title: 'Responses', hint: 'The whole address of an OpenAI-compatible server, such as https://models.example/v1/chat/completions', about: 'Answers versions of prompts, when a manager asks for responses.' },
  judge: { title: 'Judge', hint: 'The whole address of an OpenAI-compatible server, such as https://models.example/v1/chat/completions', about: 'Says which of two stored responses is better, when a manager has pairs judged. Name the model: verdicts say whose they are.' },
};

/** What an item's text is asked about is of no use where there is none. */
const goes = (use, kind) => use === 'proposals' ? ['edit', 'turn'].includes(kind) : use !== 'rewards' || kind !== 'demonstration';

export async function models({ api, project }) {
  const place = el('section', { class: 'card', 'aria-labelledby': 'models-title' });
  const owner = may(project, 'owner');

  async function show() {
    const named = await get(`${api}/models`);
    fill(place, el('h2', { id: 'models-title' }, 'Models'),
      el('p', { class: 'quiet small' }, 'Optional. The studio’s server sends texts to these addresses. What suggests edits is asked when an annotator wants it; in a blind project only after their own judgement has been saved.', !owner && ' Only owners change them.'),
      el('div', { class: 'columns' }, Object.entries(uses).filter(([use]) => goes(use, project.settings.kind)).map(([use, { title, hint, about }]) => one(use, title, hint, about, named.find(each => each.use === use)))));
  }

  function one(use, title, hint, about, now) {
    if (!owner) return el('div', {}, el('h3', {}, title), el('p', {}, now ? el('bdi', {}, now.url) : 'None'));
    const key = el('input', { name: 'key', type: 'password', autocomplete: 'off', maxlength: 2000 });
    return el('div', {}, el('h3', {}, title), el('p', { class: 'small quiet' }, about), form(async data => {
      await put(`${api}/models/${use}`, { url: data.get('url').trim(), model: data.get('model').trim() || null, key: data.get('key') || null, limits: use === 'proposals' ? capsOf(data) : null }, { headers: { 'If-Match': `"${now?.version ?? 0}"` } });
      await show();
      notice('good', 'Saved.');
    },
    field('Address', el('input', { name: 'url', type: 'url', required: true, maxlength: 2000, value: now?.url ?? '' }), hint),
    field('Model', el('input', { name: 'model', maxlength: 200, value: now?.model ?? '' }), 'Empty: whichever the server has'),
    field('Key', key, now?.hasKey ? 'A key is kept; it goes when the address changes. Empty: it stays.' : 'Empty: none is sent'),
    use === 'proposals' && el('details', {}, el('summary', {}, 'Caps of the project'), now?.spent && el('p', { class: 'small quiet' }, `So far ${now.spent.calls} calls, ${now.spent.promptTokens + now.spent.completionTokens} tokens${now.spent.cost > 0 ? `, a cost of ${now.spent.cost.toPrecision(3)}` : ''}.`), caps(now?.limits, null, 'Empty: no cap')),
    el('div', { class: 'row' }, el('button', { type: 'submit' }, `Save ${title.toLowerCase()}`), now && action('Remove', async () => { await remove(`${api}/models/${use}`); await show(); }, { class: 'danger' }))));
  }

  await show();
  return place;
}
