// One screen at a time, the heading focused so that a screen reader reads it, and a way back.

const screens = Array.from(document.querySelectorAll('[data-screen]'));
const reach = document.getElementById('reach');
const notice = document.getElementById('notice');
const WITHOUT_REACH = ['loading', 'signed-out', 'who', 'standing', 'no-photo', 'helper', 'help', 'help-sure', 'helped', 'withdraw'];
// Where "back" leads nobody: they do work of their own when they are entered.
const PASSING = ['loading', 'camera', 'sending', 'helper', 'help', 'help-sure', 'cannot', 'withdraw'];
// How much of the screen the ways out may cover, of its height or of its width.
const MOST_BELOW = 0.2;
const MOST_BESIDE = 0.35;
let current = 'loading';
let before = 'loading';

export function show(name) {
  if (!PASSING.includes(current)) before = current;
  current = name;
  screens.forEach((screen) => { screen.hidden = screen.dataset.screen !== name; });
  document.body.dataset.shown = name; // for the style sheet
  offerReach(!WITHOUT_REACH.includes(name));
  tell('');
  window.scrollTo(0, 0);
  const heading = document.querySelector(`[data-screen="${name}"] h1`);
  if (heading) heading.focus({ preventScroll: true });
}

// Whether the two ways out stand at the edge of the screen; the page makes room for them. Where large letters make them
// cover too much of it they stand below the rest instead.
export function offerReach(isOffered) {
  reach.hidden = !isOffered;
  document.body.classList.toggle('reaching', isOffered);
  fit();
}

function fit() {
  document.body.classList.remove('large');
  const isBeside = reach.offsetWidth < document.documentElement.clientWidth; // on a phone that lies on its side
  const isLarge = isBeside
    ? reach.offsetWidth > MOST_BESIDE * window.innerWidth
    : reach.offsetHeight > MOST_BELOW * window.innerHeight;
  document.body.classList.toggle('large', isLarge);
}

window.addEventListener('resize', fit);

export function back() {
  show(before);
}

export function isShown(name) {
  return current === name;
}

// A line above everything, such as a bad connection; empty takes it away.
export function tell(sentence) {
  if (notice.textContent !== sentence) notice.textContent = sentence;
  notice.hidden = !sentence;
}

// Takes a line away if it is still the one told.
export function untell(sentence) {
  if (notice.textContent === sentence) tell('');
}

export function fill(values) {
  Object.keys(values).forEach((name) => {
    const value = values[name];
    document.querySelectorAll(`[data-fill="${name}"]`).forEach((spot) => { spot.textContent = value || ''; });
    document.querySelectorAll(`[data-fill-href="${name}"]`).forEach((spot) => { spot.href = value || '#'; });
    document.querySelectorAll(`[data-fill-src="${name}"]`).forEach((spot) => { if (value) spot.src = value; });
    document.querySelectorAll(`[data-fill-tel="${name}"]`).forEach((spot) => {
      spot.hidden = !value;
      spot.href = value ? `tel:${value}` : '#';
    });
  });
}
