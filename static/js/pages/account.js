// One's own account: sessions, password, second factor.

import { get, post, put, remove, seg } from '../lib/api.js';
import { dialog, reveal } from '../lib/dialog.js';
import { h, svg } from '../lib/dom.js';
import { field, form } from '../lib/form.js';
import { onOff } from '../lib/format.js';
import { button, card, copyButton, notice, region, secretLine } from '../lib/parts.js';
import { askingForCode, codeField } from '../lib/proof.js';
import { begin, session } from '../lib/session.js';
import { say } from '../lib/toast.js';
import { passwordFields } from './setup.js';
import { sessionTable } from './users/sessions.js';

export function show(view) {
  view.head({ title: 'Your account', sub: `${session.user.name}, ${session.user.role}` });
  const factor = region(async () => begin(await get('/session', null, view.signal)), drawFactor, { lines: 2 });
  const sessions = region(() => get('/sessions', null, view.signal), (list) => sessionTable('Your sessions', list, end), { lines: 3 });
  const { fields, check } = passwordFields();
  view.add(
    card('Sessions', { text: 'Where you are logged in.' }, sessions),
    card('Second factor', { text: 'A code from an app on your phone, required at each login.' }, factor),
    card('Password', { text: 'Setting a new password ends your other sessions.' }, form({
      submit: 'Change password',
      fields: [field({ name: 'old', label: 'Current password', kind: 'password', required: true, autocomplete: 'current-password' }), fields],
      send: async (values) => {
        check(values);
        await put('/password', { old: values.old, new: values.password });
        say('The password was changed.');
        view.root.querySelectorAll('input[type=password]').forEach((input) => { input.value = ''; });
        await sessions.reload();
      },
    })));

  async function end(row) {
    await remove(`/sessions/${seg(row.id)}`);
    say('The session has ended.');
    await sessions.reload();
  }

  function drawFactor({ user }) {
    return h('div', { class: 'row apart' }, onOff(user.totp),
      user.totp ? button('Disable', () => off(factor), { class: 'danger' }) : button('Enable', () => on(factor), { class: 'primary' }));
  }
}

/** Asks for the password, and for a code where a second factor is on. `send` resolves with what the dialog gives. */
function proofDialog(title, submit, send, kind) {
  const code = codeField();
  return dialog(title, (close) => form({
    class: 'wide', submit, cancel: () => close(), danger: kind === 'danger',
    fields: [field({ name: 'password', label: 'Your password', kind: 'password', required: true, autocomplete: 'current-password' }), code],
    send: async ({ password, code: shown }) => {
      const done = await askingForCode(code, () => send({ password, ...(shown ? { code: shown } : {}) }));
      if (done) close(done);
    },
  }));
}

async function on(factor) {
  const made = await proofDialog('Enable the second factor', 'Next', (proof) => post('/totp', proof));
  if (!made) return;
  const codes = await dialog('Scan or enter the secret', (close) => h('div', { class: 'stack' },
    h('p', {}, 'Add it to your authenticator app, then enter the code that the app shows.'),
    made.qr_code && qrCode(made.qr_code, 'The secret as a QR code'),
    secretLine(made.secret, 'Secret', 'The secret'),
    h('p', {}, h('a', { href: made.uri }, 'Open in an app on this device')),
    form({
      class: 'wide', submit: 'Enable', cancel: () => close(),
      fields: [field({ name: 'code', label: 'Code', required: true, inputmode: 'numeric', autocomplete: 'one-time-code', short: true })],
      send: async ({ code }) => close((await put('/totp', { code })).recovery),
    })));
  if (!codes) return;
  await reveal('Your recovery codes', h('div', { class: 'stack' },
    notice('warn', h('p', {}, 'Each code lets you log in once if you lose the app. The codes are shown only now: keep them on paper or in a password manager.')),
    h('ul', { class: 'codes' }, codes.map((code) => h('li', {}, code))), copyButton(codes.join('\n'), { what: 'The codes', class: '' })));
  await factor.reload();
}

/** A QR code from the path of its dark modules. */
function qrCode({ size, path }, label) {
  return svg('svg', { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' }, svg('path', { d: path, fill: '#000' }));
}

async function off(factor) {
  const done = await proofDialog('Disable the second factor', 'Disable', async (proof) => {
    await remove('/totp', proof);
    return true;
  }, 'danger');
  if (done) await factor.reload();
}
