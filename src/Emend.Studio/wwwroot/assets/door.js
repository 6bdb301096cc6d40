// Set-up link, sign-in, invitation: pages for whoever is not signed in. Secrets travel in the address behind the #, which no server sees.
import { post, session } from './api.js';
import { el, field, fill, form, notice, report } from './dom.js';

const body = document.getElementById('body');
const title = document.getElementById('title');
const secret = location.hash.slice(1);

const input = (name, settings) => el('input', { name, required: true, autocapitalize: 'none', spellcheck: 'false', ...settings });
const nameField = () => field('Name', input('name', { autocomplete: 'username', autofocus: true, minlength: 2, maxlength: 64 }));
const newFields = () => [
  field('Name', input('name', { autocomplete: 'username', autofocus: true, minlength: 2, maxlength: 64 }), 'What you sign in with: letters, digits and . _ - @'),
  field('Name that others see', input('displayName', { autocomplete: 'name', required: false, maxlength: 100 }), 'May be left empty'),
  field('Password', input('password', { type: 'password', autocomplete: 'new-password', minlength: 10, maxlength: 200 }), 'At least 10 characters; several words are easiest'),
];
const given = data => ({ name: data.get('name').trim(), password: data.get('password'), displayName: data.get('displayName')?.trim() || null });
const button = label => el('button', { type: 'submit', class: 'main' }, label);

/** Where to go after signing in: a path of this site and nothing else. */
function wayBack() {
  const asked = new URLSearchParams(location.search).get('return') ?? '/';
  const there = new URL(asked, location.origin);
  return there.origin === location.origin && asked.startsWith('/') && !asked.startsWith('//') && !asked.startsWith('/\\') ? there.pathname + there.search : '/';
}

function showSignIn(awaitsSetUp) {
  const second = el('div');
  if (awaitsSetUp) notice('warn', 'Nobody owns this studio yet. Open the set-up link that the program printed when it started.');
  fill(body, el('div', { class: 'card' }, form(async data => {
    try {
      await post('/api/sign-in', { name: data.get('name').trim(), password: data.get('password'), code: data.get('code')?.trim() || null });
    } catch (error) {
      if (error.code !== 'two-factor') throw error;
      fill(second, field('Code', input('code', { autocomplete: 'one-time-code', maxlength: 20 }), 'From your authenticator app, or a recovery code'));
      second.querySelector('input').focus();
      return;
    }
    location.assign(wayBack());
  }, nameField(), field('Password', input('password', { type: 'password', autocomplete: 'current-password' })), second, button('Sign in'))));
}

function showSetUp() {
  fill(body, el('p', { class: 'quiet' }, 'You become the owner of this installation. The link works once.'), el('div', { class: 'card' }, form(async data => {
    await post('/api/set-up', { secret, ...given(data) });
    location.assign('/');
  }, newFields(), button('Create the owner’s account'))));
}

async function showInvitation(account) {
  const offer = await post('/api/invitations/offer', { secret });
  title.textContent = 'You are invited';
  const accept = async extra => {
    await post('/api/invitations/accept', { secret, ...extra });
    location.assign(`/projects/${offer.projectId}`);
  };
  fill(body,
    el('p', {}, 'To the project ', el('strong', { dir: 'auto' }, offer.project), ` as ${offer.role}.`),
    el('div', { class: 'card' }, account
      ? form(() => accept({}), el('p', {}, 'You are signed in as ', el('strong', { dir: 'auto' }, account.displayName), '.'), button('Join the project'))
      : form(data => accept(given(data)), newFields(), button('Create my account and join'))),
    !account && el('p', { class: 'quiet' }, 'You have an account already? ', el('a', { href: '/sign-in' }, 'Sign in'), ' first, then open the link again.'));
}

try {
  const { account, awaitsSetUp } = await session();
  if (location.pathname === '/sign-in') showSignIn(awaitsSetUp);
  else if (!secret) notice('bad', 'This link is not whole: the part after # is missing. Copy it again.');
  else if (location.pathname === '/set-up') showSetUp();
  else await showInvitation(account);
  body.querySelector('[autofocus]')?.focus();
} catch (error) {
  report(error);
} finally {
  document.getElementById('content').removeAttribute('aria-busy');
}
