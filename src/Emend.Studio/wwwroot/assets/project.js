// A project at a glance: progress, what to do next, import, export.
import { get, upload, uploadRaw } from './api.js';
import { action, announce, count, el, field, fill, notice, percent, problemBox, report } from './dom.js';
import { kinds } from './kinds.js';
import { may, start } from './shell.js';

const exportsOf = {
  edit: ['answers', 'edits', 'preferences', 'soft'], turn: ['answers', 'edits', 'demonstrations', 'soft'], ranking: ['answers', 'rankings', 'soft'],
  rating: ['answers', 'ratings', 'soft'], demonstration: ['answers', 'demonstrations'], spans: ['answers', 'spans', 'soft'],
};
const trains = { edits: 'token-reward, reward', preferences: 'reward', rankings: 'reward', demonstrations: 'sft' };

const body = document.getElementById('body');
const progressPlace = el('section', { class: 'card', 'aria-labelledby': 'progress-title' });

async function showProgress(api) {
  const progress = await get(`${api}/progress`);
  const wanted = progress.submitted + progress.leased + progress.openSlots, share = wanted ? progress.submitted / wanted : 0;
  const inner = el('div');
  inner.style.inlineSize = `${share * 100}%`;
  fill(progressPlace, el('h2', { id: 'progress-title' }, 'Progress'),
    progress.items === 0 ? el('p', { class: 'quiet' }, 'No items yet.') : [
      el('p', { class: 'number' }, `${progress.submitted} of ${wanted} answers wanted, ${percent(share)}`),
      el('div', { class: 'bar', role: 'img', 'aria-label': `${percent(share)} done` }, inner)],
    el('dl', { class: 'figures' }, [['items', progress.items], ['open places', progress.openSlots], ['being worked on', progress.leased], ['answered', progress.submitted], ['skipped', progress.skipped]]
      .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))));
}

function importing(api) {
  const result = el('div', { 'aria-live': 'polite' });
  const format = el('select', { onchange: () => { names.hidden = format.value === 'items'; } }, [['items', 'Emend: one item a line'], ['argilla', 'Argilla: records'], ['labelStudio', 'Label Studio: tasks']].map(([value, words]) => el('option', { value }, words)));
  const named = { prompt: 'Prompt', responses: 'Responses, separated by commas', context: 'Context (optional)', edited: 'Question or control with an edit (optional)', group: 'Group (optional)' };
  const fields = Object.fromEntries(Object.keys(named).map(name => [name, el('input', { autocapitalize: 'none', spellcheck: 'false' })]));
  const names = el('fieldset', { hidden: true }, el('legend', {}, 'Names of their fields'), Object.entries(named).map(([name, words]) => field(words, fields[name])));
  const asked = () => format.value === 'items' ? '' : `&format=${format.value}${Object.entries(fields).filter(([, box]) => box.value.trim()).map(([name, box]) => `&${name}=${encodeURIComponent(box.value.trim())}`).join('')}`;
  const input = el('input', { type: 'file', accept: '.jsonl,.json', 'aria-label': 'File of items', onchange: () => input.files[0] && look(input.files[0]) });
  const drop = el('div', { class: 'drop' }, el('p', {}, 'Drop a file of JSON Lines here, or choose one.'), input);
  for (const kind of ['dragenter', 'dragover']) drop.addEventListener(kind, event => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', event => { event.preventDefault(); drop.classList.remove('over'); if (event.dataTransfer.files[0]) look(event.dataTransfer.files[0]); });

  // First a dry run: it says what the file would do; nothing is written before the second click.
  async function look(file) {
    fill(result, el('p', { class: 'quiet' }, `Reading ${file.name} …`));
    try {
      const would = await upload(`${api}/items?dryRun=true${asked()}`, file);
      fill(result, el('p', {}, `${file.name}: ${count(would.new, 'new item')}, ${would.identical} there already, ${would.changed} with other content.`),
        would.changed > 0 && el('p', { class: 'notice warn' }, 'Items that are there with other content refuse the import; give them new ids.'),
        would.new > 0 && would.changed === 0 && action(`Import ${count(would.new, 'item')}`, async () => {
          const done = await upload(`${api}/items?dryRun=false${asked()}`, file);
          fill(result);
          notice('good', `${count(done.new, 'item')} imported.`);
          announce('Imported');
          await showProgress(api);
        }, { class: 'main' }));
    } catch (error) {
      fill(result, el('div', { class: 'notice bad', role: 'alert' }, problemBox(error)));
    }
  }
  return el('section', { class: 'card' }, el('h2', {}, 'Import'), field('Made by', format), names, drop, result,
    el('p', { class: 'quiet small' }, 'One item a line: id, prompt, responses, context, turns. What is wrong is named by line; a file is taken whole or not at all.'));
}

/** Images and sounds go in first; items name them by their hash. */
function files(api) {
  const said = el('ul', { class: 'list', 'aria-live': 'polite' });
  const input = el('input', { type: 'file', multiple: true, accept: 'image/png,image/jpeg,image/gif,image/webp,audio/*', 'aria-label': 'Images and sounds', onchange: async () => {
    for (const file of input.files) {
      const line = el('li', {}, el('bdi', {}, file.name), ' …');
      said.append(line);
      try {
        const { sha256 } = await uploadRaw(`${api}/media`, file, file.type || 'application/octet-stream');
        fill(line, el('bdi', {}, file.name), el('code', { class: 'secret small' }, sha256));
      } catch (error) {
        fill(line, el('bdi', {}, file.name), el('div', { class: 'notice bad' }, problemBox(error)));
      }
    }
    input.value = '';
  } });
  return el('section', { class: 'card' }, el('h2', {}, 'Images and sounds'), el('p', { class: 'quiet small' }, 'PNG, JPEG, GIF, WebP; MP3, WAV, Ogg, WebM, M4A. Items name them by the hash that is shown: "media": [{"sha256": …, "alt": …, "transcript": …}].'), input, said,
    el('p', {}, el('a', { href: `${api}/exports/media.tar`, download: 'media.tar' }, 'media.tar'), el('span', { class: 'quiet small' }, ' with all of them, and dictated comments')));
}

const exporting = (api, kind) => el('section', { class: 'card' }, el('h2', {}, 'Export'),
  el('p', { class: 'quiet small' }, 'JSON Lines, the answers that count, without names.'),
  el('ul', { class: 'list' }, [...exportsOf[kind], 'transcripts'].map(name => el('li', {},
    el('a', { href: `${api}/exports/${name}.jsonl`, download: `${name}.jsonl` }, `${name}.jsonl`), trains[name] && el('span', { class: 'quiet small' }, ` for emend train ${trains[name]}`)))));

start('Overview', async ({ project, api }) => {
  document.getElementById('title').replaceChildren(el('bdi', {}, project.settings.name));
  await showProgress(api).catch(report);
  fill(body,
    el('p', { class: 'row' }, el('span', { class: 'pill' }, kinds[project.settings.kind]), el('span', { class: 'quiet small' }, `${count(project.settings.overlap, 'person', 'people')} per item · your role: ${project.role}`),
      project.archivedAt && el('span', { class: 'pill warn' }, 'archived')),
    project.settings.description && el('p', { dir: 'auto' }, project.settings.description),
    may(project, 'annotator') && !project.archivedAt && el('p', {}, el('a', { class: 'button main', href: `/projects/${project.id}/work`, id: 'begin' }, 'Work on the next item')),
    progressPlace,
    may(project, 'manager') && el('div', { class: 'columns' }, importing(api), files(api), exporting(api, project.settings.kind)));
});
