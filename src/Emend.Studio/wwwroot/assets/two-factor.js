// The second factor of one's own account.
import { get, post, session } from './api.js';
import { action, el, field, fill, form, notice } from './dom.js';

const code = () => el('input', { name: 'code', required: true, inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 20 });
const password = () => field('Password', el('input', { name: 'password', type: 'password', required: true, autocomplete: 'current-password' }));
const codesOf = list => el('div', { class: 'notice good' }, el('p', {}, 'Recovery codes: each lets you in once when the app is lost. Keep them somewhere safe; they are not shown again.'), el('pre', { class: 'secret' }, list.join('\n')));

/** A card that shows how things stand and changes them. */
export async function twoFactorCard() {
  const box = el('section', { class: 'card' }), inside = el('div', { 'aria-live': 'polite' });
  async function show(above = null) {
    const { enabled, recoveryCodesLeft } = await get('/api/account/two-factor');
    fill(inside, above, enabled ? [
      el('p', {}, el('span', { class: 'pill good' }, 'on'), ` Signing in asks for a code of your app. ${recoveryCodesLeft} recovery codes are left.`),
      form(async data => show(codesOf((await post('/api/account/two-factor/recovery-codes', { password: data.get('password') })).recoveryCodes)), password(), el('button', { type: 'submit' }, 'New recovery codes')),
      el('details', {}, el('summary', {}, 'Switch it off'), form(async data => { await post('/api/account/two-factor/off', { password: data.get('password') }); await session(); await show(); notice('good', 'Off. Elsewhere you were signed out.'); }, password(), el('button', { type: 'submit', class: 'danger' }, 'Switch off')))]
      : [el('p', {}, 'Off. With it, signing in also asks for a code from an authenticator app.'),
        form(async data => begin(await post('/api/account/two-factor/key', { password: data.get('password') })), password(), el('button', { type: 'submit' }, 'Set it up'))]);
  }
  const begin = ({ key, uri }) => fill(inside, el('p', {}, 'Put this key into your app, then type the code that it shows.'), el('code', { class: 'secret' }, key.match(/.{1,4}/g).join(' ')), el('p', {}, el('a', { href: uri }, 'Open it in an app on this device')),
    form(async data => {
      const { recoveryCodes } = await post('/api/account/two-factor', { code: data.get('code') });
      await session();
      await show(codesOf(recoveryCodes));
      notice('good', 'On. Elsewhere you were signed out.');
    }, field('Code', code()), el('div', { class: 'row' }, el('button', { type: 'submit', class: 'main' }, 'Switch on'), action('Not now', () => show()))));
  fill(box, el('h2', {}, 'Second factor'), inside);
  await show();
  return box;
}
