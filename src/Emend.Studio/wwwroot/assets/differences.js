// Where people differ: by group, by topic, by person; and what place and length have to do with it.
import { get } from './api.js';
import { action, el, field, fill, form } from './dom.js';
import { start } from './shell.js';
import { alpha, mean, measureName, pairs, share, sources, table, withSource } from './tables.js';

const body = document.getElementById('body');
const card = (title, hint, ...inside) => el('section', { class: 'card' }, el('h2', {}, title), hint && el('p', { class: 'quiet small' }, hint), ...inside);

const gap = value => value.gap === null ? '–' : `${value.gap > 0 ? '+' : value.gap < 0 ? '−' : ''}${Math.abs(Math.round(value.gap * 100))} points${value.gapLow === null ? '' : ` (${Math.round(value.gapLow * 100)} to ${Math.round(value.gapHigh * 100)})`}`.replaceAll('-', '−');

function groups(report) {
  const rows = report.groups.flatMap(group => group.measures.map(each => [group.group, group.people, group.answers, measureName(each.measure), alpha(each.alpha), pairs(each.difference.within), pairs(each.difference.across), gap(each.difference)]));
  return card('By group of annotators', 'Two members of a group differ less often with each other than with people outside it where the group sees things in its own way. The interval resamples whole items. Groups are set on the page of members; commas separate several.',
    rows.length ? table('By group', ['Group', 'People', 'Answers', 'Of', 'Alpha within', 'Differ within', 'Differ with others', 'Gap'], rows) : el('p', {}, 'Nobody who answered is in a group yet.'));
}

function topics(report, again) {
  const input = el('input', { name: 'topic', required: true, maxlength: 100, value: report.topicField });
  const rows = report.topics.flatMap(topic => (topic.measures.length ? topic.measures : [null]).map(each => [topic.topic ?? '(none)', topic.items, topic.answers, each ? measureName(each.measure) : '–', each ? alpha(each.alpha) : '–', each ? pairs(each.pairs) : '–']));
  return card('By topic', 'A field of the items says the topic; which one, can be chosen.',
    form(data => again(data.get('topic').trim()), el('div', { class: 'row' }, field('Field of the items', input), el('button', { type: 'submit' }, 'Show'))),
    rows.length ? table('By topic', ['Topic', 'Items', 'Answers', 'Of', 'Alpha', 'Pairs that differ'], rows) : el('p', {}, 'Nothing is answered yet.'));
}

const majorities = report => report.majorities.length > 0 && card('How large the majority is', 'Of items that two or more people judged: the share who said what most said. Exports of soft labels keep these shares; nobody is outvoted.',
  table('Majorities', ['Share of people', 'Items'], report.majorities.map(row => [`${Math.round(row.share * 100)} %`, row.items])));

const preferences = report => report.left.of > 0 && card('Place and length', 'Near 50 % they say nothing. An interval (95 %, Wilson) that leaves out 50 % is a preference.',
  table('Place and length', ['Preferred', 'Share of choices'], [['What was shown first', share(report.left)], ['The longer response', share(report.longer)]]));

const people = (report, toggle) => card('Severe and lenient', 'Each person against the others who answered the same items, so that who got the harder ones does not count: mean difference with 95 % interval, and the number of items.', toggle,
  report.people.length ? table('People', ['Person', 'Groups', 'Answers', 'Changes more (points)', '“Both bad” (points)', 'Numbers', 'Shown first', 'Longer'], report.people.map(person => [withSource(person.person, person.source), person.groups.join(', ') || '–', person.answers,
    mean(person.editRate, 100, 1), mean(person.bothBad, 100, 0), mean(person.rating), share(person.left), share(person.longer)])) : el('p', {}, 'Nothing is answered yet.'));

start('Differences', async ({ project, api }) => {
  document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/agreement` }, 'Agreement'), el('a', { href: `/projects/${project.id}/protocol` }, 'Protocol'));
  let names = false, topic = 'topic', source = 'people';
  async function show() {
    const report = await get(`${api}/subjectivity?topic=${encodeURIComponent(topic)}&names=${names}&source=${source}`);
    const toggle = action(names ? 'Show numbers' : 'Show names', () => { names = !names; return show(); }, { class: 'small-button', 'aria-pressed': String(names) });
    fill(body, sources(report, wanted => { source = wanted; return show(); }), el('p', { class: 'quiet' }, `${report.items} answered items${report.sampled ? '; the figures are of a fixed sample of them' : ''}.`),
      report.measures.length > 0 && card('All together', 'Krippendorff’s alpha, and how often two people differ on the same thing.',
        table('All together', ['Of', 'Alpha', 'Units', 'Pairs that differ'], report.measures.map(each => [measureName(each.measure), alpha(each.alpha), each.alpha.units, pairs(each.pairs)]))),
      groups(report), topics(report, wanted => { topic = wanted; return show(); }),
      el('div', { class: 'columns' }, majorities(report), preferences(report)), people(report, el('p', {}, toggle)));
  }
  await show();
});
