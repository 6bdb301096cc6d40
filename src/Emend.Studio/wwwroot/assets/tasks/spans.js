// Mark and label what is wrong in a response.
import { el } from '../dom.js';
import { linesOf, reasons } from '../kinds.js';
import { choiceOf } from './controls.js';
import { hint } from './keys.js';
import { Marker } from './marker.js';
import { mediaView } from './media.js';

export const task = {
  title: 'Mark what is wrong',
  initial: () => ({ spans: [], nothingToMark: false, comment: '' }),
  fromAnswer: ({ spans, comment }) => ({ spans: spans.spans, nothingToMark: spans.nothingToMark, comment: comment ?? '' }),
  problem: state => state.spans.length || state.nothingToMark ? null : 'Mark what is wrong, or say that there is nothing to mark.',
  create(context) {
    const named = linesOf(context.project.settings.labels), labels = named.length ? named : reasons;
    const response = context.assignment.item.responses[0];
    const marker = new Marker({ text: response.text, labels, label: 'The response; select a part of it', set: spans => context.change({ spans, nothingToMark: false }) });
    const nothing = choiceOf('Nothing wrong', [[true, 'Nothing to mark', 'n']], value => context.change({ nothingToMark: value === true, spans: value ? [] : context.state().spans }), { kbd: hint });
    const meter = el('div', { class: 'meter' });
    return {
      meter,
      element: el('div', {},
        el('section', { class: 'card' }, el('h2', {}, 'Response'), mediaView(response.media), el('p', { class: 'quiet small' }, 'Select a part with the mouse, or with E and then Shift and the arrow keys; then press a label or its number.'), marker.element),
        el('div', { class: 'card row' }, el('span', {}, 'All of it is fine?'), nothing.element)),
      render(state) {
        marker.render(state.spans);
        nothing.show(state.nothingToMark || null);
        meter.textContent = state.nothingToMark ? 'Nothing to mark' : `${state.spans.length} marked`;
      },
      answer: async state => ({ kind: 'spans', spans: { response: response.index, spans: state.spans, nothingToMark: state.nothingToMark }, comment: state.comment.trim() || null }),
      bindings: () => [
        { keys: ['e'], what: 'Into the text, to select', run: () => { marker.area.focus(); } },
        ...labels.slice(0, 9).map((label, k) => ({ keys: [String(k + 1)], what: `Mark the selection as ${label}`, run: () => marker.mark(k) })),
        { keys: ['n'], what: 'Nothing to mark', run: () => context.change({ nothingToMark: true, spans: [] }) },
      ],
    };
  },
};
