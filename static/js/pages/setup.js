// The set-up link: the first administrator, or a new password.

import { ApiError, post } from '../lib/api.js';
import { h, fill } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { themeButton } from '../lib/frame.js';
import { notice } from '../lib/parts.js';
import { askingForCode, codeField } from '../lib/proof.js';
import { go } from '../lib/router.js';
import { begin } from '../lib/session.js';

export const SHORTEST = 12;

/** A new password, twice; `check(values)` throws when they differ or are too short. */
export function passwordFields() {
  return {
    fields: [
      field({ name: 'password', label: 'New password', kind: 'password', required: true, autocomplete: 'new-password', hint: `At least ${SHORTEST} characters. Several words are easier to remember than symbols.` }),
      field({ name: 'repeated', label: 'Repeat the new password', kind: 'password', required: true, autocomplete: 'new-password' }),
    ],
    check({ password, repeated }) {
      const errors = [];
      if ([...password].length < SHORTEST) errors.push({ key: 'password', problem: `The password must have at least ${SHORTEST} characters.` });
      else if (password !== repeated) errors.push({ key: 'repeated', problem: 'The passwords do not match.' });
      if (errors.length) throw new ApiError({ detail: 'The password was not accepted.', errors }, 400);
    },
  };
}

export function show(view) {
  document.title = 'Set up · Hookgate';
  const { fields, check } = passwordFields();
  const name = field({ name: 'name', label: 'Your name', hint: 'Your login name. A password reset link does not change the name.', autocomplete: 'username', autofocus: true });
  const code = codeField();
  const send = async ({ name: given, password, code: typed, ...repeated }) => {
    check({ password, ...repeated });
    const answer = await askingForCode(code, () => post('/setup', { token: view.params.token, name: given, password, ...(typed ? { code: typed } : {}) }));
    if (!answer) return;
    begin(answer);
    go('#/');
  };
  const known = view.params.token
    ? form({ fields: [name, fields, code], submit: 'Set the password and log in', send })
    : notice('warn', h('p', {}, 'The link is incomplete. Open the whole set-up link, including the part after ', h('code', {}, '#/setup/'), '.'));
  fill(view.root, h('div', { class: 'brand' }, h('img', { src: 'icon.svg', alt: '' }), 'Hookgate'),
    h('div', { class: 'card stack' }, h('div', {}, h('h1', { tabIndex: -1 }, 'Set your password'), h('p', { class: 'muted' }, 'The link works once and is valid for 30 minutes.')), known), themeButton());
  name.control.focus();
}
