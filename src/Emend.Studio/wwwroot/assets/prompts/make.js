// Making responses: a version, an endpoint of the project, and values; the studio asks for a few at a time, stores each answer, and what was made before a failure stays.
import { get, post } from '../api.js';
import { action, count, el, field, fill, form, notice, text } from '../dom.js';
import { may, start } from '../shell.js';
import { crumb, promptId, query } from './common.js';

const body = document.getElementById('body');
const atOnce = 4, shown = 20;           // sets of values of one request; texts that are shown
const uses = { responses: 'responses', proposals: 'proposals of edits' };

const host = address => { try { return new URL(address).host; } catch { return address; } };

/** Lines of JSON as sets of values; a line that is none is named. */
function read(lines) {
  const sets = [];
  lines.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    let row = null;
    try { row = JSON.parse(line); } catch { /* said below */ }
    if (row === null || typeof row !== 'object' || Array.isArray(row) || Object.values(row).some(value => typeof value !== 'string')) throw new Error(`Line ${i + 1} is no JSON object of texts; right is like {"question": "How long does it burn?"}`);
    sets.push(row);
  });
  if (sets.length === 0) throw new Error('There is no line; one JSON object of values a line is expected.');
  return sets;
}

/** The form's fields for the values of a version: one set, or lines. */
function valuesOf(variables) {
  const areas = variables.map(name => [name, el('textarea', { rows: 2, dir: 'auto' })]);
  const lines = el('textarea', { class: 'template', rows: 6, dir: 'auto', spellcheck: 'false' });
  const one = el('div', {}, areas.map(([name, area]) => field(name, area)), variables.length === 0 && el('p', { class: 'quiet' }, 'This version has no variables: one response is made.'));
  const many = el('div', { hidden: true }, field('Lines', lines, `One JSON object a line${variables.length > 0 ? `, like ${JSON.stringify(Object.fromEntries(variables.map(name => [name, '…'])))}` : ''}`));
  const which = el('select', { onchange: () => { one.hidden = which.value === 'many'; many.hidden = !one.hidden; } }, el('option', { value: 'one' }, 'one set'), el('option', { value: 'many' }, 'lines of JSON'));
  return { element: el('div', {}, field('Values', which), one, many), read: () => which.value === 'many' ? read(lines.value) : [Object.fromEntries(areas.map(([name, area]) => [name, area.value]))] };
}

