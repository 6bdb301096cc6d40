// The ideal answer, written by a person.
import { el, fill } from '../dom.js';
import { grow } from './controls.js';

export const task = {
  title: 'Write the ideal answer',
  initial: () => ({ text: '', comment: '' }),
  fromAnswer: ({ demonstration, comment }) => ({ text: demonstration.text, comment: comment ?? '' }),
  problem: state => state.text.trim() ? null : 'Write the answer first.',
  create(context) {
    const area = el('textarea', { class: 'editor', id: 'demonstration', dir: 'auto', 'data-own-undo': '', spellcheck: 'true', autocomplete: 'off', oninput: event => context.change({ text: area.value }, event.inputType ?? 'typing'), onpaste: () => context.clock.count('pastes') });
    const meter = el('div', { class: 'meter' });
    return {
      meter,
      element: el('section', { class: 'card' }, el('h2', {}, el('label', { for: 'demonstration' }, 'The ideal answer')), area),
      render(state) {
        if (area.value !== state.text) area.value = state.text;
        grow(area);
        fill(meter, `${state.text.trim() ? state.text.trim().split(/\s+/).length : 0} words`);
      },
      answer: async state => ({ kind: 'demonstration', demonstration: { text: state.text }, comment: state.comment.trim() || null }),
      bindings: () => [{ keys: ['e'], what: 'Into the text', run: () => { area.focus(); } }],
    };
  },
};
