// The check before submitting: problems stop, warnings ask for a reason.
import { dialog, el, field } from '../dom.js';

/** Resolves to the accepted warnings (none: an empty list), or to null where the annotator goes back to work. */
export async function checkDialog({ problems, warnings }) {
  if (problems.length === 0 && warnings.length === 0) return [];
  return dialog(problems.length ? 'This cannot be submitted yet' : 'Please look again', close => {
    const reasons = warnings.map(warning => el('input', { name: warning.code, required: true, maxlength: 500, autocomplete: 'off' }));
    const submit = event => {
      event.preventDefault();
      close(warnings.map((warning, i) => ({ code: warning.code, reason: reasons[i].value.trim() })));
    };
    return el('form', { onsubmit: submit },
      problems.length > 0 && el('div', { class: 'notice bad' }, el('ul', {}, problems.map(problem => el('li', {}, problem.message)))),
      problems.length === 0 && warnings.map((warning, i) => field(`${warning.message[0].toUpperCase()}${warning.message.slice(1)}. Why is that right?`, reasons[i])),
      problems.length > 0 && warnings.map(warning => el('p', { class: 'notice warn' }, warning.message)),
      el('div', { class: 'row' },
        problems.length === 0 && el('button', { type: 'submit', class: 'main' }, 'Submit with these reasons'),
        el('button', { type: 'button', onclick: () => close(null) }, 'Go back')));
  });
}
