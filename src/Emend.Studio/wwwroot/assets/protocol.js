// How the feedback came about: what a data card says of it.
import { get } from './api.js';
import { action, el, fill, time } from './dom.js';
import { kinds, skipWords } from './kinds.js';
import { start } from './shell.js';
import { alpha, measureName, share, table } from './tables.js';

const body = document.getElementById('body');
const card = (title, ...inside) => el('section', { class: 'card' }, el('h2', {}, title), ...inside);
const day = iso => iso ? new Date(iso).toLocaleDateString([], { dateStyle: 'medium' }) : '–';

const measures = ({ choices, ranks, ratings, edits, spans }) => [['choice', choices], ['ranks', ranks], ...Object.entries(ratings ?? {}), ['edits', edits?.where], ['spans', spans]]
  .filter(([, value]) => value).map(([name, value]) => [measureName(name), alpha(value), value.units, value.judgements]);

const persons = (label, people) => table(label, ['Person', 'Groups', 'Answers', 'Skipped', 'First', 'Last', 'Gold right', 'Attention'], people.map(person => [person.person, person.groups.join(', ') || '–', person.answers, person.skipped, day(person.first), day(person.last), share(person.gold),
  person.isFlagged ? el('span', { class: 'pill bad' }, `${person.attentionFailed} of ${person.attentionAnswered} failed`) : person.attentionAnswered ? `0 of ${person.attentionAnswered} failed` : '–']));

start('Protocol', async ({ project, api }) => {
  let names = false;
  const actions = document.getElementById('actions');
  async function show() {
    const report = await get(`${api}/protocol?names=${names}`);
    fill(actions, el('a', { href: `/projects/${project.id}/agreement` }, 'Agreement'), el('a', { href: `/projects/${project.id}/differences` }, 'Differences'));
    fill(body,
      el('p', {}, `${kinds[report.task]}: ${report.answers} answers of people count, to ${report.answeredItems} of ${report.items} items. ${report.wantedPerItem} per item were wanted; origins were ${report.blind ? 'hidden' : 'shown'}.`),
      el('p', { class: 'row' }, el('a', { class: 'button', href: `${api}/protocol.md?names=${names}`, download: 'protocol.md' }, 'Markdown for a data card'), el('a', { class: 'button', href: `${api}/protocol?names=${names}`, download: 'protocol.json' }, 'JSON'),
        action(names ? 'Show numbers' : 'Show names', () => { names = !names; return show(); }, { class: 'small-button', 'aria-pressed': String(names) })),
      card('People', el('p', { class: 'quiet small' }, 'Whoever fails an attention item is flagged for somebody to look at; the answers count as before.'), report.people.length ? persons('People', report.people) : el('p', {}, 'Nobody has answered yet.')),
      report.simulated.length > 0 && card('Simulated annotators', el('p', { class: 'quiet small' }, 'Programs and no people: their answers are not part of any other figure on this page.'), persons('Simulated annotators', report.simulated)),
      el('div', { class: 'columns' },
        card('Guideline', report.guidelines.length ? table('Guideline', ['Version', 'Since', 'Answers'], report.guidelines.map(version => [version.number === 0 ? 'none' : String(version.number), version.createdAt ? time(version.createdAt) : '–', version.answers])) : el('p', {}, 'There is none.')),
        card('How consistent', measures(report.agreement).length ? table('Agreement', ['Of', 'Alpha', 'Units', 'Judgements'], measures(report.agreement)) : el('p', {}, 'This task has no measure of agreement.'))),
      el('div', { class: 'columns' },
        card('Checks', table('Checks', ['Check', 'Result'], [['Gold items right', share(report.gold)], ['Attention items failed', `${report.attentionFailed} of ${report.attentionAnswered}`],
          ['Edits better in blind review', report.reviews.decided ? `${report.reviews.editBetter} of ${report.reviews.decided}` : '–'], ['Adjudicated', Object.entries(report.adjudicated).map(([cause, number]) => `${number} ${cause}`).join(', ') || '–']])),
        card('What does not count', report.excluded.length ? table('Excluded', ['What', 'How many', 'Why'], report.excluded.map(row => [row.what, row.count, skipWords[row.why] ?? row.why])) : el('p', {}, 'Everything that was answered counts.'))));
  }
  await show();
});
