// Start: who is logged in, then the page that the hash names.

import { ApiError, whenConfirmNeeded, whenLoginNeeded } from './lib/api.js';
import { h, fill } from './lib/dom.js';
import { draw as drawFrame, mark } from './lib/frame.js';
import { start as startKeys } from './lib/keys.js';
import { close as closeLive } from './lib/live.js';
import { linkButton, problem } from './lib/parts.js';
import { prove } from './lib/proof.js';
import { go, match, parse } from './lib/router.js';
import { forget, may, resume, session } from './lib/session.js';

const ROUTES = [
  ['/', 'overview'],
  ['/webhooks', 'webhooks'], ['/webhooks/:id', 'webhook'],
  ['/records', 'record_objects'], ['/records/:object', 'records'], ['/records/:object/:id', 'record'],
  ['/sources', 'sources'], ['/sources/:name', 'source'], ['/new-source', 'source_new', 'Administrator'],
  ['/entities', 'entities'],
  ['/objects', 'objects'], ['/objects/:code', 'object'],
  ['/technical-users', 'technical_users'], ['/technical-users/:code', 'technical_user'],
  ['/clients', 'clients'], ['/clients/:id', 'client'],
  ['/processes', 'processes'],
  ['/statuses', 'statuses'],
  ['/settings', 'settings'],
  ['/schedule', 'schedule'],
  ['/users', 'users', 'Administrator'],
  ['/account', 'account'],
  ['/audit', 'audit', 'Administrator'],
  ['/about', 'about'],
].map(([path, page, role]) => ({ path, page, role }));

// Pages without the frame, for those who are not logged in.
const OUTSIDE = [{ path: '/login', page: 'login' }, { path: '/setup/:token', page: 'setup' }, { path: '/setup', page: 'setup' }];

let shown = null;
let turn = 0;

async function navigate() {
  turn += 1;
  const mine = turn;
  const { path, query } = parse();
  const outside = match(OUTSIDE, path);
  if (outside) return show(outside, query, mine);
  if (!session.user) {
    const answer = await resume().catch((error) => error);
    if (mine !== turn) return undefined;
    if (answer instanceof Error) return answer.loginNeeded ? undefined : unreachable(answer);
  }
  const found = match(ROUTES, path);
  if (shown?.update && found && shown.route === found.route && same(shown.params, found.params)) {
    shown.update(query);
    return undefined;
  }
  return show(found ?? { route: { page: 'missing' }, params: {} }, query, mine);
}

async function show({ route, params }, query, mine) {
  shown?.abort.abort();
  // A dialog belongs to the page that opened it, and a secret in it to who was logged in.
  for (const open of document.querySelectorAll('dialog[open]')) open.close();
  const first = !shown;
  const abort = new AbortController();
  const root = h('div', { class: 'page' });
  shown = { route, params, abort };
  const inside = !OUTSIDE.includes(route);
  const view = {
    root, params, query, signal: abort.signal,
    head: (parts) => root.append(heading(parts)),
    add: (...nodes) => root.append(...nodes.flat()),
    onClose: (callback) => abort.signal.addEventListener('abort', callback),
  };
  let main;
  if (inside) {
    main = drawFrame(root);
    mark(parse().path);
  } else {
    main = fill(document.getElementById('app'), h('main', { class: 'alone', tabIndex: -1 }, root)).firstElementChild;
  }
  try {
    if (route.role && !may(route.role)) throw new ApiError({ title: 'Not for your role', detail: `This page requires the role ${route.role}, but your role is ${session.user.role}. Ask an administrator.` }, 403);
    const page = await import(`./pages/${route.page}.js`);
    if (mine !== turn) return;
    const handle = page.show(view) ?? {};
    shown.update = handle.update;
  } catch (error) {
    if (mine !== turn) return;
    if (!root.querySelector('h1')) view.head({ title: 'This page cannot be shown' });
    root.append(problem(error, () => location.reload()));
  }
  const title = root.querySelector('h1');
  window.scrollTo(0, 0);
  if (inside && !first) (title ?? main).focus({ preventScroll: true });
}

/** The head of a page: title, what it is about, the way back, what can be done. */
function heading({ title, sub, back, actions, name }) {
  document.title = `${name ?? title} · Hookgate`;
  return h('div', { class: 'head' },
    h('div', {},
      back ? h('a', { class: 'back', href: back[0] }, `‹ ${back[1]}`) : null,
      h('h1', { tabIndex: -1 }, title),
      sub ? h('p', { class: 'sub' }, sub) : null),
    actions ? h('div', { class: 'actions' }, actions) : null);
}

function unreachable(error) {
  shown = null;
  document.title = 'Hookgate';
  fill(document.getElementById('app'), h('main', { class: 'alone' }, h('h1', {}, 'Hookgate'), problem(error, () => navigate()), linkButton('Log in', '#/login')));
}

const same = (one, other) => Object.keys(one).every((key) => one[key] === other[key]);

whenLoginNeeded(() => {
  forget();
  closeLive();
  const { path } = parse();
  // Whoever logs out is not led back to where they were.
  if (session.leaving || match(OUTSIDE, path)) return;
  if (path !== '/') sessionStorage.setItem('after-login', location.hash);
  go('#/login');
});
whenConfirmNeeded(prove);
window.addEventListener('hashchange', navigate);
startKeys();
navigate();
