// Who is logged in, and what their role may do.

import { get, remove } from './api.js';

const ROLES = ['Viewer', 'Operator', 'Administrator'];

export const session = { user: null, version: '', leaving: false };

/** Asks the server who is logged in; throws 401 when nobody is. */
export async function resume() {
  return begin(await get('/session'));
}

/** Takes the answer to a login. */
export function begin(answer) {
  session.user = answer.user;
  session.endsOn = answer.ends_on;
  return session;
}

/** Forgets who is logged in, without asking the server. */
export function forget() {
  session.user = null;
}

export async function logOut() {
  // The answer clears what the browser keeps; what somebody likes may stay.
  const liked = Object.entries({ ...localStorage });
  session.leaving = true;
  try {
    await remove('/session');
  } catch (error) {
    // It has ended already.
    if (!error.loginNeeded) throw error;
  } finally {
    session.leaving = false;
  }
  for (const [name, value] of liked) localStorage.setItem(name, value);
  forget();
}

/** Whether the role may do what `role` may. The server decides; this only hides what it would refuse. */
export function may(role) {
  return ROLES.indexOf(session.user?.role) >= ROLES.indexOf(role);
}

export const isOperator = () => may('Operator');
export const isAdministrator = () => may('Administrator');
export { ROLES };
