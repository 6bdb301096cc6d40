// One prompt: its history as a graph and as a table, a version with what can be done from it, labels, and what happened.
import { all, get, post, put } from '../api.js';
import { action, announce, el, field, fill, form, notice, text, time } from '../dom.js';
import { may, start } from '../shell.js';
import { contentView, promptId } from './common.js';
import { figure, graph } from './graph.js';

const body = document.getElementById('body');

const table = (label, heads, rows) => el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
  el('table', {}, el('thead', {}, el('tr', {}, heads.map(name => el('th', { scope: 'col' }, name)))), el('tbody', {}, rows)));

function historyTable(prompt) {
  return el('details', { class: 'card' }, el('summary', {}, 'The history as a table'), table('Versions', ['Version', 'Branch', 'From', 'By', 'Note', 'Labels and tags', 'Metrics'],
    [...prompt.versions].reverse().map(version => el('tr', {},
      el('th', { scope: 'row' }, el('a', { href: `#version-${version.number}` }, version.number)), el('td', {}, version.branch),
      el('td', {}, version.parents.join(' and ') || '–', version.restores && `, brings back ${version.restores}`),
      el('td', {}, el('bdi', {}, version.author), el('span', { class: 'quiet small when' }, ` ${time(version.createdAt)}`)), el('td', {}, el('bdi', {}, version.note)),
      el('td', {}, marks(prompt, version)), el('td', { class: 'small' }, version.metrics.map(figure).join(', ') || '–')))));
}

const marks = (prompt, version) => el('div', { class: 'tags' },
  prompt.branches.filter(branch => branch.head === version.number).map(branch => el('span', { class: 'pill' }, branch.name)),
  prompt.labels.filter(label => label.number === version.number).map(label => el('span', { class: 'pill good' }, label.name)),
  version.tags.map(tag => el('span', { class: 'pill' }, tag)));

