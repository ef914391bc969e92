// Addresses behind the hash: `#/webhooks/ID?tab=headers`.

/** The hash taken apart. */
export function parse(hash = location.hash) {
  const text = hash.replace(/^#/, '') || '/';
  const mark = text.indexOf('?');
  const path = (mark < 0 ? text : text.slice(0, mark)).replace(/\/+$/, '') || '/';
  const query = Object.fromEntries(new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1)));
  return { path, query };
}

/** A hash from parts that may hold any characters. */
export function to(segments, query) {
  const parts = (Array.isArray(segments) ? segments : [segments]).map((part) => encodeURIComponent(part));
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(pairs).toString();
  return `#/${parts.join('/')}${text ? `?${text}` : ''}`;
}

export function go(hash) {
  location.hash = hash;
}

/** Changes the address without a new entry in the history, and tells the page. */
export function replace(hash) {
  if (hash === location.hash) return;
  history.replaceState(null, '', hash);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Changes the address without telling the page: it shows that state already. */
export function note(hash) {
  history.replaceState(null, '', hash);
}

/** The route that fits a path, with what its `:names` stand for. */
export function match(routes, path) {
  const parts = path.split('/');
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (wanted.length !== parts.length) continue;
    const params = {};
    const fits = wanted.every((want, index) => {
      if (!want.startsWith(':')) return want === parts[index];
      try {
        params[want.slice(1)] = decodeURIComponent(parts[index]);
      } catch {
        return false;
      }
      return parts[index] !== '';
    });
    if (fits) return { route, params };
  }
  return null;
}
