// A/B tests: two sets of stored responses, voted on blind in the queue, and what the votes say.
import { all, get, post, put } from './api.js';
import { action, count, el, field, fill, form, notice, time } from './dom.js';
import { may, start } from './shell.js';
import { scrolled } from './tables.js';

const body = document.getElementById('body');
const verdicts = { win: ['B wins', 'good'], lose: ['B loses', 'bad'], 'not enough data': ['Not enough data', 'warn'] };
const plan = test => test.looks || test.looked ? 'at every look' : test.stopReason ? 'stopped early' : `after ${test.horizon}`;
const stands = test => !test.endedAt ? 'runs' : test.stopReason ? 'stopped' : 'finished';

const percent = share => `${(100 * share).toFixed(1)} %`;
const named = set => `version ${set.version}${set.model ? `, ${set.model}` : ''}${set.budget === null ? '' : `, context of ${set.budget} tokens`}`;

function listing(project, tests) {
  if (tests.length === 0)
    return el('div', { class: 'card empty' }, el('h2', {}, 'No A/B tests yet'), el('p', {}, 'Responses of two versions to the same values are shown side by side in the queue, without saying which is which.'));
  return el('div', { class: 'card' }, scrolled('A/B tests', ['Test', 'Prompt', 'A', 'B', 'Pairs voted', 'Stands', 'Read', 'Begun'], tests.map(test => el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: `/projects/${project.id}/ab-tests/${test.id}`, dir: 'auto' }, test.name)), el('td', {}, el('bdi', {}, test.prompt)), el('td', {}, named(test.a)), el('td', {}, named(test.b)),
    el('td', { class: 'number' }, `${test.voted} of ${test.pairs}`), el('td', {}, stands(test)), el('td', {}, plan(test)), el('td', { class: 'when' }, time(test.createdAt))))));
}