start('Make responses', async ({ project, api }) => {
  const id = promptId(), path = `${api}/prompts/${id}`, page = `/projects/${project.id}/prompts/${id}`;
  const prompt = await get(path), named = may(project, 'manager') ? (await get(`${api}/models`)).filter(model => uses[model.use]) : [];
  fill(document.getElementById('actions'), el('a', { href: `${page}/responses` }, 'Responses'));
  if (!may(project, 'manager') || project.archivedAt || named.length === 0) {
    fill(body, crumb(project, { id, name: prompt.name }), el('p', { class: 'notice' }, named.length === 0 && may(project, 'manager') ? ['The project names no model that answers prompts. An owner names one under ', el('a', { href: `/projects/${project.id}/settings` }, 'Settings'), ', Responses.'] : 'Managers of a project that is not archived make responses.'));
    return;
  }
  const choose = el('select', { onchange: () => show() }, [...prompt.versions].reverse().map(version => el('option', { value: version.number }, `version ${version.number}${version.note && `: ${version.note.slice(0, 60)}`}`)));
  choose.value = query('version') ?? String(prompt.versions.at(-1).number);
  const endpoint = el('select', {}, [...named].sort((a, b) => b.use.localeCompare(a.use)).map(model => el('option', { value: model.use }, `${uses[model.use]}: ${model.model ?? 'its model'} at ${host(model.url)}`)));
  const place = el('div'), result = el('div');

  async function show() {
    const version = await get(`${path}/versions/${choose.value}`), { settings } = version.content;
    history.replaceState(null, '', `?version=${version.number}`);
    const injects = version.variables.includes('context'), inject = el('input', { type: 'checkbox' });
    inject.checked = injects;
    let values = null;
    const budget = el('input', { type: 'number', min: 0, max: 1000000, value: '4000' }), budgetField = field('Budget of the context in tokens', budget), inputs = el('div');
    const again = () => { values = valuesOf(version.variables.filter(name => !(inject.checked && name === 'context'))); fill(inputs, values.element); budgetField.hidden = !inject.checked; };
    inject.addEventListener('change', again);
    again();
    const model = el('input', { maxlength: 200, dir: 'auto' }), seed = el('input', { type: 'number', step: 1, required: true, value: String(settings.seed ?? 0) }), calls = el('input', { type: 'number', min: 1, max: 10000, required: true, value: '100' });
    fill(place, form(async () => {
      await make(version.number, values.read(), { endpoint: endpoint.value, model: model.value.trim() || null, budget: inject.checked ? Number(budget.value) : null }, Number(seed.value), Number(calls.value));
    }, inputs, injects && el('label', { class: 'check field' }, inject, 'Fill {{context}} from the project’s documents'), budgetField,
    el('div', { class: 'columns' }, field('Model', model, settings.model ? `Empty: ${settings.model}, which the version names` : 'Empty: the endpoint’s own'), field('First seed', seed, 'One more for each set that follows'), field('Calls at most', calls, 'Of the model; what is stored already is not asked again')),
    el('button', { type: 'submit', class: 'main' }, 'Make responses')));
  }

  async function make(version, sets, asked, seed, most) {
    let stopped = false, made = 0, failed = null, at = 0;
    const progress = el('progress', { max: sets.length, value: 0, 'aria-label': 'Sets of values that have a response' }), said = el('p', { 'aria-live': 'polite' }), list = el('ul', { class: 'list' });
    const stop = action('Stop', () => { stopped = true; });
    fill(result, el('section', { class: 'card' }, el('h2', {}, `Responses of version ${version}`), progress, said, stop, list));
    while (at < sets.length && failed === null && !stopped && made < most) {
      const some = sets.slice(at, at + Math.min(atOnce, most - made));
      try {
        const came = await post(`${path}/versions/${version}/responses`, { values: some, seed: seed + at, ...asked });
        made += came.made;
        failed = came.failed;
        const ids = came.responses.filter(one => one !== null);
        at += failed === null ? some.length : 0;
        for (const one of ids.slice(0, Math.max(0, shown - list.children.length))) list.append(el('li', {}, el('a', { href: `${page}/responses/${one}` }, `Response ${one}`), text((await get(`${api}/responses/${one}`)).text, 'div')));
      } catch (error) {
        if (error.status === undefined) throw error;
        failed = [error.message, ...error.problems.map(problem => `${problem.field}: ${problem.message}`)].join(' ');
      }
      progress.value = at;
      fill(said, `${at} of ${count(sets.length, 'set')} have a response; ${count(made, 'response')} made now.`);
    }
    stop.remove();
    if (failed === null && at === sets.length) return notice('good', `${count(made, 'response')} made${made < sets.length ? `, ${sets.length - made} stored before` : ''}. `, el('a', { href: `${page}/responses?version=${version}` }, 'All of this version'));
    return notice(failed === null ? 'warn' : 'bad', el('p', {}, failed ?? (stopped ? 'Stopped.' : `The limit of ${count(most, 'call')} is reached.`)), el('p', {}, `${count(made, 'response')} made before ${made === 1 ? 'is' : 'are'} kept. The same again asks only for what is left.`));
  }

  fill(body, crumb(project, { id, name: prompt.name }), el('div', { class: 'card' }, el('div', { class: 'columns' }, field('Version', choose), field('Asked of', endpoint)), place), result);
  await show();
});
