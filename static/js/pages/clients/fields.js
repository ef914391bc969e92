// The settings of an OAuth client as fields, and as the API takes them.

import { edit, field } from '../../lib/form.js';

const SCOPES = [
  ['odata', 'odata', 'Read and write records by OData'], ['webhook:send', 'webhook:send', 'Send webhooks to sources that require a token'],
  ['token:introspect', 'token:introspect', 'Introspect tokens'], ['api', 'api', 'Use this API with the role Operator'], ['api:admin', 'api:admin', 'Use this API with the role Administrator'],
  ['metrics:read', 'metrics:read', 'Read metrics at /metrics'],
];

export function clientFields(users, client) {
  const scopes = client?.scopes ?? ['odata'];
  return [
    field({ name: 'user', label: 'Acts as technical user', kind: 'select', value: client?.user ?? 'WebhookService', options: users.map((one) => [one.code, `${one.name} (${one.code})`]) }),
    field({ name: 'application_url', label: 'Application URL', value: client?.application_url, hint: 'The URL of the program.' }),
    field({ name: 'description', label: 'Description', kind: 'area', rows: 2, value: client?.description }),
    ...SCOPES.map(([scope, label, hint]) => field({ name: `scope ${scope}`, kind: 'check', label: `Scope ${label}`, hint, value: scopes.includes(scope) })),
    field({ name: 'allowed_addresses', label: 'Addresses and networks that may request tokens', kind: 'lines', rows: 2, value: client?.allowed_addresses, hint: 'One per line, such as 10.0.0.0/8. Leave empty to allow all.' }),
    field({ name: 'algorithm', label: 'Signing algorithm of its tokens', kind: 'select', options: [['RS256', 'RS256'], ['ES256', 'ES256']], value: client?.algorithm ?? 'RS256' }),
    field({ name: 'token_lifetime', label: 'Token lifetime (seconds)', kind: 'number', min: 60, value: client?.token_lifetime ?? 3600, short: true }),
    field({ name: 'endpoint_audience', label: 'Also accept the token endpoint as the audience of assertions', kind: 'check', value: client?.endpoint_audience, hint: 'For programs with older libraries that authenticate with a private key.' }),
  ];
}

export function clientEdit(values) {
  const scopes = SCOPES.map(([scope]) => scope).filter((scope) => values[`scope ${scope}`]);
  return {
    user: values.user,
    application_url: edit(values.application_url),
    description: edit(values.description.trim()),
    scopes: scopes,
    allowed_addresses: values.allowed_addresses,
    algorithm: values.algorithm,
    token_lifetime: edit(values.token_lifetime),
    endpoint_audience: values.endpoint_audience,
  };
}
