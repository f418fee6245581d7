// What is shown and spoken while the camera looks: the instruction, one piece of advice, and never both at once.

import { say } from './speech.js';

const AFTER_INSTRUCTION_MS = 4000; // an instruction is heard out before advice is spoken
const AFTER_ADVICE_MS = 6000;
const AGAIN_AFTER_MS = 10000; // somebody who did not hear it hears it again
const TICK_MS = 1200;

const instruction = document.getElementById('instruction');
const advice = document.getElementById('advice');
const step = document.getElementById('step');
const ring = document.getElementById('ring');
const oval = document.getElementById('oval');

// Returns what shows and speaks each answer of one attempt.
export function prompter(seconds, words) {
  let said = '';
  let seenSteps = 0;
  let quietUntil = 0;
  let againAt = 0;

  function speak(progress) {
    const now = Date.now();
    const asked = progress.instruction;
    const place = `${asked.code} ${progress.step}`;
    if (place !== said || (now > againAt && !progress.advice)) {
      said = place;
      say(asked);
      quietUntil = now + AFTER_INSTRUCTION_MS;
      againAt = now + AGAIN_AFTER_MS;
    } else if (progress.advice && now > quietUntil) {
      say(progress.advice);
      quietUntil = now + AFTER_ADVICE_MS;
      againAt = quietUntil;
    }
  }

  function praise(progress) {
    if (progress.step <= seenSteps) return;
    seenSteps = progress.step;
    oval.classList.add('seen');
    setTimeout(() => oval.classList.remove('seen'), TICK_MS);
    if (navigator.vibrate) navigator.vibrate(120);
  }

  return (answer) => {
    // "Look at the telephone" is what the last instruction says already.
    const isSame = answer.advice && answer.instruction.code === 'look' && answer.advice.code === 'look_straight';
    const progress = isSame ? Object.assign({}, answer, { advice: null }) : answer;
    if (progress.instruction) put(instruction, progress.instruction.text);
    put(advice, progress.advice ? progress.advice.text : '');
    const number = Math.min(progress.step + 1, progress.steps);
    const isCounting = progress.phase === 'action';
    put(step, isCounting ? words.step.replace('{step}', number).replace('{steps}', progress.steps) : words.no_hurry);
    ring.style.strokeDashoffset = String(100 - (100 * progress.seconds_left) / Math.max(1, seconds));
    praise(progress);
    if (progress.instruction) speak(progress);
  };
}

// Only what changed is written: a screen reader reads every change.
function put(spot, text) {
  if (spot.textContent !== text) spot.textContent = text;
}
