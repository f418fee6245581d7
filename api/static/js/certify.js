// The certification page from "for whom" to the outcome.

import { Offline, Problem } from './api.js';
import * as camera from './camera.js';
import { NoCamera } from './camera.js';
import { day, noteTicket, receiptLinks, showOutcome, showTicket } from './outcome.js';
import { askHere, leave, place, pressed, stay } from './press.js';
import { sendFilm, showActions } from './recording.js';
import { back, fill, isShown, show, tell, untell } from './screens.js';
import { hush, prepare, say, unlock } from './speech.js';
import { run } from './stream.js';
import { NotInWechat, verify } from './wechat_face.js';

// After these the next attempt begins with a session of its own.
const SESSION_OVER = ['session_ended', 'attempt_superseded', 'not_yours'];
const flow = document.getElementById('flow');
const words = JSON.parse(document.getElementById('words').textContent);
const state = { retiree: null, session: null, withHelper: false, attempt: null, help: null, again: certify };

const element = (id) => document.getElementById(id);

async function start() {
  const me = await askHere('GET', '/me');
  const list = element('who-list');
  list.textContent = '';
  me.retirees.forEach((retiree) => {
    const button = document.createElement('button');
    button.className = 'choice';
    button.textContent = retiree.masked_name + (retiree.relation === 'self' ? words.myself : words.relative);
    button.addEventListener('click', () => choose(retiree));
    list.append(button);
  });
  const asked = new URLSearchParams(location.search).get('who');
  const meant = me.retirees.find((retiree) => retiree.id === asked) || (me.retirees.length === 1 && me.retirees[0]);
  if (meant) choose(meant);
  else show(me.retirees.length ? 'who' : 'signed-out');
}

function choose(retiree) {
  state.retiree = retiree;
  state.session = null;
  state.withHelper = retiree.relation !== 'self';
  fill({ name: retiree.masked_name, 'valid-until': day(retiree.valid_until, words) });
  fill(receiptLinks(retiree.receipt_number));
  noteTicket(retiree.assistance, words);
  document.querySelectorAll('[data-screen="cannot"] input').forEach((box) => {
    box.checked = box.value.split(' ').every((action) => retiree.excluded_actions.includes(action));
  });
  if (retiree.reason === 'already_certified') show('standing');
  else if (!retiree.can_certify) show('no-photo');
  else show(retiree.biometric_consent ? 'ready' : 'consent');
}

async function agree() {
  await askHere('PUT', `/retirees/${state.retiree.id}/consent`, { version: flow.dataset.consentVersion });
  show('ready');
}

async function saveExclusions() {
  const boxes = Array.from(document.querySelectorAll('[data-screen="cannot"] input:checked'));
  const actions = boxes.reduce((all, box) => all.concat(box.value.split(' ')), []);
  await askHere('PUT', `/retirees/${state.retiree.id}/excluded-actions`, { actions });
  show('ready');
}

async function certify() {
  unlock();
  state.again = certify;
  if (flow.dataset.face === 'wechat') {
    finish(await verify(await beginAttempt('wechat')));
    return;
  }
  const facing = state.withHelper ? 'environment' : 'user';
  await stay(camera.open(facing));
  const attempt = await beginAttempt('stream');
  show('camera');
  follow(attempt, facing); // goes on by itself: the tap that began it is done
}

async function follow(attempt, facing) {
  const isHere = place();
  try {
    const last = await run(attempt, facing, words, isHere);
    if (!last || !isHere()) return;
    camera.close();
    finish(last);
  } catch (error) {
    if (isHere()) fault(error);
  }
}

async function beginAttempt(way) {
  if (!state.session) {
    const body = { retiree_id: state.retiree.id, with_helper: state.withHelper };
    state.session = (await askHere('POST', '/certification-sessions', body)).id;
  }
  state.attempt = await askHere('POST', `/certification-sessions/${state.session}/attempts`, { way });
  return state.attempt;
}

async function beginRecording() {
  unlock();
  state.again = beginRecording;
  showActions(await beginAttempt('upload'));
}

async function sendRecording() {
  const ended = await sendFilm(state.attempt, words);
  if (ended) finish(ended);
}

function finish(progress) {
  if (!progress.outcome) {
    state.session = null;
    showProblem({ detail: words.elsewhere });
    return;
  }
  if (progress.attempts_left === 0) state.session = null;
  showOutcome(progress, words);
}

// A visit costs somebody half a day: what was tapped is read once more before it is asked for.
function chooseHelp(button) {
  state.help = { place: button.dataset.place, reason: button.dataset.reason || null };
  element('help-question').textContent = state.help.reason ? words.visit_sure : words.window_sure;
  element('help-reason').textContent = state.help.reason ? button.textContent : words.window_bring;
  show('help-sure');
}

async function askForHelp() {
  showTicket(await askHere('POST', `/retirees/${state.retiree.id}/assistance`, state.help), words);
}

async function withdraw() {
  await askHere('DELETE', `/retirees/${state.retiree.id}/consent`);
  await start();
  tell(words.withdrawn);
}

function callHelper() {
  state.withHelper = true;
  state.session = null; // a session says from its start whether somebody helps
  return certify();
}

function showProblem(problem) {
  element('problem-text').textContent = problem.detail || words.our_fault;
  element('problem-next').textContent = problem.nextStep || '';
  show('problem');
}

function fault(error) {
  camera.close();
  hush();
  if (error instanceof NoCamera) show('camera-refused');
  else if (error instanceof NotInWechat) showProblem({ detail: words.not_in_wechat, nextStep: words.not_in_wechat_next });
  else if (error instanceof Offline) showProblem({ detail: words.no_network, nextStep: words.no_network_next });
  else if (!(error instanceof Problem)) showProblem({ nextStep: words.our_fault_next });
  else if (error.code === 'not_signed_in') show('signed-out');
  else {
    if (SESSION_OVER.includes(error.code)) state.session = null;
    showProblem(error);
  }
}

function go(name) {
  leave();
  camera.close();
  hush();
  if (name === 'back') back();
  else show(name);
}

function rest() {
  camera.close();
  hush();
}

function on(id, act, slowly) {
  element(id).addEventListener('click', pressed(act, fault, slowly || words.wait));
}

document.querySelectorAll('[data-go]').forEach((button) => {
  button.addEventListener('click', () => go(button.dataset.go));
});
document.querySelectorAll('#help-reasons [data-place]').forEach((button) => {
  button.addEventListener('click', () => chooseHelp(button));
});
on('agree', agree);
on('start', certify, words.allow_camera);
on('again', () => state.again(), words.allow_camera);
on('camera-again', certify, words.allow_camera);
on('helper-yes', callHelper, words.allow_camera);
on('cannot-save', saveExclusions);
on('help-yes', askForHelp);
on('withdraw-yes', withdraw);
on('record-begin', beginRecording);
element('record-say').addEventListener('click', () => say(...state.attempt.actions));
element('record-file').addEventListener('change', pressed(sendRecording, fault, ''));
on('problem-again', start);
window.addEventListener('offline', () => tell(words.no_network));
window.addEventListener('online', () => untell(words.no_network));
window.addEventListener('pagehide', rest);
document.addEventListener('visibilitychange', () => { if (document.hidden && isShown('camera')) rest(); });

prepare(flow.dataset.voice);
pressed(start, fault, words.wait)();
