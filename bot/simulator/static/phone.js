// The simulator's chat window: shows what is said, sends what is typed or tapped, and looks for what came by itself.

const chat = document.getElementById('chat');
const text = document.getElementById('text');
const kind = document.getElementById('kind');
const LINK = /<a href="([^"]+)">([^<]*)<\/a>/g;
let openid = localStorage.getItem('openid') || another();
let since = 0;

function another() {
  const made = 'o' + Array.from(crypto.getRandomValues(new Uint8Array(14)), (one) => (one % 36).toString(36)).join('');
  localStorage.setItem('openid', made);
  return made;
}

function introduce() {
  document.getElementById('who').textContent = openid;
  document.cookie = `simulated_openid=${openid}; path=/; SameSite=Lax`;
}

function add(side) {
  const item = document.createElement('li');
  item.className = side;
  chat.append(item);
  return item;
}

// Our replies are text with links of two kinds: one answers with its words, one opens a page.
function showReply(reply) {
  const item = add('theirs');
  let end = 0;
  for (const found of reply.matchAll(LINK)) {
    const isTap = found[1].startsWith('weixin://bizmsgmenu');
    const before = reply.slice(end, found.index);
    // a button stands on a line of its own
    item.append(isTap ? before.replace(/\n$/, '') : before);
    item.append(isTap ? tap(found[1], found[2]) : page(found[1], found[2]));
    end = found.index + found[0].length;
  }
  showText(item, reply.slice(end));
  item.scrollIntoView({ block: 'nearest' });
}

// An address in plain text can be opened as well.
function showText(item, rest) {
  rest.split(/(https?:\/\/[^\s，。]+)/).forEach((part) => {
    item.append(part.startsWith('http') ? page(part, part) : part);
  });
}

function tap(link, label) {
  const query = new URLSearchParams(link.split('?')[1]);
  return option(query.get('msgmenuid'), query.get('msgmenucontent'), label);
}

function option(id, content, label) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tap';
  button.textContent = label;
  button.addEventListener('click', () => say('text', { Content: content, bizmsgmenuid: id }, content));
  return button;
}

function page(address, label) {
  const link = document.createElement('a');
  link.href = address;
  link.target = '_blank';
  link.rel = 'noopener';
  link.textContent = label;
  return link;
}

async function say(how, values, shown) {
  add(how === 'event' ? 'note' : 'mine').textContent = shown;
  chat.lastChild.scrollIntoView({ block: 'nearest' });
  const answer = await fetch('/simulator/say', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ openid, kind: how, values }),
  });
  if (!answer.ok) add('note').textContent = '没有回应，请看服务器的日志。';
  else {
    const reply = (await answer.json()).text;
    if (reply) showReply(reply);
  }
}

async function look() {
  const answer = await fetch(`/simulator/delivered?openid=${openid}&since=${since}`);
  if (!answer.ok) return;
  (await answer.json()).messages.forEach((message) => {
    since += 1;
    showReply(message.text);
    message.options.forEach((one) => chat.lastChild.append(option(one.id, one.content, one.content)));
  });
}

document.getElementById('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const said = text.value.trim();
  text.value = '';
  if (kind.value === 'text' && said) say('text', { Content: said }, said);
  if (kind.value === 'voice') say('voice', { MediaId: 'simulated', Recognition: said }, `（语音）${said}`);
  if (kind.value === 'location') {
    say('location', { Location_X: '28.19', Location_Y: '112.98', Scale: '15', Label: said || '长沙市' }, '（位置）');
  }
  if (kind.value === 'image') say('image', { PicUrl: 'http://127.0.0.1/none', MediaId: 'simulated' }, '（照片）');
});
document.querySelectorAll('[data-key]').forEach((button) => {
  button.addEventListener('click', () => {
    document.querySelectorAll('details[open]').forEach((one) => one.removeAttribute('open'));
    say('event', { Event: 'CLICK', EventKey: button.dataset.key }, `点了“${button.textContent}”`);
  });
});
document.getElementById('follow').addEventListener('click', () => say('event', { Event: 'subscribe' }, '关注了'));
document.getElementById('another').addEventListener('click', () => {
  openid = another();
  since = 0;
  chat.textContent = '';
  introduce();
});
introduce();
setInterval(look, 1000);
