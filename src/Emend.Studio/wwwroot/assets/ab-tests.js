// A/B tests: two sets of stored responses, voted on blind in the queue, and what the votes say.
import { all, get, post } from './api.js';
import { action, count, el, field, fill, form, time } from './dom.js';
import { may, start } from './shell.js';

const body = document.getElementById('body');
const verdicts = { win: ['B wins', 'good'], lose: ['B loses', 'bad'], undecided: ['Not enough data', 'warn'], waiting: ['Not enough data yet', ''] };

const percent = share => `${(100 * share).toFixed(1)} %`;
const named = set => `version ${set.version}${set.model ? `, ${set.model}` : ''}`;

const table = (label, heads, rows) => el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
  el('table', {}, el('thead', {}, el('tr', {}, heads.map(name => el('th', { scope: 'col' }, name)))), el('tbody', {}, rows)));

function listing(project, tests) {
  if (tests.length === 0)
    return el('div', { class: 'card empty' }, el('h2', {}, 'No A/B tests yet'), el('p', {}, 'Responses of two versions to the same values are shown side by side in the queue, without saying which is which.'));
  return el('div', { class: 'card' }, table('A/B tests', ['Test', 'Prompt', 'A', 'B', 'Pairs voted', 'Read', 'Begun'], tests.map(test => el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: `/projects/${project.id}/ab-tests/${test.id}`, dir: 'auto' }, test.name)), el('td', {}, el('bdi', {}, test.prompt)), el('td', {}, named(test.a)), el('td', {}, named(test.b)),
    el('td', { class: 'number' }, `${test.voted} of ${test.pairs}`), el('td', {}, test.looked ? 'at every look' : `after ${test.horizon}`), el('td', { class: 'when' }, time(test.createdAt))))));
}

function beginning(project, api, prompts) {
  if (prompts.length === 0)
    return el('section', { class: 'card' }, el('h2', {}, 'Begin a test'), el('p', {}, 'There is no prompt yet. ', el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'), ' have versions, and versions have stored responses.'));
  const set = (side, hint) => [field(`${side}: version`, el('input', { name: `version${side}`, required: true, maxlength: 100, dir: 'auto' }), hint),
    field(`${side}: only of the model`, el('input', { name: `model${side}`, maxlength: 500, dir: 'auto' }), 'Empty: of every model')];
  return el('section', { class: 'card' }, el('h2', {}, 'Begin a test'), form(async data => {
    const side = name => ({ version: data.get(`version${name}`).trim(), model: data.get(`model${name}`).trim() || null });
    const made = await post(`${api}/ab-tests`, { name: data.get('name'), prompt: Number(data.get('prompt')), a: side('A'), b: side('B'), horizon: Number(data.get('horizon')) || null });
    location.assign(`/projects/${project.id}/ab-tests/${made.id}`);
  }, field('Name', el('input', { name: 'name', required: true, maxlength: 200, dir: 'auto' })),
    field('Prompt', el('select', { name: 'prompt' }, prompts.map(prompt => el('option', { value: prompt.id }, prompt.name)))),
    set('A', 'The one to beat: number, label, branch, or the beginning of a hash'), set('B', 'The one that may beat it'),
    field('Read after so many pairs', el('input', { name: 'horizon', type: 'number', min: 1 }), 'Empty: after all. Until then nothing is shown, so that nobody stops at a lucky moment'),
    el('button', { type: 'submit', class: 'main' }, 'Put the pairs into the queue')));
}

function figures(result) {
  const rows = [
    ['B’s share of the votes', result.rate === null ? 'shown at the end' : `${percent(result.rate)}, ${percent(result.low)} to ${percent(result.high)}`],
    ['Wins, losses, ties of B', result.wins === null ? '–' : `${result.wins}, ${result.losses}, ${result.ties}`],
    ['p', result.pValue === null ? '–' : result.pValue.toPrecision(2)],
    ['What was shown first won', result.firstShownRate === null ? '–' : `${percent(result.firstShownRate)} (p = ${result.firstShownPValue.toPrecision(2)})`],
    ['Would be found in 4 of 5 tests', `${(100 * result.minimumDetectable).toFixed(1)} points from 50`],
    ['Bound', result.bound === 'anytime' ? 'holds at every look' : `fixed horizon, read once after ${result.test.horizon} pairs`],
  ];
  return table('Figures', ['Figure', 'Value'], rows.map(([name, value]) => el('tr', {}, el('th', { scope: 'row' }, name), el('td', { class: 'number' }, value))));
}

function shown(project, api, result) {
  const { test } = result, [verdict, kind] = verdicts[result.state];
  const early = result.state === 'waiting' && !test.looked && result.pairs > 0 && may(project, 'manager');
  return [el('section', { class: 'card' },
    el('h2', {}, el('bdi', {}, test.name)), el('p', {}, `A: ${named(test.a)}. B: ${named(test.b)} of `, el('a', { href: `/projects/${project.id}/prompts/${test.promptId}`, dir: 'auto' }, test.prompt), '.'),
    el('p', {}, el('span', { class: `pill ${kind}` }, verdict), ` ${count(result.pairs, 'pair')} of ${test.pairs} with ${count(result.votes, 'vote')}.`),
    result.moreMeans && el('p', {}, `${result.more ?? ''} ${result.moreMeans}.`.trim()),
    result.source && el('p', { class: 'notice warn' }, 'All votes are simulated annotators’; no person has voted.'),
    !result.source && result.simulatedVotes > 0 && el('p', { class: 'hint' }, `${count(result.simulatedVotes, 'vote')} of simulated annotators are left out.`), figures(result)),
  early && el('section', { class: 'card' }, el('h2', {}, 'Look before the end'),
    el('p', {}, 'From then on this test is read by a bound that holds at every look, and only by that: it takes more votes to decide.'),
    action('Look now', async () => { fill(body, shown(project, api, await post(`${api}/ab-tests/${test.id}/look`))); }))];
}

start('A/B tests', async ({ project, api, where }) => {
  const actions = document.getElementById('actions');
  if (where.id) {
    fill(actions, el('a', { href: `/projects/${project.id}/ab-tests` }, 'A/B tests'));
    fill(body, shown(project, api, await get(`${api}/ab-tests/${where.id}`)));
    return;
  }
  fill(actions, el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'));
  const [tests, prompts] = await Promise.all([get(`${api}/ab-tests`), all(`${api}/prompts`)]);
  fill(body, listing(project, tests), may(project, 'manager') && !project.archivedAt && beginning(project, api, prompts));
});
