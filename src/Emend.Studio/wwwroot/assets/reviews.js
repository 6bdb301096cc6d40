// Blind review: two texts in an order that says nothing. Which is better?
import { post } from './api.js';
import { action, announce, el, fill, report, text } from './dom.js';
import { start } from './shell.js';
import { diffText } from './tasks/diff-view.js';
import { hunksOf } from './tasks/diff.js';
import { hint, listen, loadKeys, sheet } from './tasks/keys.js';

const body = document.getElementById('body');
let api, project, review = null;

async function next() {
  ({ review } = await post(`${api}/reviews/next`));
  if (!review) {
    fill(body, el('div', { class: 'card empty' }, el('h2', {}, 'No edit waits for your review'), el('p', {}, el('a', { href: `/projects/${project.id}` }, 'Overview'))));
    announce('No edit waits for your review');
    return;
  }
  const [first, second] = review.texts;
  fill(body,
    el('section', { class: 'card prompt-card' }, el('h2', { class: 'small quiet' }, 'Given'), review.context && [el('h3', { class: 'small quiet' }, 'Context that the model was given'), text(review.context, 'div'), el('h3', { class: 'small quiet' }, 'Prompt')], text(review.prompt, 'div')),
    el('div', { class: 'columns' }, [first, second].map((content, k) => el('section', { class: 'card response' }, el('h2', {}, ['Left', 'Right'][k]), text(content, 'div')))),
    el('details', { class: 'card' }, el('summary', {}, 'How the right one differs from the left one'), diffText(first, hunksOf(first, second, 2000).hunks)),
    el('div', { class: 'sticky' }, el('strong', {}, 'Which is better?'), el('div', { class: 'row' },
      action(['Left ', hint('1')], () => decide(0)), action(['No difference ', hint('2')], () => decide(null)), action(['Right ', hint('3')], () => decide(1)))));
  document.getElementById('content').focus({ preventScroll: true });
}

async function decide(better) {
  const decided = review;
  if (!decided) return;
  review = null;
  try {
    await post(`${api}/reviews/${decided.id}`, { better });
    await next();
  } catch (error) {
    review = decided;
    report(error);
  }
}

const bindings = () => [
  { keys: ['1'], what: 'The left one is better', run: () => { decide(0); } },
  { keys: ['2'], what: 'No difference', run: () => { decide(null); } },
  { keys: ['3'], what: 'The right one is better', run: () => { decide(1); } },
  { keys: ['?'], what: 'This sheet', run: () => { sheet(bindings()); } },
];

start('Review', async shell => {
  ({ api, project } = shell);
  await loadKeys();
  listen(bindings);
  await next();
});
