// The guideline: Markdown that a manager writes, versioned. The server makes it safe; here only known elements pass, once more.
import { getWithTag, put } from './api.js';
import { action, el, fill, notice, time } from './dom.js';
import { may, start } from './shell.js';

const allowed = new Set('P H1 H2 H3 H4 H5 H6 UL OL LI STRONG EM CODE PRE BLOCKQUOTE A TABLE THEAD TBODY TR TH TD HR BR'.split(' '));
const body = document.getElementById('body');

/** Copies known elements without attributes; of links the address, where it is one of the web or of mail. */
function copy(node) {
  return [...node.childNodes].flatMap(child => {
    if (child.nodeType === Node.TEXT_NODE) return [document.createTextNode(child.data)];
    if (child.nodeType !== Node.ELEMENT_NODE) return [];
    if (!allowed.has(child.tagName)) return copy(child);
    const level = /^H([1-6])$/.exec(child.tagName);
    const made = document.createElement(level ? `h${Math.min(6, Number(level[1]) + 1)}` : child.tagName.toLowerCase());
    if (child.tagName === 'A' && /^(https?:|mailto:)/i.test(child.getAttribute('href') ?? '')) {
      made.href = child.getAttribute('href');
      made.rel = 'noopener nofollow';
      made.target = '_blank';
    }
    made.append(...copy(child));
    return [made];
  });
}

export const safeHtml = html => copy(new DOMParser().parseFromString(html, 'text/html').body);

async function show(shell) {
  const { body: guideline, etag } = await getWithTag(`${shell.api}/guideline`);
  const area = el('textarea', { class: 'editor', id: 'markdown', rows: 14, dir: 'auto' });
  area.value = guideline.markdown;
  const edit = el('details', { class: 'card' }, el('summary', {}, guideline.number ? 'Write a new version' : 'Write the guideline'),
    el('div', { class: 'field' }, el('label', { for: 'markdown' }, 'Markdown'), area, el('p', { class: 'hint' }, 'Headings, lists, tables, links, emphasis. Pictures and HTML are left out.')),
    action('Save as a new version', async () => {
      await put(`${shell.api}/guideline`, { markdown: area.value }, { headers: { 'If-Match': etag } });
      await show(shell);
      notice('good', 'Saved. Items that are taken from now on name this version.');
    }, { class: 'main' }));
  fill(body,
    el('article', { class: 'card guideline', dir: 'auto' }, guideline.number
      ? [el('p', { class: 'quiet small' }, `Version ${guideline.number}${guideline.author ? `, ${guideline.author}` : ''}${guideline.createdAt ? `, ${time(guideline.createdAt)}` : ''}`), safeHtml(guideline.html)]
      : el('p', { class: 'quiet' }, 'There is no guideline yet.')),
    may(shell.project, 'manager') && edit);
}

start('Guideline', show);