async function show(shell, wanted) {
  const { project, api } = shell, id = promptId(), path = `${api}/prompts/${id}`, page = `/projects/${project.id}/prompts/${id}`;
  const [prompt, events] = await Promise.all([get(path), all(`${path}/events`, 200)]);
  document.getElementById('title').replaceChildren(el('bdi', {}, prompt.name));
  document.title = `${prompt.name} – Emend studio`;
  const writes = may(project, 'manager') && !project.archivedAt;
  if (may(project, 'manager')) fill(document.getElementById('actions'), el('a', { href: `${page}/responses` }, 'Responses'), el('a', { href: `${page}/suites` }, 'Suites'));
  const detail = el('section', { class: 'card', id: 'version', tabindex: '-1', 'aria-label': 'Version' });
  const picture = graph(prompt, number => open(number, true));

  async function open(number, focus = false) {
    const summary = prompt.versions.find(version => version.number === number) ?? prompt.versions.at(-1);
    const version = await get(`${path}/versions/${summary.number}`);
    picture.current(version.number);
    history.replaceState(null, '', `#version-${version.number}`);
    fill(detail, el('h2', {}, `Version ${version.number}`), el('p', { class: 'quiet small' }, el('bdi', {}, version.author), `, ${time(version.createdAt)}, on ${version.branch}, `, el('span', { class: 'mono' }, version.hash.slice(0, 12))),
      version.note && text(version.note), marks(prompt, summary), contentView(version.content),
      version.variables.length > 0 && el('p', { class: 'quiet small' }, `Variables: ${version.variables.join(', ')}`),
      summary.metrics.length > 0 && table('Metrics', ['Metric', 'Value', 'Better', 'From', 'Cases'], summary.metrics.map(metric => el('tr', {}, el('th', { scope: 'row' }, metric.name), el('td', { class: 'number' }, Math.round(metric.value * 10000) / 10000),
        el('td', {}, metric.higherIsBetter ? 'higher' : 'lower'), el('td', {}, el('bdi', {}, metric.source)), el('td', { class: 'number' }, metric.sampleSize ?? '–')))),
      el('div', { class: 'row' }, may(project, 'manager') && el('a', { class: 'button', href: `${page}/responses?version=${version.number}` }, 'Its responses'), writes && el('a', { class: 'button', href: `${page}/make?version=${version.number}` }, 'Make responses'), version.parents.map(parent => el('a', { class: 'button', href: `${page}/diff?from=${parent}&to=${version.number}` }, `Compare with ${parent}`)),
        writes && prompt.branches.some(branch => branch.head === version.number)
          ? prompt.branches.filter(branch => branch.head === version.number).map(branch => el('a', { class: 'button main', href: `${page}/edit?branch=${branch.name}` }, `Write the next version on ${branch.name}`)) : null),
      writes && forms(version));
    if (focus) { detail.focus(); announce(`Version ${version.number} is shown`); }
  }

  const again = async (sentence, number) => { await show(shell, number); notice('good', sentence); };

  /** What may be done from a version: branch, roll back. */
  function forms(version) {
    const branch = el('input', { name: 'name', required: true, maxlength: 60, pattern: '[a-z][a-z0-9._\\-]*' });
    const back = el('select', { name: 'branch' }, prompt.branches.filter(each => each.head !== version.number).map(each => el('option', { value: each.name }, each.name)));
    return el('div', { class: 'columns' },
      el('details', {}, el('summary', {}, 'Start a branch here'), form(async data => {
        await post(`${path}/branches`, { name: data.get('name'), from: String(version.number), reason: data.get('reason') });
        location.assign(`${page}/edit?branch=${data.get('name')}`);
      }, field('Name of the branch', branch, 'Small letters, digits and - _ .'), field('Why', el('input', { name: 'reason', maxlength: 5000 })), el('button', { type: 'submit' }, 'Start the branch'))),
      back.options.length > 0 && el('details', {}, el('summary', {}, 'Roll a branch back to this'), form(async data => {
        const head = prompt.branches.find(each => each.name === data.get('branch')).head;
        const made = await post(`${path}/branches/${data.get('branch')}/rollback`, { to: String(version.number), reason: data.get('reason') }, { headers: { 'If-Match': `"${head}"` } });
        await again(`Version ${made.number} says again what version ${version.number} said. Nothing was rewritten.`, made.number);
      }, field('Branch', back), field('Why', el('input', { name: 'reason', required: true, maxlength: 5000 })), el('button', { type: 'submit' }, 'Roll back'))));
  }

  fill(body, prompt.description && el('p', { dir: 'auto' }, prompt.description),
    el('div', { class: 'card scroll', tabindex: '0', role: 'region', 'aria-label': 'Graph of versions' }, picture.element),
    detail, historyTable(prompt), labelsCard(prompt, path, writes, shell, again),
    prompt.branches.length > 1 && writes && el('p', {}, el('a', { class: 'button', href: `${page}/merge` }, 'Merge branches')),
    el('details', { class: 'card' }, el('summary', {}, 'What happened to branches and labels'), table('Events', ['When', 'What', 'Of', 'From', 'To', 'By', 'Why'], events.map(happened => el('tr', {},
      el('td', { class: 'when' }, time(happened.createdAt)), el('td', {}, happened.kind), el('td', {}, happened.name), el('td', { class: 'number' }, happened.from ?? '–'), el('td', { class: 'number' }, happened.to ?? '–'), el('td', {}, el('bdi', {}, happened.actor)), el('td', {}, el('bdi', {}, happened.reason)))))));
  await open(wanted ?? (Number(/^#version-(\d+)$/.exec(location.hash)?.[1]) || prompt.versions.at(-1).number));
  window.onhashchange = () => { const number = Number(/^#version-(\d+)$/.exec(location.hash)?.[1]); if (number) open(number, true); };
}

/** Labels, and moving one from where this page has seen it; who was quicker is named. */
function labelsCard(prompt, path, writes, shell, again) {
  const name = el('input', { name: 'label', required: true, maxlength: 60, list: 'label-names', pattern: '[a-z][a-z0-9._\\-]*' });
  const target = el('select', { name: 'version' }, [...prompt.versions].reverse().map(version => el('option', { value: version.number }, `version ${version.number}${version.note && `: ${version.note.slice(0, 60)}`}`)), el('option', { value: '' }, 'nowhere (take it off)'));
  return el('section', { class: 'card', 'aria-labelledby': 'labels' }, el('h2', { id: 'labels' }, 'Labels'),
    prompt.labels.length ? el('ul', { class: 'list' }, prompt.labels.map(label => el('li', { class: 'row' }, el('span', { class: 'pill good' }, label.name), el('a', { href: `#version-${label.number}` }, `version ${label.number}`)))) : el('p', { class: 'quiet' }, 'None yet: production and staging are usual.'),
    writes && form(async data => {
      const at = prompt.labels.find(label => label.name === data.get('label'))?.number ?? 0;
      try {
        const moved = await put(`${path}/labels/${data.get('label')}`, { version: data.get('version') || null, reason: data.get('reason') }, { headers: { 'If-Match': `"${at}"` } });
        await again(moved.number ? `${moved.name} is at version ${moved.number}.` : `${moved.name} is nowhere.`, moved.number ?? undefined);
      } catch (error) {
        if (error.code !== 'label-moved') throw error;
        await show(shell);
        notice('bad', el('p', {}, error.message), el('p', {}, 'This page now shows where it is; move it again if that is still right.'));
      }
    }, el('datalist', { id: 'label-names' }, ['production', 'staging', ...prompt.labels.map(label => label.name)].filter((each, i, list) => list.indexOf(each) === i).map(value => el('option', { value }))),
    el('div', { class: 'columns' }, field('Label', name), field('Moves to', target), field('Why', el('input', { name: 'reason', required: true, maxlength: 5000 }))), el('button', { type: 'submit', class: 'main' }, 'Move the label')));
}

start('Prompt', shell => show(shell));
