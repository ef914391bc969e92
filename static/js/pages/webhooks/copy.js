// A copy of a webhook, edited and processed. The original stays as it arrived.

import { post, seg, text } from '../../lib/api.js';
import { dialog } from '../../lib/dialog.js';
import { h } from '../../lib/dom.js';
import { field, form } from '../../lib/form.js';
import { go, to } from '../../lib/router.js';
import { say } from '../../lib/toast.js';

export async function editCopy(webhook, body) {
  const whole = body.cut ? await text(`/webhooks/${seg(webhook.id)}/body`) : body.text ?? '';
  // A text field makes all ends of lines \n; multipart needs those that it had.
  const ends = /\r\n/.test(whole) && !/(^|[^\r])\n/.test(whole) ? '\r\n' : '\n';
  return dialog('Edit a copy and process it', (close) => h('div', { class: 'stack' },
    h('p', { class: 'muted' }, `The text below is processed as a new webhook of ${webhook.source}. The original webhook stays unchanged.`),
    form({
      class: 'wide', submit: 'Process the copy', cancel: () => close(),
      fields: [
        field({ name: 'content_type', label: 'Content type', value: webhook.content_type, mono: true, required: true }),
        field({ name: 'body', label: 'Body', kind: 'area', mono: true, rows: 16, value: whole, read: (control) => control.value.replaceAll('\n', ends) }),
      ],
      send: async (values) => {
        const made = await post(`/webhooks/${seg(webhook.id)}/copy`, values);
        close();
        say('The copy was created and is being processed.');
        go(to(['webhooks', made.id]));
      },
    })), null, { wide: true });
}
