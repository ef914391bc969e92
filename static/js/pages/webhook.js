// One webhook: what arrived, what became of it, and what can be done with it.

import { address, get, post, remove, seg } from '../lib/api.js';
import { confirm } from '../lib/dialog.js';
import { h } from '../lib/dom.js';
import { bytes, counted, duration, moment, outcome, status } from '../lib/format.js';
import { listen } from '../lib/live.js';
import { button, copy, copyButton, empty, facts, menu, menuItem, refill, region, tabs } from '../lib/parts.js';
import { go, note, to } from '../lib/router.js';
import { isAdministrator, isOperator } from '../lib/session.js';
import { table } from '../lib/table.js';
import { say } from '../lib/toast.js';
import { bodyOf, bodyTab, issueList } from './webhooks/body.js';
import { editCopy } from './webhooks/copy.js';
import { curl } from './webhooks/curl.js';

export function show(view) {
  const { id } = view.params;
  let tab = view.query.tab ?? 'body';
  const shown = {};
  const actions = h('div', { class: 'actions' });
  view.head({ title: 'Webhook', name: `Webhook ${id.slice(0, 8)}`, back: ['#/webhooks', 'Webhooks'], sub: h('span', { class: 'row' }, h('code', {}, id), copyButton(id, { what: 'The ID', class: 'quiet small' })), actions });
  const place = region((calm) => get(`/webhooks/${seg(id)}`, null, view.signal, calm), draw, { lines: 12 });
  view.add(place);
  let behind = true;
  let due = false;
  const look = () => {
    due = Boolean(document.querySelector('dialog[open]'));
    if (!due) place.reload(true);
  };
  view.onClose(listen((message) => {
    // What came between the answer and the stream is in neither.
    if (message.missed || (message.live && behind) || message.webhooks?.some((row) => row.id === id)) look();
    if (message.live) behind = false;
  }));
  // What changed while a dialog was open is shown once it is gone. `close` does not bubble.
  document.addEventListener('close', () => due && look(), { capture: true, signal: view.signal });

  function draw(webhook) {
    const body = bodyOf(webhook);
    refill(actions, buttons(webhook, body));
    const { errors, notes } = webhook;
    return h('div', { class: 'stack' },
      h('div', { class: 'card pad' }, facts([
        ['Status', status(webhook.status)],
        ['Outcome', outcome(webhook.outcome)],
        ['Arrived', moment(webhook.created_on)],
        ['Source', h('a', { href: to(['sources', webhook.source]) }, webhook.source)],
        ['Entity', webhook.object ?? 'none'],
        ['Sent from', webhook.remote ?? 'unknown'],
        webhook.source_url ? ['Source URL', webhook.source_url] : null,
        ['Key used', h('code', {}, `${webhook.api_key_hint}…`)],
        ['Content type', webhook.content_type || 'none'],
        ['Size', `${body.cut ? 'more than ' : ''}${bytes(body.bytes.length)}`],
        ['Last change', moment(webhook.modified_on)],
        ['Run', `${webhook.run}, ${counted(webhook.attempts, 'attempt')}`],
      ])),
      h('div', { class: 'card pad' }, tabs('Parts of the webhook', [
        { id: 'body', label: 'Body', render: () => bodyTab(webhook, body, shown) },
        { id: 'errors', label: `Parsing errors (${errors.length})`, render: () => issues(errors, notes) },
        { id: 'records', label: `Records (${webhook.records.length})`, render: () => records(webhook) },
        { id: 'headers', label: `Headers (${webhook.headers.length})`, render: () => pairs('Headers', webhook.headers) },
        { id: 'query', label: 'Query', render: () => pairs('Query parameters', [...new URLSearchParams(webhook.query)]) },
        { id: 'attempts', label: `Attempts (${webhook.history.length})`, render: () => attempts(webhook) },
        webhook.files.length ? { id: 'files', label: `Files (${webhook.files.length})`, render: () => files(webhook.files) } : null,
      ].filter(Boolean), tab, (chosen) => {
        tab = chosen;
        note(to(['webhooks', id], { tab: chosen === 'body' ? '' : chosen }));
      })));
  }

  function buttons(webhook, body) {
    const made = webhook.records.length > 0;
    const replay = async (again) => {
      await post(`/webhooks/${seg(id)}/replay`, { again });
      say('The webhook is being reprocessed.');
      await place.reload();
    };
    return [
      isOperator() ? button('Reprocess', () => (made
        ? confirm({
          title: 'Reprocess this webhook?', danger: false, action: 'Create another record',
          text: `It already created ${counted(webhook.records.length, 'record')}. Reprocessing creates another one.`, act: () => replay(true),
        })
        : replay(false)), { class: webhook.status === 'Failed' ? 'primary' : '' }) : null,
      isOperator() && body.text !== null ? button('Edit a copy', () => editCopy(webhook, body)) : null,
      menu('More',
        menuItem('Copy as cURL', async () => {
          const made = await curl(webhook, body);
          await copy(made.command);
          say(['The cURL command is on the clipboard.',
            made.file ? `It sends the file ${made.file}: download the body to the folder where you run the command.` : '',
            made.key ? '' : 'Replace KEY with the key of the source before you run the command.'].filter(Boolean).join(' '));
        }),
        h('a', { href: address(`/webhooks/${seg(id)}/body`), download: '' }, 'Download the body'),
        isAdministrator() ? menuItem('Delete…', async () => {
          const waiting = webhook.status === 'New' || webhook.status === 'Processing';
          const sure = await confirm({
            title: 'Delete this webhook?', action: waiting ? 'Delete without processing' : 'Delete',
            act: () => remove(`/webhooks/${seg(id)}${waiting ? '?include_new=true' : ''}`),
            text: [
              `Webhook ${id} of ${webhook.source} and its parsing errors will be deleted. Its records stay. This cannot be undone.`,
              waiting ? `It is not processed yet (status ${webhook.status}) and will never create its record.` : '',
            ].filter(Boolean),
          });
          if (sure) {
            say('The webhook was deleted.');
            go('#/webhooks');
          }
        }, 'danger') : null),
    ];
  }

  return {
    update(query) {
      if ((query.tab ?? 'body') === tab) return;
      tab = query.tab ?? 'body';
      place.reload();
    },
  };
}

