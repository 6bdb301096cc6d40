// What the pages of one prompt share: its address, its content as a form, its content as text.
import { el, field, text } from '../dom.js';

export const promptId = () => Number(location.pathname.split('/')[4]);
export const query = name => new URLSearchParams(location.search).get(name);

export const crumb = (project, prompt) => el('p', { class: 'small' }, el('a', { href: `/projects/${project.id}/prompts/${prompt.id}` }, el('bdi', {}, prompt.name)));

const settings = [['model', 'Model', 'text', {}], ['temperature', 'Temperature', 'number', { min: 0, max: 10, step: 'any' }], ['topP', 'Top-p', 'number', { min: 0, max: 1, step: 'any' }],
  ['maxTokens', 'Most tokens', 'number', { min: 1, step: 1 }], ['seed', 'Seed', 'number', { step: 1 }]];

const shownOf = content => Object.entries(content.settings ?? {}).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0));

/** A version's content to read. */
export function contentView(content) {
  return el('div', {},
    content.system && [el('h3', { class: 'small quiet' }, 'System'), text(content.system, 'div')],
    content.examples?.map((example, i) => [el('h3', { class: 'small quiet' }, `Example ${i + 1}`), text(example.input, 'div'), el('div', { class: 'turn', dataset: { role: 'assistant' } }, text(example.output, 'div'))]),
    el('h3', { class: 'small quiet' }, 'Template'), text(content.template, 'div'),
    shownOf(content).length > 0 && [el('h3', { class: 'small quiet' }, 'Settings'), el('dl', { class: 'keys small' }, shownOf(content).map(([name, value]) => [el('dt', {}, name), el('dd', {}, Array.isArray(value) ? value.map(stop => JSON.stringify(stop)).join(' ') : String(value))]))]);
}

/** A version's content to write: read() gives it as it goes over the wire. */
export function contentForm(content, changed = () => {}) {
  const area = (value, rows, label) => { const made = el('textarea', { class: 'template', rows, dir: 'auto', oninput: changed, 'aria-label': label || null }); made.value = value; return made; };
  const system = area('', 2), template = area('', 6), list = el('div');
  const inputs = settings.map(([, , type, more]) => el('input', { type, ...more, oninput: changed }));
  const stop = area('', 2);
  let examples = [];

  function add(example) {
    const number = examples.length + 1;
    const entry = { input: area(example.input, 2, `Example ${number}: input`), output: area(example.output, 2, `Example ${number}: output`) };
    entry.box = el('div', { class: 'card' }, el('div', { class: 'columns' }, entry.input, entry.output),
      el('button', { type: 'button', class: 'plain', onclick: () => { examples = examples.filter(each => each !== entry); entry.box.remove(); changed(); } }, `Remove example ${number}`));
    examples.push(entry);
    list.append(entry.box);
  }
  function show(next) {
    system.value = next.system ?? '';
    template.value = next.template ?? '';
    examples = [];
    list.replaceChildren();
    for (const example of next.examples ?? []) add(example);
    settings.forEach(([name], i) => { inputs[i].value = next.settings?.[name] ?? ''; });
    stop.value = (next.settings?.stop ?? []).map(each => JSON.stringify(each).slice(1, -1)).join('\n');
    changed();
  }
  const number = value => value === '' ? null : Number(value);
  const read = () => ({
    system: system.value, template: template.value,
    examples: examples.map(entry => ({ input: entry.input.value, output: entry.output.value })),
    settings: {
      ...Object.fromEntries(settings.map(([name, , type], i) => [name, type === 'text' ? inputs[i].value.trim() || null : number(inputs[i].value)])),
      stop: stop.value.split('\n').filter(line => line !== '').map(unescaped),
    },
  });
  const element = el('div', {},
    field('System message', system, 'May be empty; {{name}} is a variable, \\{{ are the braces themselves'),
    el('fieldset', {}, el('legend', {}, 'Examples'), list, el('button', { type: 'button', onclick: () => { add({ input: '', output: '' }); examples.at(-1).input.focus(); changed(); } }, 'Add an example')),
    field('Template of the user’s message', template),
    el('fieldset', {}, el('legend', {}, 'Settings of the model'), el('div', { class: 'columns' }, settings.map(([, label], i) => field(label, inputs[i])), field('Stop', stop, 'One a line; \\n is a line’s end'))));
  show(content);
  return { element, read, show };
}

