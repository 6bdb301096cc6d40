// Adjudication: what several people made of one item, change by change over the original; the decision is an answer like theirs.
import { get, post } from './api.js';
import { action, el, field, fill, notice, text } from './dom.js';
import { start } from './shell.js';
import { withSource } from './tables.js';
import { answerView } from './tasks/answer-view.js';
import { grow } from './tasks/controls.js';
import { diffText, inserted, removed } from './tasks/diff-view.js';
import { hunksOf } from './tasks/diff.js';
import { mediaView } from './tasks/media.js';

const causes = { ambiguous: 'The item is ambiguous', guidelineGap: 'The guideline leaves it open', error: 'Somebody made an error', taste: 'A matter of taste' };
const body = document.getElementById('body');

async function list({ project, api }) {
  const { items } = await get(`${api}/disputes?open=false&limit=200`);
  fill(body, items.length === 0
    ? el('div', { class: 'card empty' }, el('h2', {}, 'Nothing to adjudicate'), el('p', {}, 'Items appear here once two or more people have answered them.'))
    : el('div', { class: 'card' }, el('ul', { class: 'list' }, items.map(item => el('li', { class: 'row' },
      el('a', { href: `/projects/${project.id}/disputes/${item.itemId}`, dir: 'auto' }, item.externalId), el('span', { class: 'quiet small' }, `${item.answers} answers`),
      el('span', { class: item.isResolved ? 'pill good' : 'pill warn' }, item.isResolved ? 'decided' : 'open'))))));
}

/** The text that an answer edits, and what it made of it; null where it is no edit. */
function editOf(content, answer) {
  if (answer.turn) return { key: answer.turn.turn, original: content.turns[answer.turn.turn].content, edited: answer.turn.outcome === 'edited' ? answer.turn.edited : null };
  if (answer.edit && answer.edit.target !== null && answer.edit.target !== undefined)
    return { key: answer.edit.target, original: content.responses[answer.edit.target].text, edited: answer.edit.outcome === 'edited' ? answer.edit.edited : null };
  return null;
}

async function one(shell, id) {
  const dispute = await get(`${shell.api}/disputes/${id}`);
  document.getElementById('title').textContent = `Adjudicate ${dispute.externalId}`;
  fill(document.getElementById('actions'), el('a', { href: `/projects/${shell.project.id}/items/${id}` }, 'History'));
  const cause = el('select', {}, Object.entries(causes).map(([value, words]) => el('option', { value }, words)));
  const note = el('textarea', { rows: 2, maxlength: 5000 });
  const resolve = async answer => {
    await post(`${shell.api}/disputes/${id}`, { answer, cause: cause.value, note: note.value.trim() || null });
    await one(shell, id);
    notice('good', 'Decided. The answers stay as they are; exports name the decision.');
  };
  const { content } = dispute;
  fill(body,
    dispute.resolution && el('section', { class: 'card' }, el('h2', {}, 'The decision so far'), el('p', { class: 'quiet small' }, `${dispute.resolution.adjudicator}: ${causes[dispute.resolution.cause]}. ${dispute.resolution.note ?? ''}`), answerView(dispute.resolution.answer, content)),
    el('section', { class: 'card prompt-card' }, el('h2', { class: 'small quiet' }, 'Given'), content.context && [el('h3', { class: 'small quiet' }, 'Context that the model was given'), text(content.context, 'div'), el('h3', { class: 'small quiet' }, 'Prompt')], mediaView(content.media), content.prompt && text(content.prompt, 'div'),
      content.turns && el('div', { class: 'turns' }, content.turns.map(turn => el('div', { class: 'turn', dataset: { role: turn.role } }, el('h3', { class: 'small quiet' }, turn.role), text(turn.content, 'div'))))),
    content.responses.length > 0 && el('div', { class: 'columns' }, content.responses.map((response, k) => el('section', { class: 'card response' }, el('h2', {}, `Response ${String.fromCharCode(65 + k)}`), mediaView(response.media), text(response.text, 'div')))),
    el('div', { class: 'columns' }, dispute.answers.map(given => el('section', { class: 'card' }, el('h2', {}, withSource(given.annotator, given.source)), answerView(given.answer, content),
      el('p', {}, action('Decide for this one', () => resolve(withoutRecord(given.answer))))))),
    el('section', { class: 'card' }, el('h2', {}, 'Why did they differ?'), field('Cause', cause), field('Note (optional)', note)),
    mixer(dispute, resolve));
}

