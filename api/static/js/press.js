// Taps: a second one does nothing while the first is at work, and whoever goes elsewhere is not called back.

import { ask } from './api.js';
import { tell, untell } from './screens.js';

const SLOW_MS = 1000;
let turn = 0;
let working = -1;

// The person went elsewhere while something was under way: its end is of no interest any more.
export class Left extends Error {}

export function leave() {
  turn += 1;
}

// Returns what says whether the person is still where they are now.
export function place() {
  const mine = turn;
  return () => mine === turn;
}

// Waits for something, and goes on only if the person is still where it began.
export async function stay(promise) {
  const isHere = place();
  try {
    const answer = await promise;
    if (isHere()) return answer;
  } catch (error) {
    if (isHere()) throw error;
  }
  throw new Left();
}

export function askHere(method, path, body) {
  return stay(ask(method, path, body));
}

// Returns what a button does: `act`, one tap at a time; `slowly` is told when it takes long, `fault` gets what went wrong.
export function pressed(act, fault, slowly) {
  return async (event) => {
    if (working === turn) return;
    const mine = turn;
    const isHere = place();
    working = mine;
    const telling = setTimeout(() => { if (isHere()) tell(slowly); }, SLOW_MS);
    try {
      await act(event);
    } catch (error) {
      if (!(error instanceof Left)) fault(error);
    } finally {
      clearTimeout(telling);
      untell(slowly);
      if (working === mine) working = -1;
    }
  };
}
