// The page where items are answered. It owns the state: a task module per kind draws it, autosave keeps it, submit sends it once.
import { ApiError, get, post } from '../api.js';
import { action, announce, clearNotice, dialog, el, fill, notice, report, text, time } from '../dom.js';
import { skipReasons, skipWords } from '../kinds.js';
import { start } from '../shell.js';
import { Autosave } from './autosave.js';
import { checkDialog } from './check.js';
import { conflictNotice } from './conflict.js';
import { answerView } from './answer-view.js';
import { keptVersions } from './kept.js';
import { mediaView } from './media.js';
import { Note } from './note.js';
import { hint, listen, loadKeys, sheet } from './keys.js';
import { Past } from './past.js';
import { dropPending, keepPending, pendingAnswers } from './pending.js';
import { Transcripts, transcriptsOf } from './transcripts.js';
import { WorkClock } from './work-clock.js';

const tasks = {
  edit: () => import('./edit.js'), turn: () => import('./turn.js'), ranking: () => import('./ranking.js'),
  rating: () => import('./rating.js'), demonstration: () => import('./demonstration.js'), spans: () => import('./spans.js'),
};

const body = document.getElementById('body');
let page;               // of the shell: account, project, api
let current = null;     // the item under work
let undoBar = null;

start('Work', async shell => {
  page = shell;
  await loadKeys();
  listen(bindings);
  fill(document.getElementById('actions'), action('Versions', versions, { class: 'plain' }), el('button', { type: 'button', class: 'plain', onclick: () => sheet(bindings()) }, 'Keys ', hint('?')));
  await sendPending();
  await (shell.where.id ? open(await get(`${shell.api}/assignments/${shell.where.id}`)) : next());
});

async function next() {
  leave();
  const { assignment, reason } = await post(`${page.api}/next`, {});
  if (assignment) {
    history.replaceState(null, '', `/projects/${page.project.id}/work/${assignment.id}`);
    await open(assignment);
    return;
  }
  history.replaceState(null, '', `/projects/${page.project.id}/work`);
  const why = { empty: 'Nothing is left for you here. Thank you!', archived: 'The project is archived.', 'too-many-held': 'You hold several items already; finish those first.' };
  fill(body, el('div', { class: 'card empty' }, el('h2', {}, why[reason] ?? reason),
    el('p', { class: 'row' }, el('a', { href: `/projects/${page.project.id}/history` }, 'My answers'), el('a', { href: `/projects/${page.project.id}` }, 'Overview'))));
  title('Work');
  announce(why[reason] ?? reason);
}

function leave() {
  current?.autosave?.end();
  current?.note?.end();
  current = null;
  clearNotice();
}

function title(words) {
  document.getElementById('title').textContent = words;
  document.title = `${words} – ${page.project.settings.name} – Emend studio`;
}

/** Shows an assignment: to work on, or as it was answered. */
async function open(assignment) {
  const task = (await tasks[assignment.kind]()).task;
  if (assignment.state === 'submitted' || assignment.state === 'skipped') return showDone(assignment);
  const item = { assignment, task, clock: new WorkClock(), key: null };
  current = item;
  item.saveMark = el('span', { class: 'save', role: 'status' });
  item.autosave = new Autosave({
    api: page.api, account: page.account, assignment,
    onState: (state, savedAt, leaseIsOver, error) => showSaveState(item, state, savedAt, leaseIsOver, error),
    onConflict: (server, mine) => conflictNotice(item, server, mine, content => { item.past = new Past(content.state); render(); }),
    onRefused: error => report(error),
  });
  const given = assignment.draft ? null : assignment.answer?.answer;
  const first = given ? { ...task.fromAnswer(given, assignment), transcripts: transcriptsOf(given), commentAudio: given.commentAudio } : task.initial(assignment);
  const from = item.autosave.begin(assignment.draft);
  item.past = new Past(from?.state ? { ...first, ...from.state } : first);
  item.clock.goOnFrom(from?.work);
  title(task.title);
  draw(item);
  if (assignment.leaseIsOver) notice('warn', 'The time for this item was over; others may have taken it meanwhile. Your draft is kept and can still be submitted.');
  document.getElementById('content').focus({ preventScroll: true });
  scrollTo(0, 0);
}

function draw(item) {
  const { assignment } = item;
  const context = { assignment, project: page.project, api: page.api, change, state: () => item.past.state, clock: item.clock, submit };
  item.view = item.task.create(context);
  item.transcripts = new Transcripts(context);
  item.note = new Note(context);
  fill(body,
    promptCard(assignment.item),
    item.view.element,
    item.transcripts.element,
    item.note.element,
    el('div', { class: 'sticky', role: 'group', 'aria-label': 'Submit' },
      el('div', { class: 'row' }, item.view.meter, item.saveMark),
      el('div', { class: 'row' },
        item.undo = action(['Undo'], undo, { class: 'plain small-button' }), item.redo = action('Redo', redo, { class: 'plain small-button' }),
        action('Skip', skip), item.submit = action(['Submit ', hint('Ctrl+Enter')], submit, { class: 'main', id: 'submit' }))));
  render();
}

