// The day's page: the walk, the form of each visit, and what waits to be sent.
import { letSign, small } from './drawing.js';
import { LoggedOut, Offline, ask, sendAll } from './sending.js';
import * as waiting from './waiting.js';
import { order } from './walking.js';

const AGAIN_MS = 30000;
const POSITION_MS = 8000;

const day = document.getElementById('day');
const said = JSON.parse(day.dataset.said);
const addresses = { form: day.dataset.formAddress, face: day.dataset.faceAddress, token: day.dataset.tokenAddress };
const { person } = day.dataset;
const walk = document.getElementById('walk');
const status = document.getElementById('status');
const refused = document.getElementById('refused');

const read = (text) => (text ? text.split(',').map(Number) : null);
const stateOf = (ticket) => document.querySelector(`li[data-ticket="${CSS.escape(ticket)}"] [data-state]`);

// What is on its way or done is not begun again by mistake.
function tell(ticket, sentence) {
  const place = stateOf(ticket);
  if (!place) return;
  place.textContent = sentence;
  place.parentElement.querySelector('[data-begin]').hidden = true;
}

function whereAmI() {
  return new Promise((done) => {
    if (!navigator.geolocation) { done(null); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy }),
      () => done(null),
      { enableHighAccuracy: true, timeout: POSITION_MS, maximumAge: 60000 },
    );
  });
}

async function orderWalk() {
  const here = await whereAmI();
  if (!here) { status.textContent = said.no_position; return; }
  const stops = [...walk.children].map((item) => ({ item, position: read(item.dataset.position) }));
  order(stops, [here.latitude, here.longitude]).forEach((stop) => walk.append(stop.item));
  status.textContent = said.ordered;
}

async function showWaiting() {
  const mine = (await waiting.all()).filter((visit) => visit.person === person);
  const turnedAway = mine.filter((visit) => visit.refused);
  const rest = mine.length - turnedAway.length;
  const count = (sentence, number) => (number ? sentence.replace('{count}', number) : '');
  status.textContent = mine.length ? count(said.waits, rest) + count(said.keeps_refused, turnedAway.length) : said.nothing_waits;
  mine.forEach((visit) => tell(visit.sent.ticket, visit.refused ? said.refused.replace('{sentence}', visit.refused) : said.stored));
  refused.hidden = !turnedAway.length;
  refused.replaceChildren(...turnedAway.map(tellRefused));
}

// Why the server did not take a visit, also where its ticket is not on the page any more, and the way out.
function tellRefused(visit) {
  const line = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = said.drop;
  button.addEventListener('click', async () => {
    if (!window.confirm(said.drop_sure)) return;
    await waiting.drop(visit.id);
    const place = stateOf(visit.sent.ticket);
    if (place) {
      place.textContent = '';
      place.parentElement.querySelector('[data-begin]').hidden = false;
    }
    await showWaiting();
  });
  line.append(`${visit.label || ''} ${said.refused.replace('{sentence}', visit.refused)} `, button);
  return line;
}

