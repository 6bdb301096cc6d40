// Two pages worked on the same item: both versions are shown, one goes on, the other is kept on the server.
import { action, clearNotice, el, notice, text, time } from '../dom.js';
import { diffText } from './diff-view.js';
import { hunksOf } from './diff.js';

const wordsOf = content => content?.state?.edited ?? content?.state?.text ?? null;

export function conflictNotice(item, server, mine, goOnWith) {
  const here = wordsOf(mine), there = wordsOf(server?.content);
  const asText = content => text(wordsOf(content) ?? JSON.stringify(content?.state ?? {}, null, 1), 'div');
  const box = notice('bad',
    el('h2', { id: 'conflict' }, 'This item was changed in another page too'),
    el('p', {}, 'Nothing is lost: whichever you go on with, the other one is kept on the server.'),
    el('div', { class: 'columns' },
      el('section', { class: 'card' }, el('h3', {}, 'In this page'), asText(mine),
        action('Go on with this one', async () => {
          clearNotice();
          await item.autosave.keepMine(server?.version ?? 0);
        }, { id: 'keep-mine' })),
      el('section', { class: 'card' }, el('h3', {}, `On the server${server ? `, saved ${time(server.savedAt)}` : ''}`), server ? asText(server.content) : el('p', {}, 'Nothing'),
        action('Go on with that one', () => {
          clearNotice();
          item.autosave.takeServer(server);
          if (server?.content?.state) goOnWith(server.content);
        }, { id: 'take-server' }))),
    here !== null && there !== null && el('details', {}, el('summary', {}, 'How this page differs from the server'), diffText(there, hunksOf(there, here, 2000).hunks)));
  box.scrollIntoView({ block: 'nearest' });
}
