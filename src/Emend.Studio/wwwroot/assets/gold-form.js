// The right answer to an item, given without working on it: for tasks whose answers are a choice or numbers.
import { el, field, fill, form } from './dom.js';
import { linesOf } from './kinds.js';

const letter = k => String.fromCharCode(65 + k);
const numbers = (name, label, most) => field(label, el('input', { name, type: 'number', min: 1, max: most, required: true }));

function edit(content) {
  const choices = content.responses.length > 1 ? [...content.responses.map((_, k) => [`prefer ${k}`, `${letter(k)} is better`]), ['tie', 'Both are as good'], ['bothBad', 'Both are bad']] : [['single', 'There is one response']];
  const outcome = el('select', { name: 'outcome', onchange: () => draw() }, [['noEditNeeded', 'No edit needed'], ['noEditHelps', 'No edit can help'], ['edited', 'Edited']].map(([value, words]) => el('option', { value }, words)));
  const target = el('select', { name: 'target', onchange: () => draw() }, content.responses.map((_, k) => el('option', { value: k }, `Response ${letter(k)}`)));
  const place = el('div');
  const draw = () => {
    const area = el('textarea', { name: 'edited', rows: 4, dir: 'auto' });
    area.value = content.responses[Number(target.value)]?.text ?? '';
    fill(place, outcome.value === 'edited' && [field('Which text', target), field('The text as it should be', area)]);
  };
  return {
    fields: [field('Which is better', el('select', { name: 'choice' }, choices.map(([value, words]) => el('option', { value }, words)))), field('What becomes of the text', outcome), place],
    answer: data => {
      const [choice, preferred] = data.get('choice').split(' '), edited = data.get('outcome') === 'edited';
      return { kind: 'edit', edit: { choice, preferred: preferred === undefined ? null : Number(preferred), target: edited ? Number(data.get('target')) : null, outcome: data.get('outcome'), edited: edited ? data.get('edited') : null } };
    },
  };
}

const ranking = content => ({
  fields: [el('p', { class: 'quiet small' }, '1 is best; equal numbers are ties.'), content.responses.map((_, k) => numbers(`rank${k}`, `Rank of response ${letter(k)}`, content.responses.length))],
  answer: data => ({ kind: 'ranking', ranking: { ranks: content.responses.map((_, k) => Number(data.get(`rank${k}`))) } }),
});

const rating = (content, settings) => {
  const scales = linesOf(settings.labels).length ? linesOf(settings.labels) : ['helpful', 'honest', 'harmless'];
  return {
    fields: content.responses.flatMap((_, k) => scales.map(scale => numbers(`${k} ${scale}`, `Response ${letter(k)}, ${scale} (1 to 5)`, 5))),
    answer: data => ({ kind: 'rating', rating: { ratings: content.responses.flatMap((_, response) => scales.map(scale => ({ response, scale, value: Number(data.get(`${response} ${scale}`)) }))) } }),
  };
};

const kinds = { edit, ranking, rating };

/** A form for the right answer, or a sentence where the task needs its own screen. */
export function goldForm(kind, content, save, settings = {}) {
  const made = kinds[kind]?.(content, settings);
  if (!made) return el('p', { class: 'quiet' }, 'Answer the item yourself, then make that answer the right one here.');
  return el('details', {}, el('summary', {}, 'Give the right answer here'), form(data => save(made.answer(data)), el('div', { class: 'columns' }, made.fields), el('button', { type: 'submit' }, 'Save the right answer')));
}