const withoutRecord = answer => ({ ...answer, work: null, advice: null, acceptedWarnings: [], clientTime: null });

/** Changes of all who edited the same text, to accept one by one; the result can be rewritten. */
function mixer(dispute, resolve) {
  const edits = dispute.answers.map(given => ({ ...given, text: editOf(dispute.content, given.answer) })).filter(given => given.text);
  const key = edits[0]?.text.key;
  const same = edits.filter(given => given.text.key === key);
  if (same.length === 0) return null;
  const original = same[0].text.original;
  const offered = new Map();
  for (const given of same) {
    for (const hunk of given.edit?.hunks ?? []) {
      const name = `${hunk.start} ${hunk.end} ${hunk.replacement}`;
      if (!offered.has(name)) offered.set(name, { ...hunk, by: [] });
      offered.get(name).by.push(given.source ? `${given.annotator} (${given.source})` : given.annotator);
    }
  }
  const hunks = [...offered.values()].sort((a, b) => a.start - b.start || a.end - b.end);
  const accepted = new Set(hunks.filter(hunk => hunk.by.length === same.length));
  const clash = (a, b) => a !== b && a.start < Math.max(b.end, b.start + 1) && b.start < Math.max(a.end, a.start + 1);
  const area = el('textarea', { class: 'editor', dir: 'auto', id: 'decision', oninput: () => { grow(area); show(); } });
  const result = el('div'), boxes = el('ul', { class: 'chips' });

  function rebuild() {
    let at = 0, made = '';
    for (const hunk of hunks.filter(each => accepted.has(each))) { made += original.slice(at, hunk.start) + hunk.replacement; at = hunk.end; }
    area.value = made + original.slice(at);
    grow(area);
    show();
  }
  const show = () => fill(result, diffText(original, hunksOf(original, area.value, 2000).hunks));
  const draw = () => fill(boxes, hunks.map((hunk, k) => {
    const box = el('input', { type: 'checkbox', onchange: () => {
      if (box.checked) { for (const other of hunks) if (clash(other, hunk)) accepted.delete(other); accepted.add(hunk); } else accepted.delete(hunk);
      rebuild();
      draw();
      boxes.querySelectorAll('input')[k].focus();
    } });
    box.checked = accepted.has(hunk);
    return el('li', { class: 'chip' }, el('label', { class: 'check' }, box, el('span', { class: 'what', dir: 'auto' }, hunk.end > hunk.start && removed(original.slice(hunk.start, hunk.end)), hunk.replacement && inserted(hunk.replacement)),
      hunk.reason && el('span', { class: 'pill' }, hunk.reason), el('span', { class: 'quiet small' }, hunk.by.join(', '))));
  }));

  const decide = action('Decide for this text', () => {
    const base = withoutRecord(same[0].answer), edited = area.value === original ? null : area.value;
    const own = { outcome: edited === null ? 'noEditNeeded' : 'edited', edited, reasons: reasonsAt(original, area.value, hunks.filter(hunk => accepted.has(hunk))) };
    return resolve(base.turn ? { ...base, turn: { ...base.turn, ...own } } : { ...base, edit: { ...base.edit, ...own, editedRatings: edited === null ? null : base.edit.editedRatings } });
  }, { class: 'main' });
  const made = el('section', { class: 'card' }, el('h2', {}, 'Change by change'), el('p', { class: 'quiet small' }, 'Changes that all made are accepted already. Accepting one takes those out that overlap it; the text can be rewritten below.'),
    el('div', { class: 'columns' }, boxes, el('div', {}, el('label', { for: 'decision' }, 'The text that counts'), area, result)), el('p', {}, decide));
  draw();
  rebuild();
  return made;
}

const reasonsAt = (original, edited, accepted) => hunksOf(original, edited, 2000).hunks.flatMap(hunk => {
  const like = accepted.find(each => each.start === hunk.start && each.end === hunk.end && each.reason);
  return like ? [{ start: hunk.start, end: hunk.end, reason: like.reason }] : [];
});

start('Adjudicate', shell => shell.where.id ? one(shell, shell.where.id) : list(shell));
