// The one time that a client's secret is shown, and what to do with it.

import { certificate, curlNote, curlStart } from '../../lib/curl.js';
import { reveal } from '../../lib/dialog.js';
import { h } from '../../lib/dom.js';
import { quoted } from '../../lib/format.js';
import { codeBlock, notice, secretLine } from '../../lib/parts.js';

/** `user` is the technical user in whose name it acts. */
export async function showSecret(client, user) {
  const trusted = await certificate();
  const curl = curlStart(trusted);
  const token = (quiet) => `${curl}${quiet} ${quoted(`${location.origin}/connect/token`)} \\\n  -d grant_type=client_credentials \\\n  -d client_id=${client.client_id} \\\n  -d client_secret=${client.secret}`;
  const object = user?.grants.find((one) => one.read)?.object ?? 'Contact';
  const records = `${curl} -H "Authorization: Bearer $(${token(' -s')} \\\n  | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')" \\\n  ${quoted(`${location.origin}/0/odata/${object}?$top=10`)}`;
  return reveal(`The secret of ${client.name}`, h('div', { class: 'stack' },
    notice('warn', h('p', {}, 'It is shown only now. Configure it in the program before you close this window.')),
    secretLine(client.client_id, 'Client ID', 'The client ID'), secretLine(client.secret, 'Client secret', 'The client secret'),
    h('h3', {}, 'To get a token'), codeBlock(token(''), { label: 'Command to get a token', what: 'The command' }),
    client.scopes.includes('odata') ? [
      h('h3', {}, 'To read records with the token'),
      client.missing.length ? notice('warn', h('p', {}, `This is currently rejected with 403: ${client.missing.map((one) => one.text).join(', and ')}. Fix it on the page of the client.`)) : null,
      codeBlock(records, { label: 'Command to read records', what: 'The command' }),
    ] : null,
    curlNote(trusted)));
}
