// Keeps the day's page and its files on the phone, so that it opens without a network. Visits themselves are kept by
// the page; nothing else is kept, and everything goes when somebody leaves.
const KEPT = 'staff-day';
const PATIENCE_MS = 5000;

const isDay = (url) => url.pathname === '/staff/today';
const isFile = (url) => url.pathname.startsWith('/static/');

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (isDay(url) || isFile(url)) event.respondWith(fromNetworkFirst(event.request));
});

async function fromNetworkFirst(request) {
  const kept = await caches.open(KEPT);
  const key = new URL(request.url).pathname;
  try {
    const answer = await inTime(fetch(request));
    if (answer.ok && !answer.redirected) await kept.put(key, answer.clone());
    return answer;
  } catch (unreachable) {
    const found = await kept.match(key);
    if (found) return found;
    throw unreachable;
  }
}

function inTime(promise) {
  return new Promise((done, failed) => {
    setTimeout(() => failed(new Error('too slow')), PATIENCE_MS);
    promise.then(done, failed);
  });
}
