// How far people agree, and how each of them works. Where a figure is not defined, the reason is shown and no number.
import { get, rowsOf } from './api.js';
import { el, fill, percent } from './dom.js';
import { may, start } from './shell.js';
import { scrolled, sources, withSource } from './tables.js';

const body = document.getElementById('body');
const two = value => value.toFixed(2);
const figure = value => value === null || value === undefined ? '–' : value.value === null ? value.undefined ?? 'not defined' : two(value.value);

const row = (name, what, value) => value && el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, what), el('td', { class: value.value === null ? 'quiet small' : 'number' }, figure(value)), el('td', { class: 'number' }, value.units), el('td', { class: 'number' }, value.judgements));

function agreementCard(agreement) {
  const { choices, ranks, ratings, edits, spans, pairwiseKappa } = agreement;
  return el('section', { class: 'card' }, el('h2', {}, { people: 'Agreement', simulated: 'Agreement of simulated annotators', all: 'Agreement of people and simulated annotators' }[agreement.source]),
    el('p', { class: 'quiet small' }, 'Krippendorff’s alpha: 1 is full agreement, 0 is what chance gives, below 0 is worse than chance. It counts items that two or more people answered.'),
    scrolled('Agreement', ['Of', 'Measure', 'Value', 'Items', 'Judgements'], [
      row('Choices', 'alpha, nominal', choices), row('Ranks', 'alpha, ordinal', ranks),
      Object.entries(ratings ?? {}).map(([name, value]) => row(name, 'alpha, interval', value)),
      edits && row('Where people edit', 'alpha over words changed or not', edits.where), spans && row('What people mark', 'alpha over words marked or not', spans)]),
    agreement.sampled && el('p', { class: 'small' }, `Computed on a fixed sample of the ${agreement.items} answered items.`),
    edits && el('p', { class: 'small' }, `Mean similarity of two people’s edited texts: ${edits.similarity === null ? 'nobody edited the same text twice' : two(edits.similarity)}.`,
      edits.tooFarApart > 0 && ` ${edits.tooFarApart} pairs were too far apart to align.`),
    pairwiseKappa?.length > 0 && el('details', {}, el('summary', {}, 'Cohen’s kappa of every two people (drops items that one of them has not answered)'),
      scrolled('Kappa', ['First', 'Second', 'Kappa', 'Items'], pairwiseKappa.map(pair => el('tr', {}, el('td', {}, `annotator-${pair.first}`), el('td', {}, withSource(`annotator-${pair.second}`, pair.source)), el('td', { class: 'number' }, figure(pair.kappa)), el('td', { class: 'number' }, pair.kappa.units))))));
}

function annotatorsCard(annotators) {
  const seconds = value => value === null ? '–' : `${Math.round(value)} s`;
  return el('section', { class: 'card' }, el('h2', {}, 'Annotators'),
    el('p', { class: 'quiet small' }, 'Left: how often the response shown first was preferred; longer: how often the longer one was. Near 50 % neither says anything.'),
    scrolled('Annotators', ['Name', 'Group', 'Answered', 'Skipped', 'Time each', 'Edit rate', 'No edit', 'Left', 'Longer', 'Mean rating', 'Gold right', 'Attention', 'Edit better'], annotators.map(person => el('tr', {},
      el('th', { scope: 'row' }, withSource(el('bdi', {}, person.name), person.source)), el('td', {}, el('bdi', {}, person.group ?? '–')),
      [person.submitted, person.skipped, seconds(person.meanActiveSeconds), percent(person.meanEditRate), percent(person.noEditShare), percent(person.leftShare), percent(person.longerShare),
        person.meanRating === null ? '–' : two(person.meanRating), person.goldAnswered ? `${person.goldAgreed} of ${person.goldAnswered}` : '–',
        person.isFlagged ? el('span', { class: 'pill bad' }, `${person.attentionFailed} failed`) : person.attentionAnswered ? 'passed' : '–', percent(person.reviewBetter)]
        .map(value => el('td', { class: 'number' }, value))))));
}

const reviewsCard = reviews => el('section', { class: 'card' }, el('h2', {}, 'Blind review of edits'), el('dl', { class: 'figures' },
  [['open', reviews.open], ['decided', reviews.decided], ['edit better', reviews.editBetter], ['original better', reviews.originalBetter], ['no difference', reviews.noDifference]].map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
  reviews.simulatedDecided > 0 && el('p', { class: 'small' }, `Besides these, of ${reviews.simulatedDecided} edits of simulated annotators ${reviews.simulatedBetter} were better.`));

start('Agreement', async ({ project, api }) => {
  if (may(project, 'adjudicator')) document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/edits` }, 'Edits'));
  if (may(project, 'manager')) document.getElementById('actions').append(el('a', { href: `/projects/${project.id}/differences` }, 'Differences'), el('a', { href: `/projects/${project.id}/protocol` }, 'Protocol'));
  const [annotators, reviews] = await Promise.all([may(project, 'manager') ? get(`${api}/annotators`) : null, may(project, 'adjudicator') ? get(`${api}/reviews`) : null]);
  async function show(source) {
    const agreement = await get(`${api}/agreement?source=${source}`);
    fill(body, sources(agreement, show), agreementCard(agreement), annotators && annotatorsCard(rowsOf(annotators)), reviews && reviewsCard(reviews));
  }
  await show('people');
});
