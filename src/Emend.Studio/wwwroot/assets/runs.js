// Runs of training: curves while they train, what went in, what came out. The page asks again every two seconds and goes on from the byte where
// it was, so that it does not matter whether the studio, the run or the page was started first.
import { ApiError, get, post, rowsOf } from './api.js';
import { action, announce, dialog, el, field, fill, form, report, text, time } from './dom.js';
import { intervals, lines, most } from './plots.js';
import { start } from './shell.js';
import { table, two } from './tables.js';

const body = document.getElementById('body');
const rest = 2000;
const stages = { tokenReward: 'Token rewards', reward: 'Rewards of whole responses', sft: 'Fine-tuning', ppo: 'PPO', study: 'A study of several arms' };
const trainable = { edit: ['edits', 'preferences'], turn: ['edits', 'demonstrations'], ranking: ['rankings'], demonstration: ['demonstrations'] };
const states = { running: ['training', 'warn'], finished: ['finished', 'good'], stopped: ['stopped', ''], failed: ['failed', 'bad'], lost: ['ended without a word', 'bad'] };
const pill = state => el('span', { class: `pill ${states[state][1]}` }, states[state][0]);

async function list({ project, api }) {
  const at = project ? `${api}/runs` : '/api/runs', pages = project ? `/projects/${project.id}/runs` : '/runs';
  let runs;
  try { runs = rowsOf(await get(at)); } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'no-runs') throw error;
    fill(body, el('div', { class: 'card empty' }, el('h2', {}, 'No folder of runs'), el('p', {}, 'Start the studio with ', el('code', {}, '--runs DIR'), ' to see runs of training here and to start them.')));
    return;
  }
  fill(body, el('div', { class: 'card' }, runs.length ? el('ul', { class: 'list' }, runs.map(run => el('li', { class: 'row' }, el('a', { href: `${pages}/${encodeURIComponent(run.name)}` }, run.name), pill(run.state),
    el('span', { class: 'quiet small' }, [run.stage ? stages[run.stage] : 'from the command line', run.recipe, run.startedBy && `by ${run.startedBy}`, (run.startedAt ?? run.changedAt) && time(run.startedAt ?? run.changedAt)].filter(Boolean).join(' · '))))) : el('p', { class: 'quiet' }, 'No runs yet.')),
    project && await starting(project, api, pages, runs));
}

