// Judges, which are models: runs over pairs of stored responses, files of verdicts, and what a run says with how far to trust it.
import { all, get, post, uploadRaw } from './api.js';
import { caps, capsOf } from './caps.js';
import { action, announce, count, el, field, fill, form, notice, time } from './dom.js';
import { may, start } from './shell.js';
import { table, two } from './tables.js';

const body = document.getElementById('body');
const ai = () => el('span', { class: 'pill warn' }, 'AI feedback');
const number = (value, places = 1) => value === null || value === undefined ? '–' : value.toFixed(places).replace('-', '−');
const signed = (value, places = 1) => `${value > 0 ? '+' : ''}${number(value, places)}`;
const within = found => found.low === null || found.high === null ? 'no interval' : `${number(found.low)} to ${number(found.high)}`;
const far = run => `${run.judged} of ${count(run.pairs, 'pair')}${run.unreadable > 0 ? `, ${run.unreadable} unreadable` : ''}`;

function listing(project, runs) {
  if (runs.length === 0)
    return el('div', { class: 'card empty' }, el('h2', {}, 'No verdicts yet'), el('p', {}, 'A model says which of two responses is better, in both orders, and the page says how far to trust it. It is no person’s vote, and is nowhere counted as one.'));
  return el('div', { class: 'card' }, table('Runs of judges', ['Run', 'A', 'B', 'Judge', 'Judged', 'Begun'], runs.map(run => [el('a', { href: `/projects/${project.id}/judges/${run.id}`, dir: 'auto' }, run.name),
    el('bdi', {}, run.a), el('bdi', {}, run.b), el('span', {}, el('bdi', {}, run.model), run.fromFile && ', from a file'), el('span', {}, far(run), run.stopped && [' ', el('span', { class: 'pill warn' }, 'stopped')]), el('span', { class: 'when' }, time(run.createdAt))])));
}

function importing(project, api) {
  const file = el('input', { type: 'file', name: 'file', accept: '.jsonl,.json', required: true });
  return el('section', { class: 'card' }, el('h2', {}, 'Keep verdicts'), el('p', {}, 'The file that emend judge --output wrote.'), form(async data => {
    const kept = await uploadRaw(`${api}/judge-runs/verdicts?${new URLSearchParams({ name: data.get('name'), a: data.get('a'), b: data.get('b') })}`, file.files[0], 'application/jsonl');
    location.assign(`/projects/${project.id}/judges/${kept.id}`);
  }, field('Name of the file’s run', el('input', { name: 'name', required: true, maxlength: 200, dir: 'auto' })),
    el('div', { class: 'columns' }, field('What A is', el('input', { name: 'a', required: true, maxlength: 200, dir: 'auto' })), field('What B is', el('input', { name: 'b', required: true, maxlength: 200, dir: 'auto' }))),
    field('File of verdicts', file), el('button', { type: 'submit' }, 'Keep them')));
}

const capFields = limits => [...caps(limits, 2000, 'Two for each pair, one with one order'), field('Seconds at most', el('input', { name: 'maxSeconds', type: 'number', min: 1, value: String(limits?.maxSeconds ?? '') }), 'Empty: no cap')];