function issues(errors, notes) {
  if (!errors.length && !notes.length) return empty('No parsing errors', 'All values are valid.');
  return h('div', { class: 'stack' },
    errors.length ? issueList('Parsing errors', errors, 'bad') : null, notes.length ? issueList('Notes', notes, '') : null);
}

function records(webhook) {
  if (!webhook.records.length) {
    return empty('No record was created', webhook.status === 'Failed' ? 'Fix the cause shown in the parsing errors, then reprocess the webhook.' : 'A webhook without EntityName is stored, but no record is created.');
  }
  return table({
    caption: 'Records created from this webhook', rows: webhook.records, href: (row) => (row.display === null ? undefined : to(['records', row.object, row.id])),
    columns: [
      { label: 'Record', cell: (row) => (row.display === null ? h('span', { class: 'muted' }, 'deleted') : row.display || row.id) },
      { label: 'Object', cell: (row) => row.object },
      { label: 'ID', cell: (row) => h('code', {}, row.id) },
    ],
  });
}

function pairs(caption, list) {
  if (!list.length) return empty(`No ${caption.toLowerCase()}`, 'None were received.');
  return h('div', { class: 'stack' }, facts(list.map(([name, value]) => [h('code', {}, name), h('code', {}, value)]), 'lines'));
}

function attempts({ history, status: state, created_on: arrived }) {
  const next = state === 'New' || state === 'Processing' ? h('p', { class: 'muted' }, 'Another attempt is waiting or running.') : null;
  return h('div', { class: 'stack' }, next, history.length ? table({
    caption: 'Attempts, newest first', rows: history.toReversed(),
    columns: [
      { label: 'Ended', cell: (row) => moment(row.ended_on) },
      { label: 'Time after arrival', cell: (row) => duration(new Date(row.ended_on) - new Date(arrived)) },
      { label: 'Run', cell: (row) => row.run },
      { label: 'Outcome', cell: (row) => (row.outcome === null ? h('span', { class: 'badge warn' }, 'interrupted: the server stopped') : outcome(row.outcome)) },
    ],
  }) : null);
}

function files(list) {
  return table({
    caption: 'Files that were sent with it; they are not stored', rows: list,
    columns: [{ label: 'Field', cell: (row) => row.field }, { label: 'Name', cell: (row) => row.name }, { label: 'Size', cell: (row) => bytes(row.size) }],
  });
}
