// A webhook as a cURL command, which sends again exactly what arrived.

import { get, seg } from '../../lib/api.js';
import { quoted } from '../../lib/format.js';

// A system takes an argument of 128 KiB at most.
const ARGUMENT = 100_000;

/** `{command, file}`; `file` is what the body must be downloaded as, when it is too long for a command. */
export async function curl(webhook, body) {
  // Only administrators see the key, and not for long after they proved who they are; otherwise
  // the command has a place for it.
  const source = await get(`/sources/${seg(webhook.source)}`).catch(() => ({}));
  const url = source.webhook_url || `${location.origin}/webhooks/KEY`;
  const query = webhook.query ? `?${webhook.query}` : '';
  // -g: brackets in the query are no pattern.
  const start = `curl -g -X POST ${quoted(url + query)} -H ${quoted(`Content-Type: ${webhook.content_type}`)}`;
  if (body.cut || body.bytes.length > ARGUMENT) {
    const file = `webhook-${webhook.id}.bin`;
    return { command: `${start} --data-binary @${file}`, file };
  }
  if (body.text === null || body.text.includes('\0')) return { command: `echo ${body.base64} | base64 -d | ${start} --data-binary @-` };
  // Not --data-binary: a body that begins with @ would name a file of whoever runs it.
  return { command: `${start} --data-raw ${quoted(body.text)}` };
}
