// The settings of a source as fields, and as the API takes them.

import { edit, field } from '../../lib/form.js';

export function limitFields(source) {
  return [
    field({ name: 'allowed_origins', label: 'Allowed web origins (CORS)', kind: 'lines', value: source?.allowed_origins, rows: 3, hint: 'One per line, such as https://www.example.com. Only needed if a script on a web page sends the webhooks.' }),
    field({ name: 'rate_per_minute', label: 'Maximum webhooks per minute', kind: 'number', min: 1, value: source?.rate_per_minute, hint: 'Leave empty for no limit.', short: true }),
    field({ name: 'max_body', label: 'Maximum body size (bytes)', kind: 'number', min: 1, value: source?.max_body, hint: "Leave empty to use the limit of the server.", short: true }),
    field({ name: 'requires_token', label: 'Require an access token', kind: 'check', value: source?.requires_token, hint: 'The sending service is an OAuth client whose tokens have the scope webhook:send.' }),
  ];
}

export function limitEdit(values) {
  return {
    allowed_origins: values.allowed_origins,
    rate_per_minute: edit(values.rate_per_minute),
    max_body: edit(values.max_body),
    requires_token: values.requires_token,
  };
}
