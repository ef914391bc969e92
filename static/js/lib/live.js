// What the server tells by itself: one event stream for all who listen.

import { get } from './api.js';

const listeners = new Set();
let source = null;
let up = false;

/**
 * Hears of new and changed webhooks, whether the stream is open (`{live}`), and that some may have been missed
 * (`{missed}`). Returns how to stop.
 */
export function listen(callback) {
  listeners.add(callback);
  if (!source) open();
  callback({ live: up });
  return () => {
    listeners.delete(callback);
    if (!listeners.size) close();
  };
}

export function close() {
  source?.close();
  source = null;
  up = false;
}

// `again`: it was open before, and this one does not tell what came in between.
function open(again = false) {
  let missed = again;
  source = new EventSource('/api/v1/events');
  source.addEventListener('open', () => {
    tell({ live: true });
    if (missed) tell({ missed: true });
    missed = false;
  });
  source.addEventListener('webhooks', (event) => tell(JSON.parse(event.data)));
  // There was more than the server tells at once.
  source.addEventListener('reset', () => tell({ missed: true }));
  source.addEventListener('error', () => {
    tell({ live: false });
    if (source?.readyState !== EventSource.CLOSED) return;
    // The browser gives up when the answer is not a stream: the session may have ended. Asking says so.
    source = null;
    setTimeout(() => {
      if (listeners.size && !source && !document.hidden) get('/session', null, undefined, true).then(() => open(true), () => {});
    }, 5000);
  });
}

// A browser opens few connections to one server, so pages that nobody looks at give theirs back.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (listeners.size && !source) {
    open(true);
  }
});

function tell(message) {
  if (message.live !== undefined) up = message.live;
  for (const callback of listeners) callback(message);
}
