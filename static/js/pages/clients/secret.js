// The one time that a client's secret is shown.

import { reveal } from '../../lib/dialog.js';
import { h } from '../../lib/dom.js';
import { quoted } from '../../lib/format.js';
import { codeBlock, notice, secretLine } from '../../lib/parts.js';

export function showSecret(client) {
  const command = `curl ${quoted(`${location.origin}/connect/token`)} \\\n  -d grant_type=client_credentials \\\n  -d client_id=${client.client_id} \\\n  -d client_secret=${client.secret}`;
  return reveal(`The secret of ${client.name}`, h('div', { class: 'stack' },
    notice('warn', h('p', {}, 'It is shown only now. Put it where the program keeps its secrets before you close this.')),
    secretLine(client.client_id, 'Client id', 'The client id'), secretLine(client.secret, 'Client secret', 'The client secret'),
    h('h3', {}, 'To fetch a token'), codeBlock(command, { label: 'Command to fetch a token', what: 'The command' })));
}
