// Every version of a draft that the server keeps, among them those that lost in a conflict; one of them can be taken up again.
import { get, rowsOf } from '../api.js';
import { dialog, el, text, time } from '../dom.js';

/** Resolves to the content of the version that was chosen, or to null. */
export async function keptVersions(api, assignmentId) {
  const drafts = rowsOf(await get(`${api}/assignments/${assignmentId}/drafts`)).filter(draft => draft.content?.state);
  return dialog('Kept versions', close => el('div', {},
    el('p', {}, el('button', { type: 'button', class: 'main', autofocus: true, onclick: () => close(null) }, 'Close')),
    drafts.length === 0 && el('p', { class: 'quiet' }, 'Nothing is kept yet.'),
    el('ul', { class: 'chips' }, drafts.map(draft => el('li', { class: 'chip' },
      el('div', { class: 'row' }, el('strong', {}, time(draft.savedAt)), draft.isHead ? el('span', { class: 'pill good' }, 'newest') : el('span', { class: 'pill' }, 'kept after a conflict')),
      text(draft.content.state.edited ?? draft.content.state.text ?? 'No text yet', 'div'),
      el('div', {}, el('button', { type: 'button', class: 'small-button', onclick: () => close(draft.content) }, 'Go on with this one')))))));
}
