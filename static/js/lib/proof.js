// Proofs of who somebody is: the code of the second factor, and the password once more where the
// server asks for it before it shows a secret or makes a way in.

import { post } from './api.js';
import { dialog } from './dialog.js';
import { h } from './dom.js';
import { field, form } from './form.js';

/** The field for the second factor; hidden until the server asks for it. */
export function codeField() {
  const code = field({ name: 'code', label: 'Code from your authenticator app', hint: 'Or use one of your recovery codes.', autocomplete: 'one-time-code' });
  code.hidden = true;
  return code;
}

/** Asks; when a code is needed first, shows its field and gives nothing. */
export async function askingForCode(code, ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.code !== 'code-needed' || !code.hidden) throw error;
    code.hidden = false;
    code.control.required = true;
    code.control.focus();
    return null;
  }
}

let asking = null;

/** Asks for the password once more; resolves with whether it was proved. One dialog for all who wait for it. */
export function prove() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

function ask() {
  const password = field({ name: 'password', label: 'Your password', kind: 'password', required: true, autocomplete: 'current-password' });
  const code = codeField();
  return dialog('Confirm your identity', (close) => h('div', { class: 'stack' },
    h('p', {}, 'This reveals a secret or grants access. Confirm your password; you will not be asked again for a few minutes.'),
    form({
      class: 'wide', submit: 'Confirm', cancel: () => close(false), fields: [password, code],
      send: async ({ password: typed, code: shown }) => {
        try {
          const done = () => post('/session/confirm', { password: typed, ...(shown ? { code: shown } : {}) }).then(() => true);
          if (await askingForCode(code, done)) close(true);
        } catch (error) {
          if (error.loginNeeded) close(false);
          throw error;
        }
      },
    })));
}
