// Versions and models of a project on one scale: by what people chose, and apart from that by what judges, which are models, said.
import { get } from './api.js';
import { announce, count, el, field, fill } from './dom.js';
import { start } from './shell.js';
import { table } from './tables.js';

const body = document.getElementById('body');
const ways = [['version', 'versions'], ['model', 'models'], ['both', 'versions with each model']];
const whole = value => Math.round(value).toString().replace('-', '−');

const group = (label, systems) => table(label, ['System', 'Elo', '95 %', 'Rank', 'Ranks, 95 %', 'Comparisons'],
  systems.map(system => [system.system, whole(system.elo), `${whole(system.low)} to ${whole(system.high)}`, system.rank, `${system.bestRank} to ${system.worstRank}`, system.comparisons]));

function section(title, label, groups, ...said) {
  return el('section', { class: 'card' }, el('h2', {}, title), said, groups.map((systems, i) => group(groups.length > 1 ? `${label}, group ${i + 1}` : label, systems)),
    groups.length > 1 && el('p', { class: 'hint' }, 'Systems of different tables were never compared with each other, not even through a third: each table is a scale of its own.'));
}

start('Ranking', async ({ project, api }) => {
  fill(document.getElementById('actions'), el('a', { href: `/projects/${project.id}/prompts` }, 'Prompts'), el('a', { href: `/projects/${project.id}/ab-tests` }, 'A/B tests'), el('a', { href: `/projects/${project.id}/judges` }, 'Judges'));
  const choose = el('select', { onchange: () => show() }, ways.map(([value, words]) => el('option', { value }, words))), place = el('div');
  const asked = new URLSearchParams(location.search).get('by');
  choose.value = ways.some(([value]) => value === asked) ? asked : 'version';

  async function show() {
    history.replaceState(null, '', `?by=${choose.value}`);
    const found = await get(`${api}/ranking?by=${choose.value}`);
    const nothing = found.people.length + found.simulated.length + found.judges.length === 0;
    fill(place, nothing && el('div', { class: 'card empty' }, el('h2', {}, 'Nothing was compared yet'), el('p', {}, 'Whoever chooses between stored responses of different versions or models, in an A/B test that is over or in other items, compares them; so do judges.')),
      found.people.length > 0 && section('By people', 'By people', found.people, el('p', {}, 'What people chose between stored responses. Those of an A/B test count when it is over.')),
      found.simulated.length > 0 && section(['By simulated annotators ', el('span', { class: 'pill warn' }, 'simulated')], 'By simulated annotators', found.simulated, el('p', {}, 'These annotators are programs.')),
      found.judges.map(judge => section(['By ', el('bdi', {}, judge.model), ' ', el('span', { class: 'pill warn' }, 'AI feedback')], `By ${judge.model} at ${judge.endpoint}`, judge.groups,
        judge.warning && el('p', { class: 'notice warn' }, el('strong', {}, 'Warning: '), judge.warning, '.'), el('p', {}, 'A judge at ', el('bdi', {}, judge.endpoint), '. No person’s vote is in it.'))),
      !nothing && el('p', { class: 'hint' }, 'Elo: 400 points are odds of 10 to 1, and the mean of a table is 1000. Ties are half. The intervals are by resampling questions, so one that was put to many counts as one.'));
    announce(nothing ? 'Nothing was compared yet' : count(found.people.flat().length + found.judges.flatMap(judge => judge.groups.flat()).length, 'row'));
  }

  fill(body, el('div', { class: 'card' }, field('What is ranked', choose, 'Among models, the versions they were asked with count as one; among versions, the models')), place);
  await show();
});
