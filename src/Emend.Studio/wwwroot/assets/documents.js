// Documents that contexts are made of: import, and what a question would be given under a budget, with what is left out and why.
import { all, get, post, remove, upload } from './api.js';
import { action, announce, count, el, field, fill, form, notice, problemBox, text, time } from './dom.js';
import { fates } from './context-view.js';
import { may, start } from './shell.js';
import { scrolled } from './tables.js';

const body = document.getElementById('body');

function importing(api, show) {
  const result = el('div', { 'aria-live': 'polite' });
  const priority = el('input', { type: 'number', min: 0, max: 1000, value: '0' });
  const input = el('input', { type: 'file', multiple: true, accept: '.md,.markdown,.txt,.text,.html,.htm,.pdf', 'aria-label': 'Files of documents', onchange: () => read([...input.files]) });
  async function read(files) {
    fill(result);
    for (const file of files) {
      try {
        const made = await upload(`${api}/documents?name=${encodeURIComponent(file.name)}&priority=${Number(priority.value) || 0}`, file);
        result.append(el('p', {}, el('bdi', {}, made.name), `: ${count(made.chunks, 'piece')}, ${made.tokens} tokens.`));
      } catch (error) {
        result.append(el('div', { class: 'notice bad', role: 'alert' }, problemBox(error)));
      }
    }
    input.value = '';
    announce('Documents were read');
    await show();
  }
  return el('section', { class: 'card' }, el('h2', {}, 'Import'), field('Priority', priority, '0: injected where a search finds it; above 0: always, higher first'), el('div', { class: 'drop' }, el('p', {}, 'Markdown, text, HTML, PDF'), input), result);
}

function budgetView(built) {
  const share = built.budget ? built.tokens / built.budget : 0, inner = el('div');
  inner.style.inlineSize = `${share * 100}%`;
  return [el('p', { class: 'number' }, `${built.tokens} of ${built.budget} tokens (${built.counter.startsWith('tokenizer') ? 'the project’s tokenizer' : 'guessed: the project has no tokenizer'})`),
    built.index && !built.index.isWhole && el('p', { class: 'notice warn' }, `Words alone were searched: ${built.index.embedded} of ${count(built.index.pieces, 'piece')} have a vector of ${built.index.model}.`),
    el('div', { class: 'bar', role: 'img', 'aria-label': `${Math.round(share * 100)} % of the budget` }, inner),
    scrolled('Budget', ['Document', 'Under', 'Priority', 'Score', 'Tokens', 'What became of it'], built.entries.map(entry => el('tr', {}, el('th', { scope: 'row' }, el('bdi', {}, `${entry.document} ${entry.position + 1}`)), el('td', {}, el('bdi', {}, entry.heading || '–')),
      el('td', { class: 'number' }, entry.priority), el('td', { class: 'number' }, Math.round(entry.score * 100) / 100), el('td', { class: 'number' }, entry.tokens || '–'), el('td', {}, el('span', { class: `pill ${fates[entry.fate][1]}` }, fates[entry.fate][0]))))),
    el('details', {}, el('summary', {}, 'The block as the model would read it'), text(built.block, 'div'))];
}

/** Vectors of a model: made step by step, and gone on with after a pause or another model. */
function indexing(api) {
  const said = el('div', { 'aria-live': 'polite' });
  const words = index => `${index.embedded} of ${count(index.pieces, 'piece')} ${index.pieces === 1 ? 'has' : 'have'} a vector of ${index.model}.`;
  return el('section', { class: 'card' }, el('h2', {}, 'Nearness'), el('p', {}, 'With a model for embeddings, searches find what is near a question too. Until every piece has a vector of that model, words alone are searched.'),
    action('Make the index', async () => {
      for (let index, before = -1; !index?.isWhole && index?.embedded !== before;) {
        before = index?.embedded ?? -1;
        index = await post(`${api}/documents/index`);
        fill(said, index.isWhole ? null : el('progress', { max: index.pieces, value: index.embedded, 'aria-label': 'Pieces with a vector' }), el('p', {}, words(index)));
      }
    }), said);
}

start('Documents', async ({ project, api }) => {
  const list = el('div'), result = el('div', { 'aria-live': 'polite' });
  const writes = may(project, 'manager') && !project.archivedAt;
  async function show() {
    const documents = await all(`${api}/documents`);
    fill(list, documents.length === 0 ? el('div', { class: 'card empty' }, el('h2', {}, 'No documents yet'), el('p', {}, 'What is imported here is cut into pieces, searched, and put into prompts as {{context}}, never over the budget.'))
      : el('div', { class: 'card' }, scrolled('Documents', ['Name', 'Written as', 'Priority', 'Pieces', 'Tokens', 'Imported', 'Change'], documents.map(document => el('tr', {}, el('th', { scope: 'row' }, el('bdi', {}, document.name)), el('td', {}, document.format), el('td', { class: 'number' }, document.priority),
        el('td', { class: 'number' }, document.chunks), el('td', { class: 'number' }, document.tokens), el('td', { class: 'when' }, time(document.createdAt)),
        el('td', {}, writes && action('Remove', async () => { await remove(`${api}/documents/${document.id}`); await show(); notice('good', 'Removed from searches; what was injected from it stays on record.'); }, { class: 'plain', 'aria-label': `Remove ${document.name}` })))))));
  }
  const near = writes && (await get(`${api}/models`)).some(model => model.use === 'embeddings');
  fill(body, list, writes && importing(api, show), near && indexing(api),
    el('section', { class: 'card' }, el('h2', {}, 'What a question would be given'), form(async data => {
      fill(result, budgetView(await post(`${api}/context`, { query: data.get('query'), budget: Number(data.get('budget')) })));
    }, field('Question', el('input', { name: 'query', maxlength: 10000, dir: 'auto' })), field('Budget in tokens', el('input', { name: 'budget', type: 'number', min: 0, max: 1000000, value: '4000' })), el('button', { type: 'submit', class: 'main' }, 'Show the budget')), result));
  await show();
});
