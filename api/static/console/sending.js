// Sends what waits, one after the other; the same visit sent twice is written once, so an answer that got lost is no harm.
import * as waiting from './waiting.js';

const PATIENCE_MS = 60000;

export class Offline extends Error {}
export class LoggedOut extends Error {}
export class Refused extends Error {}

export async function ask(address, body, csrf) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_MS);
  let answer;
  try {
    answer = await fetch(address, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRF-Token': csrf || '' },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      signal: giveUp.signal,
    });
  } catch (unreachable) {
    throw new Offline();
  } finally {
    clearTimeout(timer);
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return told;
  if (answer.status === 401) throw new LoggedOut();
  if (!told || answer.status >= 500 || answer.status === 429) throw new Offline();
  throw new Refused(`${told.detail}${told.next_step || ''}`);
}

// person: who is logged in; what another one left on this phone waits for them.
export async function sendAll(addresses, person, onResult) {
  const visits = (await waiting.all()).filter((visit) => visit.person === person);
  if (!visits.length) return 0;
  const { csrf } = await ask(addresses.token);
  for (const visit of visits) {
    try {
      const told = await ask(addresses.form, visit.sent, csrf);
      await waiting.drop(visit.id);
      onResult(visit, told);
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      // kept with the reason, for whoever opens the page again; what changes meanwhile may let it in the next time
      await waiting.refuse(visit.id, problem.message);
    }
  }
  return visits.length;
}
