// The frame of every page behind the sign-in: brand, way through the project, who is signed in.
import { get, post, session } from './api.js';
import { action, el, fill, report } from './dom.js';

const roles = ['viewer', 'annotator', 'adjudicator', 'manager', 'owner'];

export const may = (project, role) => roles.indexOf(project?.role) >= roles.indexOf(role);

/** The number of the project in the address, and what follows its name. */
export function place() {
  const [, first, project, page, id] = location.pathname.split('/');
  return { project: first === 'projects' ? Number(project) : null, page: page ?? '', id: id ? Number(id) : null };
}

/** Fills the frame and hands the account and the project, if the address names one, to the page. */
export async function start(title, build) {
  const main = document.getElementById('content');
  try {
    const { account } = await session();
    if (!account) {
      location.replace(`/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    const where = place();
    const project = where.project === null ? null : await get(`/api/projects/${where.project}`);
    frame(account, project, where);
    document.title = `${title}${project ? ` – ${project.settings.name}` : ''} – Emend studio`;
    await build({ account, project, main, where, api: project && `/api/projects/${project.id}` });
  } catch (error) {
    if (error.status === 401) location.replace(`/sign-in?return=${encodeURIComponent(location.pathname)}`);
    else report(error);
  } finally {
    main.removeAttribute('aria-busy');
  }
}

function frame(account, project, where) {
  const link = (page, label, role) => may(project, role)
    && el('a', { href: `/projects/${project.id}${page && `/${page}`}`, 'aria-current': where.page === page ? 'page' : null }, label);
  const crumbs = project ? [
    link('', 'Overview', 'viewer'), link('work', 'Work', 'annotator'), link('history', 'My answers', 'annotator'), link('reviews', 'Review', 'annotator'),
    link('disputes', 'Adjudicate', 'adjudicator'), link('agreement', 'Agreement', 'viewer'), link('guideline', 'Guideline', 'viewer'), link('prompts', 'Prompts', 'viewer'), link('documents', 'Documents', 'viewer'),
    link('items', 'Items', 'manager'), link('runs', 'Runs', 'manager'), link('members', 'Members', 'manager'), link('settings', 'Settings', 'manager'),
  ] : [
    el('a', { href: '/', 'aria-current': location.pathname === '/' ? 'page' : null }, 'Projects'),
    account.isOwner && el('a', { href: '/runs', 'aria-current': location.pathname.startsWith('/runs') ? 'page' : null }, 'Runs'),
    account.isOwner && el('a', { href: '/accounts', 'aria-current': location.pathname === '/accounts' ? 'page' : null }, 'Accounts'),
    account.isOwner && el('a', { href: '/audit', 'aria-current': location.pathname === '/audit' ? 'page' : null }, 'Audit'),
  ];
  fill(document.getElementById('top'),
    el('a', { class: 'brand', href: '/' }, 'Emend'),
    el('nav', { class: 'crumbs', 'aria-label': project ? 'Project' : 'Studio' }, crumbs),
    el('div', { class: 'me' },
      el('a', { href: '/account', dir: 'auto', 'aria-current': location.pathname === '/account' ? 'page' : null }, account.displayName),
      action('Sign out', async () => { await post('/api/sign-out'); location.assign('/sign-in'); }, { class: 'plain small-button' })));
  document.querySelector('.crumbs [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
}
