// Coming in.

import { get, post } from '../lib/api.js';
import { h, fill } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { themeButton } from '../lib/frame.js';
import { notice, problem } from '../lib/parts.js';
import { askingForCode, codeField } from '../lib/proof.js';
import { go } from '../lib/router.js';
import { begin } from '../lib/session.js';

export function show(view) {
  document.title = 'Log in · Hookgate';
  const hint = h('div', {});
  const place = h('div', { class: 'card' });
  const code = codeField();
  const name = field({ name: 'name', label: 'Name', required: true, autocomplete: 'username', autofocus: true });
  const password = field({ name: 'password', label: 'Password', kind: 'password', required: true, autocomplete: 'current-password' });
  const send = async (values) => {
    const answer = await askingForCode(code, () => post('/session', { name: values.name, password: values.password, ...(values.code ? { code: values.code } : {}) }));
    if (!answer) return;
    begin(answer);
    const after = sessionStorage.getItem('after-login') || '#/';
    sessionStorage.removeItem('after-login');
    go(after);
  };
  fill(place, h('h1', { class: 'unseen', tabIndex: -1 }, 'Log in to Hookgate'), form({ fields: [name, password, code], submit: 'Log in', send }));
  fill(view.root, h('div', { class: 'brand' }, h('img', { src: 'icon.svg', alt: '' }), 'Hookgate'), hint, place, h('div', { class: 'row apart' },
    h('p', { class: 'muted small' }, 'Forgot your password? Ask an administrator for a new link, or run ', h('code', {}, 'hookgate user reset-password'), ' on the server.'), themeButton()));
  name.control.focus();
  get('/session', null, view.signal).then(() => go('#/'), (error) => {
    if (error.problem?.setup) {
      fill(hint, notice('warn', h('strong', {}, 'No administrator yet'), h('p', {}, 'Open the set-up link printed at the first start, or the file that the log names. To create a new link, run ', h('code', {}, 'hookgate user setup-link'), ' on the server.')));
    } else if (error.status !== 401 && error.name !== 'AbortError') fill(hint, problem(error));
  });
  import('./webhooks.js');
}