let isSending = false;
async function send() {
  if (isSending) return;
  isSending = true;
  try {
    const count = await sendAll(addresses, person, (visit, told) => {
      const words = { certified: said.sent_certified, judge: said.sent_judge, written: said.sent_written };
      tell(visit.sent.ticket, words[told.result]);
    });
    if (count) await showWaiting();
  } catch (problem) {
    if (problem instanceof LoggedOut) status.textContent = said.login;
    else if (problem instanceof Offline) status.textContent = said.offline;
    else throw problem;
  } finally {
    isSending = false;
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function begin(item) {
  if (item.querySelector('form')) return;
  const form = document.getElementById('form').content.cloneNode(true).querySelector('form');
  const beganAt = new Date().toISOString();
  const part = (name) => form.querySelector(`[data-${name}]`);
  const signature = letSign(part('sign'));
  let photo = null;

  const outcome = () => form.elements.outcome.value;
  const wrong = (sentence) => {
    part('wrong').textContent = sentence;
    part('wrong').hidden = false;
    part('wrong').scrollIntoView({ block: 'center' });
  };

  form.addEventListener('change', () => {
    form.querySelectorAll('[data-for]').forEach((block) => { block.hidden = block.dataset.for !== outcome(); });
  });
  form.elements.id_digits.addEventListener('input', () => {
    const typed = form.elements.id_digits.value.trim().toUpperCase();
    const isRight = typed === item.dataset.digits;
    part('digits-say').textContent = typed.length < 4 ? '' : isRight ? said.digits_right : said.digits_wrong;
  });
  form.elements.photo.addEventListener('change', async () => {
    const file = form.elements.photo.files[0];
    if (!file) return;
    photo = await small(file);
    part('preview').hidden = photo.isVideo;
    if (!photo.isVideo) part('preview').src = `data:image/jpeg;base64,${photo.content}`;
    part('face-say').textContent = said.looking;
    try {
      const { csrf } = await ask(addresses.token);
      const told = await ask(addresses.face, { ticket: item.dataset.ticket, photo: photo.content, is_video: photo.isVideo }, csrf);
      const isMatch = told.verdict === 'match';
      part('face-say').textContent = isMatch ? said.match : `${told.advice || ''}${said.no_match}`;
      part('judge').hidden = isMatch;
      if (isMatch) form.elements.judgement.value = '';
    } catch (problem) {
      part('face-say').textContent = problem instanceof LoggedOut ? said.login : problem instanceof Offline ? said.later : problem.message;
      part('judge').hidden = false;
    }
  });
  part('clear').addEventListener('click', () => signature.clear());
  part('cancel').addEventListener('click', () => form.remove());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const isCertified = outcome() === 'certified';
    if (isCertified && !photo) { wrong(said.photo_missing); return; }
    if (isCertified && !signature.content) { wrong(said.signature_missing); return; }
    if (outcome() === 'absent' && !form.elements.next_visit_on.value) { wrong(said.next_missing); return; }
    const sent = {
      id: newId(),
      ticket: item.dataset.ticket,
      outcome: outcome(),
      began_at: beganAt,
      ended_at: new Date().toISOString(),
      notes: form.elements.notes.value,
      next_visit_on: outcome() === 'absent' ? form.elements.next_visit_on.value : null,
    };
    if (isCertified) {
      Object.assign(sent, {
        id_digits: form.elements.id_digits.value.trim().toUpperCase() || null,
        photo: photo.content,
        is_video: photo.isVideo,
        judgement: form.elements.judgement.value || null,
        signer: form.elements.signer.value,
        signature: signature.content,
      });
    }
    event.submitter.disabled = true;
    sent.position = await whereAmI();
    // kept first: from here on neither a lost network nor a closed page loses it
    await waiting.keep({ id: sent.id, person, sent, label: item.querySelector('h2').textContent });
    form.remove();
    item.scrollIntoView({ block: 'nearest' });
    tell(sent.ticket, said.stored);
    await showWaiting();
    await send();
  });
  item.append(form);
  form.elements.outcome[0].focus();
}

function keepAll() {
  const files = performance.getEntriesByType('resource').map((one) => one.name).filter((one) => one.includes('/static/'));
  [location.href, ...files].forEach((one) => fetch(one).catch(() => {}));
}

walk.addEventListener('click', (event) => {
  if (event.target.matches('[data-begin]')) begin(event.target.closest('li'));
});
document.getElementById('order').addEventListener('click', orderWalk);
document.getElementById('print').addEventListener('click', () => window.print());
document.getElementById('send').addEventListener('click', async () => { await send(); });
window.addEventListener('online', send);
setInterval(send, AGAIN_MS);
if ('serviceWorker' in navigator) {
  // the worker keeps what it fetches itself, and the first page on a phone came before it
  if (!navigator.serviceWorker.controller) navigator.serviceWorker.addEventListener('controllerchange', keepAll, { once: true });
  navigator.serviceWorker.register(day.dataset.keepAddress, { scope: '/staff/' });
}
showWaiting().then(send);
