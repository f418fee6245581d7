// An attempt with the camera: about five pictures a second, one request at a time, each answer shown and spoken.

import { Offline, Problem, ask, pause, send } from './api.js';
import * as camera from './camera.js';
import { NoCamera } from './camera.js';
import { prompter } from './prompts.js';
import { tell, untell } from './screens.js';

const EVERY_MS = 200;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4000;
const MOST_OPENINGS = 5;
const WITHOUT_PICTURE_MS = 5000;
const SLOW_MS = 3000; // whoever waits so long for an answer wants to know why nothing moves
// These pictures were of no use; the next one may be.
const PASSED_OVER = ['frame_reordered', 'frame_replayed', 'frame_unreadable', 'frame_crashed'];

// Runs an attempt to its end and returns the last answer; null when the person went elsewhere meanwhile.
export async function run(attempt, facing, words, isHere) {
  const prompt = prompter(attempt.seconds_left, words);
  let progress = attempt;
  let number = 0;
  let openings = 0;
  let pictureAt = Date.now();
  let isSecondTry = false;
  prompt(progress);
  while (progress.phase !== 'ended') {
    const began = Date.now();
    if (!isHere()) return null;
    if (!document.hidden && !camera.isLive()) {
      // back from another application, or a telephone call that took the camera
      openings += 1;
      if (openings > MOST_OPENINGS) throw new NoCamera();
      await camera.open(facing);
    }
    const jpeg = document.hidden ? null : await camera.picture();
    if (!isHere()) return null;
    if (jpeg || document.hidden) {
      pictureAt = Date.now();
    } else if (Date.now() - pictureAt > WITHOUT_PICTURE_MS) {
      // allowed, yet no picture comes: some phones give one when the camera is opened again
      if (isSecondTry) throw new NoCamera();
      isSecondTry = true;
      pictureAt = Date.now();
      camera.close();
    }
    if (jpeg) {
      progress = await sendFrame(attempt, number, jpeg, progress, words, isHere);
      number += 1;
      if (progress === null) return null;
      prompt(progress);
    }
    await pause(Math.max(0, EVERY_MS - (Date.now() - began)));
  }
  return progress;
}

// Sends one picture until it is answered: the same number and the same bytes, with longer and longer pauses.
async function sendFrame(attempt, number, jpeg, before, words, isHere) {
  let wait = FIRST_PAUSE_MS;
  const headers = { 'Content-Type': 'image/jpeg', 'Attempt-Nonce': attempt.nonce, 'Frame-Number': String(number) };
  while (isHere()) {
    const telling = setTimeout(() => { if (isHere()) tell(words.bad_connection); }, SLOW_MS);
    try {
      const answer = await send('POST', `/attempts/${attempt.id}/frames`, jpeg, headers);
      untell(words.bad_connection);
      untell(words.busy);
      return isHere() ? answer : null;
    } catch (error) {
      if (!isHere()) return null;
      if (error instanceof Problem && PASSED_OVER.includes(error.code)) return before;
      if (error instanceof Problem && error.code === 'attempt_ended') return ask('GET', `/attempts/${attempt.id}`);
      if (!(error instanceof Offline) && !error.retryable) throw error;
      tell(error instanceof Offline ? words.bad_connection : words.busy);
    } finally {
      clearTimeout(telling);
    }
    await pause(wait);
    wait = Math.min(LONGEST_PAUSE_MS, wait * 2);
  }
  return null;
}
