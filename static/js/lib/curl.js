// Ready cURL commands: what curl needs to reach this server.

import { get } from './api.js';
import { h } from './dom.js';
import { quoted } from './format.js';

/** The certificate that answers here; `{}` if that cannot be found out. */
export const certificate = (signal) => get('/certificate', null, signal).catch(() => ({}));

/** The start of a command that reaches this server also where its own certificate is not known. */
export const curlStart = ({ key_pin: pin }) => (pin ? `curl -k --pinnedpubkey ${quoted(pin)}` : 'curl');

/** What the reader of such a command must know about the certificate; nothing where each program trusts it. */
export function curlNote({ self_signed: own, key_pin: pin }) {
  if (pin) {
    return h('p', { class: 'muted' }, 'This server uses a self-signed certificate that programs do not trust. ', h('code', {}, '-k'), ' accepts it, and ',
      h('code', {}, '--pinnedpubkey'), ' accepts only this certificate. Senders that verify certificates, such as GitHub and Stripe, reject it: they require a certificate of a CA that they trust.');
  }
  if (own) {
    return h('p', { class: 'muted' }, 'This server uses a self-signed certificate. If there is no proxy with its own certificate in front of it, curl also needs ', h('code', {}, '-k'), '.');
  }
  return null;
}