function unescaped(line) {
  try { return JSON.parse(`"${line}"`); } catch { return line; }
}

/** Variables of a content, for the eye. */
export function variablesOf(content) {
  const names = new Set();
  for (const match of `${content.system}\n${content.template}`.matchAll(/(\\*)\{\{ *([A-Za-z_]\w*) *\}\}/g)) if (match[1].length % 2 === 0) names.add(match[2]);
  return [...names];
}

/** One text of a content to compare: system, template, examples. */
export const asText = content => [content.system && `System\n${content.system}\n`, ...(content.examples ?? []).map((example, i) => `Example ${i + 1}\nInput: ${example.input}\nOutput: ${example.output}\n`), `Template\n${content.template}`].filter(Boolean).join('\n');

/** The places that both sides changed; choosing one puts it into the form in place of the marks. */
export function conflictList(conflicts, content) {
  if (conflicts.length === 0) return null;
  const taken = [];           // where a choice made the list of examples longer or shorter, and by how much
  const block = conflict => ['<<<<<<< ours', conflict.ours, '||||||| base', conflict.base, '=======', conflict.theirs, '>>>>>>> theirs'].filter(line => line !== null && line !== undefined).join('\n');
  function take(conflict, value, box) {
    const now = content.read();
    if (conflict.field === 'system' || conflict.field === 'template') {
      const marks = block(conflict);
      now[conflict.field] = value === null ? now[conflict.field].replace(`${marks}\n`, () => '').replace(marks, () => '') : now[conflict.field].replace(marks, () => value);
    } else if (conflict.field.startsWith('settings.')) {
      const name = conflict.field.slice(9);
      now.settings[name] = value === null ? (name === 'stop' ? [] : null) : name === 'model' ? value : JSON.parse(value);
    } else {
      const merged = Number(/\d+/.exec(conflict.field)[0]), parse = lines => lines ? lines.split('\n').map(line => JSON.parse(line)) : [];
      const ours = parse(conflict.ours), chosen = parse(value);
      const at = taken.reduce((sum, [place, more]) => sum + (place < merged ? more : 0), merged);
      taken.push([merged, chosen.length - ours.length]);
      now.examples.splice(at, ours.length, ...chosen);
    }
    content.show(now);
    box.querySelectorAll('button').forEach(button => { button.disabled = true; });
    box.classList.remove('current');
  }
  return el('section', { class: 'card', 'aria-labelledby': 'conflicts' }, el('h2', { id: 'conflicts' }, `${conflicts.length} ${conflicts.length === 1 ? 'conflict' : 'conflicts'}`),
    el('p', { class: 'quiet small' }, 'Both sides changed these places. Take one side, or write below what is to count; texts show all three between marks.'),
    el('ul', { class: 'chips' }, conflicts.map(conflict => {
      const side = (name, value) => el('div', {}, el('h3', { class: 'small quiet' }, name), text(value ?? '(nothing)', 'div'));
      const box = el('li', { class: 'chip current' }, el('strong', {}, conflict.field), el('div', { class: 'columns' }, side('Before', conflict.base), side('Ours', conflict.ours), side('Theirs', conflict.theirs)));
      box.append(el('div', { class: 'row' }, [['Take ours', conflict.ours], ['Take theirs', conflict.theirs], ['Take what was before', conflict.base]].map(([label, value]) =>
        el('button', { type: 'button', 'aria-label': `${label}: ${conflict.field}`, onclick: () => take(conflict, value ?? null, box) }, label))));
      return box;
    })));
}
