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
    return h('p', { class: 'muted' }, 'This server uses the certificate that it made for itself, which no program knows. ', h('code', {}, '-k'), ' accepts it, and ',
      h('code', {}, '--pinnedpubkey'), ' accepts no other. Senders that check certificates, such as GitHub and Stripe, refuse it: they need one of a CA that they know.');
  }
  if (own) {
    return h('p', { class: 'muted' }, 'This server uses the certificate that it made for itself. If no proxy with a certificate of its own is in front of it, curl needs ', h('code', {}, '-k'), ' as well.');
  }
  return null;
}
