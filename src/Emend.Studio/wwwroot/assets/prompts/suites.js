// Test suites of a prompt: the runs that are kept of its versions, and one of them case by case, beside another where one is chosen.
import { all, get, uploadRaw } from '../api.js';
import { announce, count, el, field, fill, notice, percent, report, text, time } from '../dom.js';
import { may, start } from '../shell.js';
import { table, two } from '../tables.js';
import { diffText } from '../tasks/diff-view.js';
import { hunksOf } from '../tasks/diff.js';
import { crumb, promptId, query } from './common.js';

const body = document.getElementById('body');
const changes = { regressed: ['regressed', 'bad'], fixed: ['fixed', 'good'], new: ['new', 'warn'], stillFails: ['still fails', ''], stillPasses: ['still passes', ''] };
const order = Object.keys(changes);
const most = 100;           // cases that are drawn at once

const outcome = row => row.passed === null ? el('span', { class: 'pill warn' }, 'undecided') : el('span', { class: `pill ${row.passed ? 'good' : 'bad'}` }, row.passed ? 'passed' : 'failed');
const named = run => `version ${run.version}, ${run.model}`;
const passes = run => `${run.passed} of ${run.cases}${run.undecided > 0 ? `, ${run.undecided} undecided` : ''}`;

function listing(page, runs) {
  if (runs.length === 0) return el('div', { class: 'card empty' }, el('h2', {}, 'No results yet'), el('p', {}, 'emend suite run --stored keeps them here when a suite has come to its end; a file of results can be put in below.'));
  return el('div', { class: 'card' }, table('Runs of suites', ['Run', 'Suite', 'Version', 'Model', 'Passed', 'Kept'], runs.map(run => [el('a', { href: `${page}/suites/${run.id}` }, `Run ${run.id}`), el('bdi', {}, run.suite),
    el('a', { href: `${page}#version-${run.version}` }, `version ${run.version}`), el('bdi', {}, run.model), el('span', {}, passes(run), ' ', el('span', { class: `pill ${run.passed === run.cases ? 'good' : 'bad'}` }, run.passed === run.cases ? 'all' : percent(run.passed / run.cases))),
    el('span', { class: 'when' }, time(run.createdAt))])));
}

function importing(path, show) {
  const input = el('input', { type: 'file', accept: '.jsonl,.json', 'aria-label': 'A file of results', onchange: async () => {
    try {
      const kept = await uploadRaw(`${path}/suite-runs`, input.files[0], 'application/jsonl');
      await show();
      notice(kept.others.length > 0 ? 'warn' : 'good', `${count(kept.items.length, 'run')} kept.`, kept.metrics.length > 0 && ` Recorded: ${[...new Set(kept.metrics)].join(', ')}.`, kept.others.length > 0 && ` Not of this prompt, and left out: ${kept.others.join(', ')}.`);
    } catch (error) { report(error); }
    input.value = '';
  } });
  return el('section', { class: 'card' }, el('h2', {}, 'Keep results'), el('div', { class: 'drop' }, el('p', {}, 'The file that emend suite run --output wrote. Its rows go to the versions that say what was tested.'), input));
}

const compared = (label, from, to) => from === null || from === undefined || from === to ? null : el('details', {}, el('summary', {}, label), diffText(from, hunksOf(from, to).hunks));

/** One case: what held, the answer, and what differs from the original, from the edit, and from the answer before. */
function one(shown) {
  const { now, before, change } = shown;
  return el('li', { class: 'card' }, el('h3', {}, el('bdi', {}, now.case), ' ', outcome(now), change && change !== 'stillPasses' && [' ', el('span', { class: `pill ${changes[change][1]}` }, changes[change][0])]),
    now.assertions.length > 0 && el('ul', {}, now.assertions.map(assertion => el('li', {}, el('span', { class: `pill ${assertion.passed === null ? 'warn' : assertion.passed ? 'good' : 'bad'}` }, assertion.passed === null ? 'undecided' : assertion.passed ? 'holds' : 'broken'), ' ', el('code', {}, assertion.assertion), assertion.detail && [': ', el('bdi', {}, assertion.detail)]))),
    text(now.answer || '(nothing)', 'div'), now.finish === 'length' && el('p', { class: 'hint' }, 'The answer was cut off at the most tokens that it may have.'),
    before && compared('What differs from the answer of the other run', before.answer, now.answer), compared('What differs from the original', now.original, now.answer), compared('What differs from the edit', now.edit, now.answer));
}