function promptCard(item) {
  return (item.context || item.prompt || item.media) && el('section', { class: 'card prompt-card', 'aria-labelledby': 'prompt-title' },
    el('h2', { id: 'prompt-title', class: 'small quiet' }, 'Prompt'),
    item.context && el('details', { open: item.context.length < 1500 }, el('summary', { class: 'small' }, 'Context that the model was given'), text(item.context, 'div')),
    mediaView(item.media),
    item.prompt && text(item.prompt, 'div'));
}

const contentOf = item => ({ v: 1, state: item.past.state, work: item.clock.counts() });

/** The one way in which the state changes. key: changes of one go, such as typing, are one step of undo. */
function change(patch, key = null) {
  if (!current) return;
  current.past.push({ ...current.past.state, ...patch }, key);
  current.key = null;
  current.clock.input();
  current.autosave.change(contentOf(current));
  render();
}

function render() {
  if (!current) return;
  for (const part of [current.view, current.transcripts, current.note]) part.render(current.past.state);
  current.undo.disabled = !current.past.canUndo;
  current.redo.disabled = !current.past.canRedo;
}

function undo() { step(current?.past.undo(), 'Undone'); current?.clock.count('undos'); }
function redo() { step(current?.past.redo(), 'Done again'); }
function step(state, words) {
  if (!state) return;
  current.key = null;
  current.autosave.change(contentOf(current));
  render();
  announce(words);
}

function showSaveState(item, state, savedAt, leaseIsOver, error) {
  const words = {
    none: 'Nothing to save yet',
    here: error ? (error.status === 0 ? 'Saved on this device; no connection' : 'Saved on this device only') : 'Saved on this device',
    server: `Saved${savedAt ? ` ${new Date(savedAt).toLocaleTimeString([], { timeStyle: 'short' })}` : ''}`,
    conflict: 'Two versions: please choose',
  };
  item.saveMark.dataset.state = state;
  if (item.saveMark.textContent !== words[state]) item.saveMark.textContent = words[state];
  if (leaseIsOver && !item.toldLease) {
    item.toldLease = true;
    notice('warn', 'The time for this item is over, and others may take it. Your work is kept and can still be submitted.');
  }
}

/** Check on the server, ask about warnings, then send once, however often it takes. */
async function submit() {
  const item = current;
  if (!item || item.busy) return;
  clearNotice();
  const problem = item.task.problem(item.past.state, item.assignment);
  if (problem) { notice('bad', problem).scrollIntoView({ block: 'nearest' }); return; }
  item.busy = item.submit.disabled = true;
  try {
    const { state } = item.past;
    let answer = { ...await item.view.answer(state), transcripts: await item.transcripts.record(state), commentAudio: state.commentAudio ?? null, work: item.clock.counts() };
    const accepted = await checkDialog(await checkUnlessOffline(item, answer));
    if (!accepted) return;
    if (accepted.length) answer = { ...answer, acceptedWarnings: accepted };
    await item.autosave.flush();
    await send(item, answer);
  } catch (error) {
    report(error);
  } finally {
    item.busy = item.submit.disabled = false;
  }
}

async function checkUnlessOffline(item, answer) {
  try {
    return await post(`${page.api}/assignments/${item.assignment.id}/check`, answer);
  } catch (error) {
    if (error.status !== 0) throw error;
    return { problems: [], warnings: [], edit: null };
  }
}

async function send(item, answer) {
  item.key ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const pending = { path: `${page.api}/assignments/${item.assignment.id}/answers`, key: item.key, answer: { ...answer, clientTime: new Date().toISOString() } };
  keepPending(page.account.id, item.assignment.id, pending);
  for (let delay = 500; ; delay = Math.min(delay * 2, 10_000)) {
    try {
      const submitted = await post(pending.path, pending.answer, { headers: { 'Idempotency-Key': pending.key } });
      dropPending(page.account.id, item.assignment.id);
      item.autosave.end();
      clearNotice();
      offerUndo(item.assignment.id, submitted);
      await next();
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || !(error.status === 0 || error.status >= 500)) {
        dropPending(page.account.id, item.assignment.id);
        throw error;
      }
      notice('warn', 'There is no connection. Your answer is kept on this device and is sent as soon as the server can be reached; you may close this page and come back.');
      await new Promise(resolve => { setTimeout(resolve, delay); addEventListener('online', resolve, { once: true }); });
    }
  }
}

/** Answers that an earlier page could not send. */
async function sendPending() {
  for (const { assignment, pending } of pendingAnswers(page.account.id)) {
    try {
      await post(pending.path, pending.answer, { headers: { 'Idempotency-Key': pending.key } });
      dropPending(page.account.id, assignment);
      notice('good', 'An answer that waited for the connection was sent.');
    } catch (error) {
      if (error.status === 0 || error.status >= 500) return;
      dropPending(page.account.id, assignment);
      if (error.code !== 'submitted') notice('warn', `An answer that waited on this device was not taken: ${error.message} The draft is kept.`);
    }
  }
}