function beginning(project, api, prompts) {
  if (prompts.length === 0)
    return el('section', { class: 'card' }, el('h2', {}, 'Begin a test'), el('p', {}, 'There is no prompt yet. ', el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'), ' have versions, and versions have stored responses.'));
  const set = (side, hint) => [field(`${side}: version`, el('input', { name: `version${side}`, required: true, maxlength: 100, dir: 'auto' }), hint),
    field(`${side}: only of the model`, el('input', { name: `model${side}`, maxlength: 500, dir: 'auto' }), 'Empty: of every model'), field(`${side}: only with a context of so many tokens`, el('input', { name: `budget${side}`, type: 'number', min: 0 }), 'The budget that it was filled under; empty: of every one')];
  return el('section', { class: 'card' }, el('h2', {}, 'Begin a test'), form(async data => {
    const side = name => ({ version: data.get(`version${name}`).trim(), model: data.get(`model${name}`).trim() || null, budget: data.get(`budget${name}`) === '' ? null : Number(data.get(`budget${name}`)) });
    const made = await post(`${api}/ab-tests`, { name: data.get('name'), prompt: Number(data.get('prompt')), a: side('A'), b: side('B'), horizon: Number(data.get('horizon')) || null, looks: data.get('looks') === 'yes' });
    location.assign(`/projects/${project.id}/ab-tests/${made.id}`);
  }, field('Name', el('input', { name: 'name', required: true, maxlength: 200, dir: 'auto' })),
    field('Prompt', el('select', { name: 'prompt' }, prompts.map(prompt => el('option', { value: prompt.id }, prompt.name)))),
    set('A', 'The one to beat: number, label, branch, or the beginning of a hash'), set('B', 'The one that may beat it'),
    field('Over after so many pairs', el('input', { name: 'horizon', type: 'number', min: 1 }), 'Empty: after all'),
    field('How it is read', el('select', { name: 'looks' }, el('option', { value: '' }, 'once, at its end'), el('option', { value: 'yes' }, 'at every look, by a bound that holds at all of them')),
      'Once: nothing is shown until the end, so that nobody stops at a lucky moment. At every look: it may be stopped whenever you like, and takes more votes to decide'),
    el('button', { type: 'submit', class: 'main' }, 'Put the pairs into the queue')));
}

function figures(result) {
  const rows = [
    ['B’s share of the votes', `${percent(result.rate)}, ${percent(result.low)} to ${percent(result.high)}`],
    ['Wins, losses, ties of B', `${result.wins}, ${result.losses}, ${result.ties}`],
    ['p', result.pValue === null ? '–' : result.pValue.toPrecision(2)],
    ['What was shown first won', result.firstShownRate === null ? '–' : `${percent(result.firstShownRate)} (p = ${result.firstShownPValue.toPrecision(2)})`],
    ['Would be found in 4 of 5 tests read once', `${(100 * result.minimumDetectable).toFixed(1)} points from 50`],
    ['Bound', result.bound],
  ];
  return scrolled('Figures', ['Figure', 'Value'], rows.map(([name, value]) => el('tr', {}, el('th', { scope: 'row' }, name), el('td', { class: 'number' }, value))));
}

/** What the test says, as far as it may be read: its verdict with figures, or how far it has come. */
function saying(result) {
  const { test } = result, [verdict, kind] = verdicts[result.verdict] ?? [test.endedAt ? 'No votes' : 'Nothing is decided yet', ''];
  const by = test.stopReason && el('p', {}, 'Stopped by ', el('bdi', {}, test.endedBy), ` on ${time(test.endedAt)}: `, el('q', { dir: 'auto' }, test.stopReason));
  return el('section', { class: 'card' },
    el('h2', {}, el('bdi', {}, test.name)), el('p', {}, `A: ${named(test.a)}. B: ${named(test.b)} of `, el('a', { href: `/projects/${test.projectId}/prompts/${test.promptId}`, dir: 'auto' }, test.prompt), '.'),
    el('p', {}, el('span', { class: `pill ${kind}` }, verdict), ` ${result.state === 'running' ? 'Running' : result.state === 'stopped' ? 'Stopped early' : 'Finished'}: ${result.pairs} of ${count(test.horizon, 'pair')} with ${count(result.votes, 'vote')}.`),
    result.state === 'running' && el('progress', { max: test.horizon, value: Math.min(result.pairs, test.horizon), 'aria-label': 'Pairs with a vote' }),
    el('p', {}, result.reading), by,
    !result.verdict && !test.endedAt && el('p', { class: 'hint' }, `${count(test.horizon, 'pair')} would show a share that is ${(100 * result.minimumDetectable).toFixed(1)} points from 50 in 4 of 5 such tests read once.`),
    result.moreMeans && el('p', {}, `${result.more ?? ''} ${result.moreMeans}.`.trim()),
    result.source && el('p', { class: 'notice warn' }, 'All votes are simulated annotators’; no person has voted.'),
    !result.source && result.simulatedVotes > 0 && el('p', { class: 'hint' }, `${count(result.simulatedVotes, 'vote')} of simulated annotators are left out.`),
    result.verdict && figures(result),
    result.metric && el('p', { class: 'hint' }, 'Both versions have their share of the votes as the metric ', el('code', {}, result.metric), '.'));
}

function stopping(result, path, show) {
  return el('section', { class: 'card' }, el('h2', {}, 'Stop it early'),
    el('p', {}, result.bound === 'always valid' ? 'What it says now holds, whenever it is stopped. ' : 'It was planned to be read at its end. Stopped before, it is read by the bound that holds at every look, which takes more votes to decide. ', 'It takes no more votes, and its pairs leave the queue.'),
    form(async data => { show(await post(`${path}/stop`, { reason: data.get('reason') })); }, field('Why', el('input', { name: 'reason', required: true, maxlength: 5000, dir: 'auto' })), el('button', { type: 'submit' }, 'Stop the test')));
}

/** An ordinary move of a label, its reason filled in; from where this page has seen the label. */
function moving(result, prompt, api, again) {
  const { test } = result, number = Number(test.b.version), at = name => prompt.labels.find(label => label.name === name)?.number ?? 0;
  const names = [...new Set(['production', ...prompt.labels.map(label => label.name)])].filter(name => at(name) !== number);
  const there = prompt.labels.filter(label => label.number === number).map(label => label.name);
  const reason = `A/B test "${test.name}": version ${number} won against version ${test.a.version} with ${percent(result.rate)} of ${count(result.pairs, 'pair')} (${result.bound}${result.source ? ', simulated votes' : ''})`;
  return el('section', { class: 'card' }, el('h2', {}, 'Move a label to the winner'),
    there.length > 0 && el('p', {}, `At version ${number} already: ${there.join(', ')}.`),
    names.length > 0 && form(async data => {
      const moved = await put(`${api}/prompts/${test.promptId}/labels/${data.get('label')}`, { version: String(number), reason: data.get('reason') }, { headers: { 'If-Match': `"${at(data.get('label'))}"` } });
      await again();
      notice('good', `${moved.name} is at version ${moved.number}.`);
    }, el('div', { class: 'columns' }, field('Label', el('select', { name: 'label' }, names.map(name => el('option', { value: name }, `${name} (${at(name) ? `version ${at(name)}` : 'nowhere'})`)))),
      field('Why', el('input', { name: 'reason', required: true, maxlength: 5000, dir: 'auto', value: reason }))), el('button', { type: 'submit', class: 'main' }, `Move the label to version ${number}`)));
}

async function open(project, api, id, given) {
  const path = `${api}/ab-tests/${id}`, show = result => open(project, api, id, result);
  const result = given ?? await get(path), { test } = result, writes = may(project, 'manager') && !project.archivedAt;
  const wins = result.verdict === 'win' && test.a.version !== test.b.version && writes, prompt = wins && await get(`${api}/prompts/${test.promptId}`);
  fill(body, saying({ ...result, test: { ...test, projectId: project.id } }),
    wins && moving(result, prompt, api, () => open(project, api, id)),
    writes && result.state === 'running' && !result.verdict && !test.looks && result.pairs > 0 && el('section', { class: 'card' }, el('h2', {}, 'Look before the end'),
      el('p', {}, 'From then on this test is read by a bound that holds at every look, and only by that: it takes more votes to decide.'), action('Look now', async () => show(await post(`${path}/look`)))),
    writes && result.state === 'running' && stopping(result, path, show));
}

start('A/B tests', async ({ project, api, where }) => {
  const actions = document.getElementById('actions');
  if (where.id) {
    fill(actions, el('a', { href: `/projects/${project.id}/ab-tests` }, 'A/B tests'));
    await open(project, api, where.id);
    return;
  }
  fill(actions, el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'));
  const [tests, prompts] = await Promise.all([get(`${api}/ab-tests`), all(`${api}/prompts`)]);
  fill(body, listing(project, tests), may(project, 'manager') && !project.archivedAt && beginning(project, api, prompts));
});
