// A copy of a webhook, edited and processed. The original stays as it arrived.

import { post, seg } from '../../lib/api.js';
import { dialog } from '../../lib/dialog.js';
import { h } from '../../lib/dom.js';
import { field, form } from '../../lib/form.js';
import { go, to } from '../../lib/router.js';
import { say } from '../../lib/toast.js';

export function editCopy(webhook, body) {
  return dialog('Edit a copy and process it', (close) => h('div', { class: 'stack' },
    h('p', { class: 'muted' }, `A new webhook of ${webhook.source} is made from what stands here. The one that arrived stays as it is.`),
    form({
      class: 'wide', submit: 'Process the copy', cancel: () => close(),
      fields: [
        field({ name: 'content_type', label: 'Content type', value: webhook.content_type, mono: true, required: true }),
        field({ name: 'body', label: 'Body', kind: 'area', mono: true, rows: 16, value: body.text ?? '' }),
      ],
      send: async (values) => {
        const made = await post(`/webhooks/${seg(webhook.id)}/copy`, values);
        close();
        say('The copy was made and is processed.');
        go(to(['webhooks', made.id]));
      },
    })), null, { wide: true });
}
