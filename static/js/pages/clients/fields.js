// The settings of an OAuth client as fields, and as the API takes them.

import { edit, field } from '../../lib/form.js';

const SCOPES = [
  ['odata', 'odata', 'Records by OData'], ['webhook:send', 'webhook:send', 'Sends webhooks to sources that want a token'],
  ['token:introspect', 'token:introspect', 'Asks whether tokens count'], ['api', 'api', 'This API, as the role Operator'], ['api:admin', 'api:admin', 'This API, as the role Administrator'],
  ['metrics:read', 'metrics:read', 'Numbers for a monitoring system, at /metrics'],
];

export function clientFields(users, client) {
  const scopes = client?.scopes ?? ['odata'];
  return [
    field({ name: 'user', label: 'Technical user in whose name it acts', kind: 'select', value: client?.user ?? 'WebhookService', options: users.map((one) => [one.code, `${one.name} (${one.code})`]) }),
    field({ name: 'application_url', label: 'Application URL', value: client?.application_url, hint: 'Where the program is found.' }),
    field({ name: 'description', label: 'Description', kind: 'area', rows: 2, value: client?.description }),
    ...SCOPES.map(([scope, label, hint]) => field({ name: `scope ${scope}`, kind: 'check', label: `Scope ${label}`, hint, value: scopes.includes(scope) })),
    field({ name: 'allowed_addresses', label: 'Addresses and networks from which tokens may be fetched', kind: 'lines', rows: 2, value: client?.allowed_addresses, hint: 'One on each line, such as 10.0.0.0/8. Empty for all.' }),
    field({ name: 'algorithm', label: 'How its tokens are signed', kind: 'select', options: [['RS256', 'RS256'], ['ES256', 'ES256']], value: client?.algorithm ?? 'RS256' }),
    field({ name: 'token_lifetime', label: 'Seconds that its tokens live', kind: 'number', min: 60, value: client?.token_lifetime ?? 3600, short: true }),
    field({ name: 'endpoint_audience', label: 'Takes assertions whose audience is the token endpoint too', kind: 'check', value: client?.endpoint_audience, hint: 'For programs with older libraries that sign with a key of their own.' }),
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