function beginning(project, api, prompts, judge) {
  const card = (...children) => el('section', { class: 'card' }, el('h2', {}, 'Have pairs judged'), children);
  if (!judge?.model)
    return card(el('p', {}, 'The project names no judge. An owner names one, with its model, under ', el('a', { href: `/projects/${project.id}/settings` }, 'Settings'), ', Judge.'));
  if (prompts.length === 0)
    return card(el('p', {}, 'There is no prompt yet. ', el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'), ' have versions, and versions have stored responses.'));
  const set = side => [field(`${side}: version`, el('input', { name: `version${side}`, required: true, maxlength: 100, dir: 'auto' }), side === 'A' ? 'The one to beat: number, label, branch, or the beginning of a hash' : 'The one that may beat it'),
    field(`${side}: only of the model`, el('input', { name: `model${side}`, maxlength: 500, dir: 'auto' }), 'Empty: of every model'), field(`${side}: only with a context of so many tokens`, el('input', { name: `budget${side}`, type: 'number', min: 0 }), 'Its budget; empty: of every one')];
  return card(el('p', {}, 'Asked of ', el('bdi', {}, judge.model), '. Responses of the two sets to the same values are pairs, as in an A/B test; the judge sees no word of where they come from.'), form(async data => {
    const side = name => ({ version: data.get(`version${name}`).trim(), model: data.get(`model${name}`).trim() || null, budget: data.get(`budget${name}`) === '' ? null : Number(data.get(`budget${name}`)) });
    const made = await post(`${api}/judge-runs`, { name: data.get('name'), prompt: Number(data.get('prompt')), a: side('A'), b: side('B'), rubric: data.get('rubric').trim() || null, seed: Number(data.get('seed')), oneOrder: data.get('order') === 'one', wordsOnly: data.get('words') === 'yes', limits: capsOf(data) });
    location.assign(`/projects/${project.id}/judges/${made.id}`);
  }, el('div', { class: 'columns' }, field('Name', el('input', { name: 'name', required: true, maxlength: 200, dir: 'auto' })), field('Prompt', el('select', { name: 'prompt' }, prompts.map(prompt => el('option', { value: prompt.id }, prompt.name)))), set('A'), set('B')),
    field('What better means', el('textarea', { name: 'rubric', rows: 3, maxlength: 5000, dir: 'auto' }), 'Empty: what emend judge says: right, true, honest about what it does not know, polite, harmless, and no longer than needed'),
    el('details', {}, el('summary', {}, 'How it is asked, and what it may cost'), el('div', { class: 'columns' },
      field('Orders', el('select', { name: 'order' }, el('option', { value: 'both' }, 'both'), el('option', { value: 'one' }, 'one, drawn for each pair')), 'In one order it cannot be seen how often the verdict changes with it'),
      field('Read from', el('select', { name: 'words' }, el('option', { value: '' }, 'log-probabilities where there are any'), el('option', { value: 'yes' }, 'the words alone')), 'Some servers refuse log-probabilities'),
      field('Seed', el('input', { name: 'seed', type: 'number', step: 1, required: true, value: '1' })), capFields(null))),
    el('button', { type: 'submit', class: 'main' }, 'Pair the responses')));
}

/** What the verdicts say: raw and at equal length, beside what always taking the longer would give. */
function winning({ figures, run }) {
  const lengths = figures.lengthControlled;
  return el('section', { class: 'card' }, el('h2', {}, 'Who wins ', ai()), el('p', {}, 'A: ', el('bdi', {}, run.a), '. B: ', el('bdi', {}, run.b), '.'), table('Win rate of B', ['B’s win rate', 'Percent', '95 %', 'p'], [
    ['As the judge says it', number(figures.winRate.value), within(figures.winRate), figures.pValue.toPrecision(2)],
    ['At equal length', number(lengths.value), within(lengths), '–'],
    ['If the longer always won', number(lengths.alwaysLonger), '–', '–'],
  ]), el('p', { class: 'hint' }, `Of ${count(figures.judged, 'pair')} with a verdict; ties are half.${run.unreadable > 0 ? ` ${count(run.unreadable, 'pair')} could not be read (${count(figures.unreadableAnswers, 'answer')}), which is never guessed.` : ''}`));
}

function trusting({ figures, agreement, warning }) {
  const bias = (name, found) => [name, found ? signed(found.points) : '–', found ? `${signed(found.low)} to ${signed(found.high)}` : '–', found ? found.pValue.toPrecision(2) : '–'];
  return el('section', { class: 'card' }, el('h2', {}, 'How far to trust this judge'), figures && table('Biases', ['Bias', 'Points above 50', '95 %', 'p'], [
    bias('For what stands first', figures.positionBias), bias('For the longer response', figures.lengthBias),
  ]), figures && el('ul', {},
    el('li', {}, figures.flipRate === null ? 'Each pair was asked about in one order, so nobody knows how often the winner changes with it.' : `With the order of the two, ${number(figures.flipRate)} % of the pairs changed their winner.`),
    el('li', {}, figures.lengthControlled.longerWins === null ? 'All pairs are of equal length.' : `It took the longer response in ${number(figures.lengthControlled.longerWins)} % of the pairs; that may also be because longer ones are better. Effect of length on the log-odds: ${signed(figures.lengthControlled.lengthEffect, 2)}.`)),
  el('p', {}, agreement.pairs === 0 ? 'No pair has a verdict of a person too.' : `It says what people say on ${number(agreement.rate)} % of the ${count(agreement.pairs, 'pair')} that both judged; beyond chance (kappa) ${agreement.kappa === null ? `it is undefined: ${agreement.undefined}` : two(agreement.kappa)}.`),
  warning && el('p', { class: 'hint' }, 'A warning stands above until agreement is measured and better than chance.'));
}

function asking(project, path, run, show) {
  const place = el('div'), left = run.pairs - run.judged;
  if (left === 0) return null;
  const go = async data => {
    let halted = false, from = 0, made = 0, now = run, limits = capsOf(data);
    const progress = el('progress', { max: run.pairs, value: run.judged, 'aria-label': 'Pairs judged' }), said = el('p', { 'aria-live': 'polite' }, `${far(run)} judged.`);
    fill(place, progress, said, action('Stop', () => { halted = true; }));
    while (from !== null && !halted) {
      const came = await post(`${path}/go`, { from, limits });
      [now, from, limits] = [came.run, came.next, null];
      made += came.judged;
      progress.value = now.judged;
      fill(said, `${far(now)} judged.`);
    }
    await show();
    const missing = now.pairs - now.judged;
    notice(missing === 0 ? 'good' : 'warn', el('p', {}, `${count(made, 'pair')} judged now.`), now.stopped && el('p', {}, now.stopped), missing > 0 && el('p', {}, `${count(missing, 'pair')} without a verdict ${missing === 1 ? 'is' : 'are'} left; what came is kept.`));
    announce(`${far(now)} judged`);
  };
  return el('section', { class: 'card' }, el('h2', {}, run.judged === 0 ? 'Ask the judge' : 'Go on asking'), run.stopped && el('p', { class: 'notice warn' }, run.stopped),
    el('p', {}, `${count(left, 'pair')} ${left === 1 ? 'is' : 'are'} left; ${run.spent.calls} calls, ${run.spent.promptTokens + run.spent.completionTokens} tokens${run.spent.cost > 0 ? `, a cost of ${run.spent.cost.toPrecision(3)}` : ''} and ${Math.round(run.spent.seconds)} seconds were spent so far. The page asks while it is open; what came is kept.`),
    form(go, el('details', {}, el('summary', {}, 'Caps'), el('div', { class: 'columns' }, capFields(run.limits))), el('button', { type: 'submit', class: 'main' }, 'Ask')), place);
}

async function open(project, api, id) {
  const path = `${api}/judge-runs/${id}`, detail = await get(path), { run } = detail;
  document.getElementById('title').replaceChildren(el('bdi', {}, run.name));
  document.title = `${run.name} – Emend studio`;
  fill(body,
    detail.warning && el('p', { class: 'notice warn' }, el('strong', {}, 'Warning: '), detail.warning, '.'),
    el('section', { class: 'card' }, el('p', {}, ai(), ' Judged by ', el('bdi', {}, run.model), ' at ', el('bdi', {}, run.endpoint), `${run.fromFile ? ', from a file' : run.oneOrder ? ', in one order' : ', in both orders'}: ${far(run)}. Begun ${time(run.createdAt)} by `, el('bdi', {}, run.actor), '.'),
      run.rubric && el('p', {}, 'Better means: ', el('q', { dir: 'auto' }, run.rubric)),
      run.judged > 0 && el('p', {}, el('a', { href: `${path}/verdicts.jsonl`, download: `verdicts-${id}.jsonl` }, 'verdicts.jsonl'), el('span', { class: 'quiet small' }, ' as emend judge writes them'))),
    detail.figures ? winning(detail) : run.judged > 0 && el('p', { class: 'card' }, 'No verdict could be read.'),
    run.judged > 0 && trusting(detail),
    may(project, 'manager') && !project.archivedAt && !run.fromFile && asking(project, path, run, () => open(project, api, id)));
}

start('Judges', async ({ project, api, where }) => {
  const actions = document.getElementById('actions');
  if (where.id) {
    fill(actions, el('a', { href: `/projects/${project.id}/judges` }, 'Judges'));
    await open(project, api, where.id);
    return;
  }
  fill(actions, el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'), el('a', { href: `/projects/${project.id}/ab-tests` }, 'A/B tests'), el('a', { href: `/projects/${project.id}/ranking` }, 'Ranking'));
  const [runs, prompts, models] = await Promise.all([all(`${api}/judge-runs`), all(`${api}/prompts`), get(`${api}/models`)]);
  fill(body, listing(project, runs), !project.archivedAt && [beginning(project, api, prompts, models.find(model => model.use === 'judge')), importing(project, api)]);
});