async function starting(project, api, pages, runs) {
  const recipes = rowsOf(await get(`${api}/recipes`));
  if (recipes.length === 0) return el('p', { class: 'quiet' }, 'There is no folder of recipes to start from (--recipes DIR).');
  const finished = runs.filter(run => run.state === 'finished' && run.stage && run.stage !== 'study');
  const choice = (name, label, none, values, hint) => field(label, el('select', { name }, none && el('option', { value: '' }, none), values.map(([value, words]) => el('option', { value }, words))), hint);
  const shown = el('pre', { class: 'recipe', tabindex: '0' });
  const recipe = choice('recipe', 'Recipe', null, recipes.map(each => [each.name, each.name]));
  const look = () => { shown.textContent = recipes.find(each => each.name === recipe.querySelector('select').value)?.text ?? ''; };
  recipe.querySelector('select').addEventListener('change', look);
  look();
  return el('section', { class: 'card' }, el('h2', {}, 'Start a run'), form(async data => {
    const given = name => data.get(name) || null;
    const run = await post(`${api}/runs`, { name: data.get('name').trim(), stage: data.get('stage'), recipe: data.get('recipe'), dataset: given('dataset'), model: given('model'), reward: given('reward') });
    location.assign(`${pages}/${encodeURIComponent(run.name)}`);
  }, el('div', { class: 'columns' }, field('Name', el('input', { name: 'name', required: true, maxlength: 100, pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*', autocapitalize: 'none' }), 'Letters, digits and . _ -'), choice('stage', 'What to train', null, Object.entries(stages)), recipe,
    choice('dataset', 'Learn from', 'the data that the recipe names', (trainable[project.settings.kind] ?? []).map(name => [name, `this project’s ${name}`])),
    choice('model', 'Start from', 'the model that the recipe names', finished.map(run => [run.name, `the run ${run.name}`])),
    choice('reward', 'Reward model (PPO)', 'the one that the recipe names', finished.filter(run => /reward/i.test(run.stage)).map(run => [run.name, `the run ${run.name}`]))),
  el('details', {}, el('summary', {}, 'The recipe'), shown), el('button', { type: 'submit', class: 'main' }, 'Start')));
}

/** Steps of one stage as lines, one for each arm and seed; a step that was written again counts with its last values. */
class Curves {
  #steps = new Map();
  clear() { this.#steps.clear(); }
  add(line) {
    const { stage, arm, seed, step, ...values } = line;
    if (!this.#steps.has(stage)) this.#steps.set(stage, new Map());
    const series = this.#steps.get(stage), name = arm ? `${arm}, seed ${seed}` : `seed ${seed}`;
    if (!series.has(name)) series.set(name, new Map());
    series.get(name).set(step, values);
  }
  get stages() { return [...this.#steps.keys()]; }
  names(stage) { return [...new Set([...this.#steps.get(stage).values()].flatMap(steps => [...steps.values()].flatMap(Object.keys)))]; }
  of(stage, metric) {
    return [...this.#steps.get(stage)].map(([name, steps]) => {
      const points = [...steps].filter(([, values]) => typeof values[metric] === 'number').map(([x, values]) => ({ x, y: values[metric] })).sort((a, b) => a.x - b.x);
      const every = Math.ceil(points.length / 300);
      return { name, points: points.filter((_, k) => k % every === 0 || k === points.length - 1) };
    });
  }
}

/** A response with each token shaded by its reward: below an average token one way, above it the other. */
function rewarded({ text: words, tokens }) {
  if (tokens.length === 0) return text(words, 'div');
  const parts = [];
  let at = 0;
  for (const { start, end, reward } of tokens) {
    if (end <= at && end !== start) continue;
    parts.push(words.slice(at, Math.max(at, start)));
    const step = Math.min(3, Math.ceil(Math.abs(reward) - 0.25));
    parts.push(step < 1 ? words.slice(start, end) : el('span', { class: `token ${reward > 0 ? 'better' : 'worse'}-${step}`, title: two(reward) }, words.slice(start, end)));
    at = Math.max(at, end);
  }
  parts.push(words.slice(at));
  return el('div', { class: 'text', dir: 'auto' }, parts);
}

const samples = prompts => el('section', { class: 'card' }, el('h2', {}, 'Responses to read'),
  el('p', { class: 'row small' }, 'Reward of a token: ', el('span', { class: 'token worse-3' }, 'much worse'), el('span', { class: 'token worse-1' }, 'worse'), el('span', {}, 'as most'), el('span', { class: 'token better-1' }, 'better'), el('span', { class: 'token better-3' }, 'much better')),
  prompts.map((each, k) => el('details', { open: k === 0 }, el('summary', { dir: 'auto' }, each.prompt.length > 160 ? `${each.prompt.slice(0, 160)}…` : each.prompt),
    each.responses.map(response => el('div', { class: 'chain-step' }, el('h3', { class: 'small quiet' }, response.source, response.note && ` · ${response.note}`), rewarded(response))))));

const outcome = view => view.arms && el('div', { class: 'columns' }, el('section', { class: 'card' }, el('h2', {}, 'Win rates'),
  intervals(view.arms.map(arm => ({ name: arm.name, value: arm.winRate.value, low: arm.winRate.low, high: arm.winRate.high })), { label: 'Win rate of each arm against the reference, in percent', line: 50 }),
  table('Arms', ['Arm', 'Win rate', 'Length', 'KL'], view.arms.map(arm => [arm.name, `${arm.winRate.value.toFixed(1)} (${arm.winRate.low.toFixed(1)}–${arm.winRate.high.toFixed(1)})`, two(arm.length), two(arm.kl)]))),
el('section', { class: 'card' }, el('h2', {}, 'Differences'), view.differences?.length ? table('Differences', ['Of', 'Question', 'Points'], view.differences.map(each => [`${each.arm} − ${each.against}`, each.question ?? '', `${each.points.value.toFixed(1)} (${each.points.low.toFixed(1)} to ${each.points.high.toFixed(1)})`.replaceAll('-', '−')])) : el('p', {}, 'Nothing was compared.'),
  view.warnings?.length > 0 && el('ul', {}, view.warnings.map(warning => el('li', {}, typeof warning === 'string' ? warning : JSON.stringify(warning))))));

async function one(shell, name) {
  const at = `${shell.project ? shell.api : '/api'}/runs/${encodeURIComponent(name)}`;
  fill(document.getElementById('title'), el('bdi', {}, name));
  const head = el('div'), place = el('section', { class: 'card' }), plots = el('div', { class: 'columns' }), came = el('div'), read = el('div');
  const curves = new Curves();
  const pick = el('select', { 'aria-label': 'Stage', onchange: () => { picked = pick.value; draw(); } });
  let picked = null, from = 0, state = null;
  fill(place, el('div', { class: 'heading' }, el('h2', {}, 'Curves'), pick), plots);
  fill(body, head, place, came, read);

  function draw() {
    const all = curves.stages, now = picked && all.includes(picked) ? picked : all.at(-1);
    fill(pick, all.map(stage => el('option', { value: stage, selected: stage === now }, stage)));
    pick.hidden = all.length < 2;
    if (!now) { fill(plots, el('p', { class: 'quiet' }, 'No step has been written yet.')); return; }
    fill(plots, curves.names(now).map(metric => {
      const series = curves.of(now, metric), longest = Math.max(...series.map(line => line.points.length));
      return el('div', {}, el('h3', {}, metric), lines(series, { label: `${metric} by step`, marks: longest <= 40 }), series.length > most && el('p', { class: 'quiet small' }, `The first ${most} of ${series.length} lines.`));
    }));
  }

  async function about() {
    const view = await get(at), { run } = view;
    if (state !== null && state !== run.state) announce(`The run is ${states[run.state][0]}.`);
    state = run.state;
    fill(head, el('p', { class: 'row' }, pill(run.state), el('span', { class: 'quiet small' }, [run.stage ? stages[run.stage] : 'from the command line', run.startedBy && `by ${run.startedBy}`, run.startedAt && time(run.startedAt), view.exitCode !== null && `exit code ${view.exitCode}`].filter(Boolean).join(' · ')),
      run.state === 'running' && run.stage && shell.project && action('Stop', async () => {
        const sure = await dialog('Stop this run?', close => el('div', { class: 'row' }, el('button', { type: 'button', class: 'danger', onclick: () => close(true) }, 'Stop it'), el('button', { type: 'button', onclick: () => close(null) }, 'Let it go on')));
        if (sure) { await post(`${at}/stop`); await about(); }
      }, { class: 'danger small-button' })),
    view.errors.length > 0 && (run.state === 'failed' || run.state === 'lost' ? el('div', { class: 'notice bad', role: 'alert' }, el('p', {}, 'The last lines that it wrote:'), el('pre', {}, view.errors.join('\n'))) : el('details', {}, el('summary', {}, 'What it says'), el('pre', { class: 'recipe', tabindex: '0' }, view.errors.join('\n')))),
    el('section', { class: 'card' }, el('h2', {}, 'What went in'), view.data ? el('p', {}, `${view.data.rows} rows of this project’s ${view.data.dataset}, SHA-256 `, el('code', {}, view.data.sha256)) : el('p', {}, 'The data that the recipe names.'),
      view.command && el('p', {}, el('code', {}, view.command.join(' '))), view.recipe && el('details', {}, el('summary', {}, 'The recipe, every default spelled out'), el('pre', { class: 'recipe', tabindex: '0' }, view.recipe))));
    fill(came, outcome(view));
  }

  async function steps() {
    const more = await get(`${at}/metrics?from=${from}`);
    if (more.restarted) curves.clear();
    more.lines.forEach(line => curves.add(line));
    const moved = more.next !== from;
    from = more.next;
    if (moved || more.restarted) draw();
    return { moved, state: more.state };
  }

  await about();
  while ((await steps()).moved);
  draw();
  const read1 = async () => { const prompts = rowsOf(await get(`${at}/samples`)); fill(read, prompts.length > 0 && samples(prompts)); };
  await read1();
  const again = async () => {
    try {
      const now = await steps();
      if (now.moved) await read1();
      if (now.state !== state || state === 'running') await about();
    } catch (error) { if (error.status !== 0) { report(error); return; } }
    if (state === 'running') setTimeout(again, rest);
  };
  if (state === 'running') setTimeout(again, rest);
}

start('Runs', shell => {
  const parts = location.pathname.split('/').filter(Boolean), name = parts[parts.indexOf('runs') + 1];
  return name ? one(shell, decodeURIComponent(name)) : list(shell);
});