function offerUndo(assignmentId, submitted) {
  undoBar?.remove();
  const bar = undoBar = el('div', { class: 'toast', role: 'status' },
    submitted.isExtra ? 'Submitted, besides those that were asked for.' : 'Submitted.',
    action(['Undo ', hint('z')], async () => {
      bar.remove();
      const back = await post(`${page.api}/assignments/${assignmentId}/undo`, { revision: submitted.revision });
      leave();
      history.replaceState(null, '', `/projects/${page.project.id}/work/${assignmentId}`);
      await open(back);
      announce('Taken back; the item is open again.');
    }));
  document.body.append(bar);
  setTimeout(() => bar.remove(), Math.max(500, new Date(submitted.undoUntil) - new Date(submitted.createdAt)));
}

/** Takes up a version that the server kept; it can be undone like any other change. */
async function versions() {
  const item = current;
  if (!item) return;
  await item.autosave.flush();
  const content = await keptVersions(page.api, item.assignment.id);
  if (content) change(content.state);
}

async function skip() {
  const item = current;
  if (!item) return;
  const chosen = await dialog('Skip this item', close => {
    const note = el('textarea', { rows: 2, maxlength: 2000, 'aria-label': 'Note' });
    return el('div', {}, el('p', { class: 'quiet' }, 'Somebody else gets it. Why do you skip it?'),
      el('div', { class: 'list' }, Object.entries(skipReasons).map(([reason, words]) =>
        el('button', { type: 'button', value: reason, onclick: () => close({ reason, note: note.value || null }) }, words))),
      el('div', { class: 'field' }, el('span', { class: 'label' }, 'Note (optional)'), note),
      el('button', { type: 'button', class: 'plain', onclick: () => close(null) }, 'Go on working'));
  });
  if (!chosen) return;
  await item.autosave.flush();
  await post(`${page.api}/assignments/${item.assignment.id}/skip`, chosen);
  await next();
}

/** An item that was answered or skipped: what was said, its revisions, and taking it up again. */
async function showDone(assignment) {
  const revisions = await get(`${page.api}/assignments/${assignment.id}/answers`);
  const reopen = action(assignment.state === 'skipped' ? 'Take it up again' : 'Give a new answer', async () =>
    open(await post(`${page.api}/assignments/${assignment.id}/reopen`)), { class: 'main' });
  title(assignment.state === 'skipped' ? 'Skipped' : 'Answered');
  fill(body, promptCard(assignment.item),
    assignment.state === 'skipped' && el('p', {}, `Skipped: ${skipWords[assignment.skipReason] ?? assignment.skipReason}. ${assignment.skipNote ?? ''}`),
    (Array.isArray(revisions) ? revisions : revisions.items).map(revision => el('section', { class: 'card' },
      el('div', { class: 'row' }, el('h2', {}, `Revision ${revision.revision}`), revision.isCurrent && el('span', { class: 'pill good' }, 'counts'),
        revision.undoneAt && el('span', { class: 'pill warn' }, 'taken back'), el('span', { class: 'quiet small' }, time(revision.createdAt))),
      answerView(revision.answer, assignment.item))),
    el('div', { class: 'row' }, reopen, action('Next item', next)));
}

function bindings() {
  const own = current?.view ? [...current.transcripts.bindings(), ...current.view.bindings(current.past.state), ...current.note.bindings()] : [];
  return [
    ...own,
    { keys: ['Ctrl+Enter'], what: 'Submit', inText: true, run: current && submit },
    { keys: ['Ctrl+s'], what: 'Save now (it is saved as you type anyway)', inText: true, run: current && (() => { current.autosave.flush(); }) },
    { keys: ['Ctrl+z'], what: 'Undo: text, reasons, marks, choices', inText: true, run: current && (event => foreign(event) ? false : undo()) },
    { keys: ['Ctrl+Shift+z', 'Ctrl+y'], what: 'Redo', inText: true, run: current && (event => foreign(event) ? false : redo()) },
    { keys: ['Ctrl+Space'], what: 'Skip this item', inText: true, run: current && skip },
    { keys: ['z'], what: 'Take the answer just submitted back (five seconds)', run: undoBar?.isConnected ? () => undoBar.querySelector('button').click() : null },
    { keys: ['Escape'], what: 'Leave the text box', inText: true, run: event => document.activeElement?.matches('input, textarea, select') ? document.activeElement.blur() : false },
    { keys: ['?'], what: 'This sheet', run: () => { sheet(bindings()); } },
  ];
}

// Notes and comments undo by themselves.
const foreign = event => event.target.matches?.('input, textarea') && !event.target.matches('[data-own-undo]');

