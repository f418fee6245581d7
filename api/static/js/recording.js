// The second way: a film made by the phone's own camera, sent whole.

import { Offline, Problem, pause, upload } from './api.js';
import { place, stay } from './press.js';
import { show, tell, untell } from './screens.js';
import { hush, say } from './speech.js';

const SENDINGS = 5;
const PAUSE_MS = 2000;
const element = (id) => document.getElementById(id);

export function showActions(attempt) {
  const list = element('record-actions');
  list.textContent = '';
  attempt.actions.forEach((action) => {
    const line = document.createElement('li');
    line.textContent = action.text;
    list.append(line);
  });
  show('recording');
  say(...attempt.actions);
}

// Sends the film that was chosen and returns the outcome; null where nothing was chosen or it has to be made again.
export async function sendFilm(attempt, words) {
  const chosen = element('record-file');
  const film = chosen.files[0];
  if (!film) return null;
  hush();
  element('sent').value = 0;
  element('sent-text').textContent = '';
  show('sending');
  try {
    return await stay(sendAgain(attempt, film, words));
  } catch (error) {
    // A file that cannot serve costs nothing: the same actions may be recorded once more.
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    show('recording');
    tell(error.detail);
    return null;
  } finally {
    chosen.value = '';
  }
}

// A lost connection costs nobody the film: it is sent again, with longer and longer pauses.
async function sendAgain(attempt, film, words) {
  const isHere = place();
  const headers = { 'Content-Type': film.type || 'video/mp4', 'Attempt-Nonce': attempt.nonce };
  for (let sending = 1; ; sending += 1) {
    try {
      return await upload(`/attempts/${attempt.id}/video`, film, headers, (share) => {
        untell(words.bad_connection);
        const percent = Math.floor(share * 100);
        element('sent').value = percent;
        element('sent-text').textContent = share < 1 ? words.sent.replace('{percent}', percent) : words.looking;
      });
    } catch (error) {
      const isWorthwhile = error instanceof Offline || error.retryable;
      if (!isWorthwhile || sending === SENDINGS || !isHere()) throw error;
      tell(words.bad_connection);
    }
    await pause(PAUSE_MS * sending);
  }
}
