// A webhook as a cURL command, which sends again exactly what arrived.

import { get, post, seg } from '../../lib/api.js';
import { certificate, curlStart } from '../../lib/curl.js';
import { inQuotes, quoted, steersTerminal } from '../../lib/format.js';
import { isAdministrator } from '../../lib/session.js';

// A system takes an argument of 128 KiB at most.
const ARGUMENT = 100_000;
// A terminal without a line editor takes 4,095 bytes of a line and drops the rest, with the quote in it.
const LINE = 4000;

/**
 * `{command, file, key}`; `file` is what the body must be downloaded as, when it is too long for a command. Without `key`
 * the command has a place for it: only administrators see keys, after a proof of who they are.
 */
export async function curl(webhook, body) {
  const path = `/sources/${seg(webhook.source)}`;
  const [source, trusted] = await Promise.all([get(path).catch(() => null), certificate()]);
  const known = source && !source.webhook_url && isAdministrator() ? await post(`${path}/reveal`) : source;
  const url = known?.webhook_url || `${location.origin}/webhooks/KEY`;
  const query = webhook.query ? `?${webhook.query}` : '';
  // -g: brackets in the query are no pattern.
  const start = `${curlStart(trusted)} -g -X POST ${quoted(url + query)} -H ${quoted(`Content-Type: ${webhook.content_type}`)}`;
  const made = { key: Boolean(known?.webhook_url) };
  if (body.cut || body.bytes.length > ARGUMENT) {
    const file = `webhook-${webhook.id}.bin`;
    return { ...made, command: `${start} --data-binary @${file}`, file };
  }
  // Not --data-binary: a body that begins with @ would name a file of whoever runs it.
  const plain = body.text === null ? null : `${start} --data-raw ${inQuotes(body.text)}`;
  if (plain !== null && pastes(body.text, plain)) return { ...made, command: plain };
  return { ...made, command: `echo ${body.base64} | base64 -d | ${start} --data-binary @-` };
}

/** Whether a body can be pasted into any terminal as it is. */
function pastes(text, command) {
  const several = text.split('\n');
  if (several.some(steersTerminal)) return false;
  // Some shells look for commands of before behind an exclamation mark, also within a quote that began a line earlier.
  return several.length === 1 || (!text.includes('!') && command.split('\n').every((line) => new TextEncoder().encode(line).length <= LINE));
}
