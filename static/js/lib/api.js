// Everything that the page asks the server: /api/v1, JSON in and out.

const BASE = '/api/v1';

/** What the server refused, in its own words. */
export class ApiError extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.title || `The server returned status ${status}.`);
    this.name = 'ApiError';
    this.title = problem.title || 'The request failed';
    this.code = problem.code || '';
    this.status = status;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.problem = problem;
    this.loginNeeded = this.code === 'login-needed' || this.code === 'setup-needed';
  }
}

let onLoginNeeded = () => {};

/** Tells what to do when the session has ended. */
export function whenLoginNeeded(callback) {
  onLoginNeeded = callback;
}

let onConfirmNeeded = async () => false;

/** Tells how to prove once more who is there; `callback` resolves with whether that was done. */
export function whenConfirmNeeded(callback) {
  onConfirmNeeded = callback;
}

/** The path with its query; absent and empty parts are left out. */
export function address(path, query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(pairs).toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

/** Milliseconds between two questions how far a task is. */
const POLL = 300;

/** A segment of a path. */
export const seg = encodeURIComponent;

/** `background`: the page asks by itself, nobody is behind it; it does not keep the session from its idle end. */
export const get = (path, query, signal, background = false) => ask('GET', address(path, query), undefined, signal, background);
/** A body that is a text is JSON already. */
export const post = (path, body, signal) => ask('POST', address(path), body ?? {}, signal);
export const put = (path, body, signal) => ask('PUT', address(path), body ?? {}, signal);
export const patch = (path, body, signal) => ask('PATCH', address(path), body ?? {}, signal);
export const remove = (path, body, signal) => ask('DELETE', address(path), body, signal);

/** An answer that is no JSON, as text. */
export const text = async (path, signal) => (await request('GET', address(path), undefined, signal)).text();

/** Long work in one answer: hands on each step of its progress; resolves with its result. */
export async function stream(path, body, onProgress, signal) {
  const response = await request('POST', address(path), body ?? {}, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let result = null;
  const take = (text) => {
    if (!text.trim()) return;
    const line = JSON.parse(text);
    if (line.problem) throw new ApiError(line.problem, 0);
    if (line.progress) onProgress(line.progress);
    if (line.result) result = line.result;
  };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    lines.forEach(take);
  }
  take(rest);
  if (!result) throw new ApiError({ title: 'The answer was cut off', detail: 'The server stopped in the middle. What was done stays done.', code: 'cut-off' }, 0);
  return result;
}

/** Waits for the end of a task; `onProgress` gets the task each time that it is asked for. */
export async function ended(task, onProgress, signal) {
  let now = task;
  while (now.state === 'running' || now.state === 'cancelling') {
    onProgress(now);
    await new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, POLL);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    });
    now = await get(`/tasks/${now.id}`, null, signal, true);
  }
  return now;
}

async function ask(method, url, body, signal, background) {
  const response = await request(method, url, body, signal, background);
  if (response.status === 204) return null;
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function request(method, url, body, signal, background = false) {
  const headers = { Accept: 'application/json' };
  if (background) headers['X-Hookgate-Background'] = '1';
  if (method !== 'GET') {
    headers['X-Hookgate'] = '1';
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal,
      credentials: 'same-origin',
      redirect: 'error',
      cache: 'no-store',
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    const detail = 'Hookgate does not respond. Check that the server is running and that this computer can reach it, then try again.';
    throw new ApiError({ title: 'No response', detail, code: 'no-answer' }, 0);
  }
  if (response.ok) return response;
  const wait = Number(response.headers.get('Retry-After')) || 0;
  const error = new ApiError(await problem(response), response.status);
  if (response.status === 429 && wait) error.message += ` Try again in ${wait} seconds.`;
  if (error.loginNeeded) onLoginNeeded(error);
  if (error.code === 'confirm-needed') {
    if (await onConfirmNeeded()) return request(method, url, body, signal);
    error.message = 'The action was cancelled because your password was not confirmed.';
  }
  throw error;
}

async function problem(response) {
  try {
    const value = await response.json();
    return value && typeof value === 'object' ? value : {};
  } catch {
    return { title: `Status ${response.status}`, detail: `The server returned status ${response.status} without a reason.` };
  }
}
