// The items of a project, and one of them: what became of its texts, who changed what and why; gold and attention items are made here.
import { get, put, remove } from './api.js';
import { action, count, el, fill, notice, percent, text, time } from './dom.js';
import { goldForm } from './gold-form.js';
import { may, start } from './shell.js';
import { withSource } from './tables.js';
import { answerView } from './tasks/answer-view.js';
import { diffText } from './tasks/diff-view.js';
import { hunksOf } from './tasks/diff.js';

const body = document.getElementById('body');
const mark = item => item.isAttention ? el('span', { class: 'pill warn' }, 'attention') : item.isGold && el('span', { class: 'pill warn' }, 'gold');

async function list({ project, api }) {
  document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/edits` }, 'Edits'));
  const rows = el('tbody'), more = el('p');
  async function load(after = null) {
    const page = await get(`${api}/items?limit=50${after ? `&after=${after}` : ''}`);
    rows.append(...page.items.map(item => el('tr', {}, el('th', { scope: 'row' }, el('a', { href: `/projects/${project.id}/items/${item.id}`, dir: 'auto' }, item.externalId)), el('td', {}, el('bdi', {}, item.prompt)), el('td', { class: 'number' }, item.answers), el('td', { class: 'number' }, item.isGold ? '–' : item.openSlots), el('td', {}, mark(item) || ''))));
    if (rows.children.length === 0) rows.append(el('tr', {}, el('td', { colspan: 5, class: 'quiet' }, 'No items yet.')));
    fill(more, page.next && action('More', () => load(page.next)));
  }
  fill(body, el('p', { class: 'quiet' }, 'A gold item has a known right answer; everybody meets it among the others. An attention item only tests whether somebody reads: who fails it is flagged, and nothing else follows.'),
    el('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'Items' }, el('table', {}, el('thead', {}, el('tr', {}, ['Item', 'Begins', 'Answers', 'Open places', 'Kind'].map((name, k) => el('th', { scope: 'col', class: k === 2 || k === 3 ? 'number' : null }, name)))), rows)), more);
  await load();
}

/** The text with each unit shaded by the share of people who changed it: five steps, a line below the warmer ones, the share on each. */
function heat(worked) {
  const { text: original, units, people, unit } = worked.heat;
  const parts = [];
  let at = 0;
  for (const { start, end, share } of units) {
    if (start < at) continue;
    parts.push(original.slice(at, start));
    const step = Math.ceil(share * 4);
    parts.push(step === 0 ? original.slice(start, end) : el('span', { class: `heat heat-${step}`, title: `${Math.round(share * people)} of ${people}` }, original.slice(start, end)));
    at = end;
  }
  parts.push(original.slice(at));
  const hot = units.filter(each => each.share >= 0.5);
  return el('section', { class: 'card' }, el('h2', {}, worked.turn === null ? `Response ${String.fromCharCode(65 + worked.response)}` : `Turn ${worked.turn + 1}`, worked.source && el('span', { class: 'pill' }, worked.source)),
    el('p', { class: 'quiet small' }, `Worked on by ${worked.source ? count(people, 'simulated annotator') : count(people, 'person', 'people')}; each ${unit} is shaded by how many of them changed it.`), el('div', { class: 'text', dir: 'auto' }, parts),
    el('p', { class: 'row small heat-legend' }, [1, 2, 3, 4].map(step => el('span', { class: `heat heat-${step}` }, `up to ${step * 25} %`))),
    hot.length > 0 && el('p', { class: 'unseen' }, `Changed by half of ${worked.source ? 'the simulated annotators' : 'the people'} or more: ${hot.map(each => original.slice(each.start, each.end)).join(', ')}`));
}

const stateOf = revision => revision.isCurrent ? ['counts', 'good'] : revision.undoneAt ? ['taken back', ''] : ['replaced', ''];
const editedText = answer => (answer.edit ?? answer.turn)?.edited ?? null;

/** One revision, and what it changed since the one before. */
function step(revision, before, content) {
  const [words, kind] = stateOf(revision), earlier = before ? editedText(before.answer) : null, now = editedText(revision.answer);
  return el('li', { class: 'chain-step' },
    el('div', { class: 'row small' }, el('strong', {}, `Revision ${revision.revision}`), el('span', { class: `pill ${kind}` }, words), revision.isExtra && el('span', { class: 'pill' }, 'besides'),
      el('span', { class: 'quiet' }, `${time(revision.createdAt)} · guideline ${revision.guideline || 'none'}${revision.editRate === null ? '' : ` · ${percent(revision.editRate)} changed`}`)),
    answerView(revision.answer, content),
    earlier !== null && now !== null && earlier !== now && el('details', {}, el('summary', {}, 'Since the revision before'), diffText(earlier, hunksOf(earlier, now, 2000).hunks)),
    revision.review && el('p', { class: 'small' }, `${revision.review.reviewer} saw both texts blind: ${{ 1: 'the edit is better', 0: 'the original is better', 0.5: 'no difference' }[revision.review.verdict]}.`, revision.review.note && ` “${revision.review.note}”`));
}

const person = (given, content) => el('section', { class: 'card' }, el('h2', {}, withSource(given.person, given.source)), el('p', { class: 'quiet small' }, `Taken ${time(given.takenAt)}; ${given.state}.`, given.skipReason && ` Reason: ${given.skipReason}.`, given.skipNote && ` “${given.skipNote}”`),
  given.revisions.length > 0 && el('ol', { class: 'chain' }, given.revisions.map((revision, k) => step(revision, given.revisions[k - 1], content))));

async function one(shell) {
  const { api, project, where } = shell, at = `${api}/items/${where.id}`, history = await get(`${at}/history`), { content } = history;
  fill(document.getElementById('title'), 'Item ', el('bdi', {}, history.externalId), ' ', mark(history));
  fill(document.getElementById('actions'), el('a', { href: `/projects/${project.id}/items` }, 'Items'), history.people.filter(given => given.revisions.some(revision => revision.isCurrent)).length > 1 && el('a', { href: `/projects/${project.id}/disputes/${where.id}` }, 'Adjudicate'));
  const made = may(project, 'manager') ? await get(`${at}/responses`) : [];
  const again = async words => { await one(shell); notice('good', words); };
  fill(body,
    el('section', { class: 'card prompt-card' }, el('h2', { class: 'small quiet' }, 'Given'), content.context && text(content.context, 'div'), content.prompt && text(content.prompt, 'div'),
      content.turns && el('div', { class: 'turns' }, content.turns.map(turn => el('div', { class: 'turn', dataset: { role: turn.role } }, el('h3', { class: 'small quiet' }, turn.role), text(turn.content, 'div'))))),
    history.texts.map(heat),
    content.responses.map((response, k) => history.texts.some(worked => worked.response === k) ? null : el('section', { class: 'card' }, el('h2', {}, `Response ${String.fromCharCode(65 + k)}`), text(response.text, 'div'))),
    made.length > 0 && el('details', { class: 'card' }, el('summary', {}, 'Where its responses come from'), el('ul', {}, made.map(use => el('li', {}, `Response ${String.fromCharCode(65 + use.index)}: `,
      use.promptId === null ? `response ${use.response}, of no version` : [el('a', { href: `/projects/${project.id}/prompts/${use.promptId}/responses/${use.response}` }, `response ${use.response}`), ' of ', el('bdi', {}, use.prompt), `, version ${use.version}`], ', by ', el('bdi', {}, use.model))))),
    history.people.length > 0 && el('h2', {}, 'Who did what'), el('div', { class: 'columns' }, history.people.map(given => person(given, content))),
    history.resolutions.map(decision => el('section', { class: 'card' }, el('h2', {}, decision.isCurrent ? 'Decided' : 'Decided earlier'), el('p', { class: 'quiet small' }, `${time(decision.createdAt)}, `, el('bdi', {}, decision.adjudicator), `: ${decision.cause}. `, decision.note), answerView(decision.answer, content))),
    may(project, 'manager') && goldCard(history, project.settings, at, again));
}

function goldCard(history, settings, at, again) {
  const attention = el('input', { type: 'checkbox', id: 'attention' });
  attention.checked = history.isAttention;
  const save = answer => put(`${at}/gold?attention=${attention.checked}`, { ...answer, work: null, acceptedWarnings: [], clientTime: null }).then(() => again('Saved. Everybody meets this item now.'));
  const answers = history.people.flatMap(given => given.revisions.filter(revision => revision.isCurrent).map(revision => ({ ...revision, person: given.person })));
  return el('section', { class: 'card' }, el('h2', {}, history.isGold ? 'The right answer' : 'Make this a gold item'),
    history.gold && [answerView(history.gold, history.content), el('p', {}, action('No longer gold', async () => { await remove(`${at}/gold`); await again('An ordinary item again.'); }, { class: 'danger' }))],
    el('p', {}, el('label', { class: 'check' }, attention, 'Attention: it only tests whether somebody reads')),
    answers.length > 0 && el('p', { class: 'row' }, answers.map(given => action(`The answer of ${given.person} is right`, () => save(given.answer)))),
    goldForm(settings.kind, history.content, save, settings));
}

start('Items', shell => shell.where.id ? one(shell) : list(shell));