function tokens(flags) {
  return el('section', { class: 'card' }, el('h2', {}, 'Token rewards against people’s edits'), table('Token metrics', ['Figure', 'Value'], [
    ['Tokens of originals', flags.tokens], ['Edited by people', flags.edited], ['Flagged by the reward model', flags.flagged], ['Precision of what is flagged', two(flags.precision)], ['Recall of what was edited', two(flags.recall)],
    ['F1', two(flags.f1)], ['An edited token is lower than a kept one (AUC)', two(flags.auc)], ['Calibration error', two(flags.calibrationError)]]));
}

function against(run, found) {
  const words = [[found.regressed, 'regressed'], [found.fixed, 'fixed'], [found.stillPasses, 'still pass'], [found.stillFails, 'still fail'], [found.new, 'new'], [found.missing.length, 'missing']];
  return el('p', {}, el('span', { class: `pill ${found.passed ? 'good' : 'bad'}` }, found.passed ? 'nothing is worse' : 'something is worse'), ` Against run ${found.run.id} (${named(found.run)}): ${words.map(([number, word]) => `${number} ${word}`).join(', ')}; p = ${found.pValue.toPrecision(2)}.`,
    found.missing.length > 0 && [' Not in this run: ', el('bdi', {}, found.missing.slice(0, 20).join(', ')), found.missing.length > 20 && '…']);
}

async function open(project, path, page, id, prompt) {
  const [runs, first] = await Promise.all([all(`${path}/suite-runs`), get(`${path}/suite-runs/${id}`)]);
  const { run } = first, others = runs.filter(other => other.suite === run.suite && other.id !== id);
  document.getElementById('title').textContent = `Run ${id}`;
  document.title = `Run ${id} – Emend studio`;
  fill(document.getElementById('actions'), el('a', { href: page }, 'Prompt'), el('a', { href: `${page}/suites` }, 'Suites'));
  const choose = el('select', { onchange: () => show() }, el('option', { value: '' }, 'nothing'), others.map(other => el('option', { value: other.id }, `run ${other.id}: ${named(other)}, ${passes(other)}`)));
  choose.value = others.some(other => String(other.id) === query('against')) ? query('against') : '';
  const only = el('select', { onchange: () => draw() }, [['', 'all'], ['worse', 'what did not pass, or changed']].map(([value, words]) => el('option', { value }, words)));
  const said = el('div', { 'aria-live': 'polite' }), list = el('ul', { class: 'list' }), more = el('p');
  let cases = [];

  function draw() {
    const wanted = cases.filter(shown => only.value === '' || shown.now.passed !== true || ['regressed', 'fixed', 'new'].includes(shown.change));
    fill(list, wanted.slice(0, most).map(one));
    fill(more, wanted.length > most ? `The first ${most} of ${wanted.length}.` : wanted.length === 0 && 'Every case passed, and none changed.');
  }
  async function show() {
    history.replaceState(null, '', choose.value ? `?against=${choose.value}` : location.pathname);
    const found = choose.value ? await get(`${path}/suite-runs/${id}?against=${choose.value}`) : first;
    cases = [...found.cases].sort((a, b) => (order.indexOf(a.change) - order.indexOf(b.change)) || (Number(a.now.passed === true) - Number(b.now.passed === true)));
    fill(said, found.against && against(run, found.against));
    draw();
    announce(found.against ? `${found.against.regressed} regressed` : `${passes(run)} passed`);
  }

  fill(body, crumb(project, { id: promptId(), name: prompt.name }), el('section', { class: 'card' }, el('h2', {}, el('bdi', {}, run.suite)),
    el('p', {}, el('a', { href: `${page}#version-${run.version}` }, `Version ${run.version}`), ' with ', el('bdi', {}, run.model), ' (', el('bdi', {}, run.endpoint), `): ${passes(run)} cases passed. Kept ${time(run.createdAt)} by `, el('bdi', {}, run.actor), '.'),
    el('div', { class: 'columns' }, field('Against', choose, others.length === 0 ? 'There is no other run of this suite yet' : null), field('Cases', only)), said),
    list, more, first.tokens && tokens(first.tokens));
  await show();
}

start('Test suites', async ({ project, api }) => {
  const id = promptId(), path = `${api}/prompts/${id}`, page = `/projects/${project.id}/prompts/${id}`, run = Number(location.pathname.split('/')[6]), prompt = await get(path);
  if (run) {
    await open(project, path, page, run, prompt);
    return;
  }
  const list = el('div');
  const show = async () => fill(list, listing(page, await all(`${path}/suite-runs`)));
  fill(body, crumb(project, { id, name: prompt.name }), list, may(project, 'manager') && !project.archivedAt && importing(path, show));
  await show();
});
