// Says sentences aloud: by the browser's own voice where it has a Chinese one, otherwise by recorded prompts.

const player = new Audio();
let recordings = {};
let base = '';
let isUnlocked = false;

export async function prepare(manifest) {
  base = manifest.replace(/[^/]*$/, '');
  try {
    const answer = await fetch(manifest);
    if (answer.ok) recordings = await answer.json();
  } catch (lost) {
    recordings = {};
  }
}

// Browsers play sound only after a touch: play a moment of silence at the first one, so that later prompts may sound.
export function unlock() {
  if (isUnlocked) return;
  isUnlocked = true;
  player.src = URL.createObjectURL(silence());
  player.play().catch(() => {});
}

// Says sentences, each { code, text }, one after another, in place of whatever is being said.
export function say(...sentences) {
  hush();
  const voice = chineseVoice();
  if (voice) sentences.forEach((sentence) => window.speechSynthesis.speak(utter(sentence.text, voice)));
  else play(sentences.map((sentence) => recordings[sentence.code]).filter(Boolean));
}

export function hush() {
  player.onended = null;
  player.pause();
  if (window.speechSynthesis) window.speechSynthesis.cancel();
}

function utter(text, voice) {
  const words = new SpeechSynthesisUtterance(text);
  words.voice = voice;
  words.lang = 'zh-CN';
  words.rate = 0.85;
  return words;
}

function play(waiting) {
  if (waiting.length === 0) return;
  player.src = base + waiting[0].file;
  player.onended = () => play(waiting.slice(1));
  player.play().catch(() => {});
}

function chineseVoice() {
  if (!window.speechSynthesis) return null;
  return window.speechSynthesis.getVoices().find((voice) => voice.lang.replace('_', '-').startsWith('zh')) || null;
}

// A tenth of a second of nothing: WAV, 8 kHz, 8 bits, one channel.
function silence() {
  const samples = 800;
  const sound = new DataView(new ArrayBuffer(44 + samples));
  const write = (at, text) => [...text].forEach((letter, i) => sound.setUint8(at + i, letter.charCodeAt(0)));
  write(0, 'RIFF');
  sound.setUint32(4, 36 + samples, true);
  write(8, 'WAVEfmt ');
  sound.setUint32(16, 16, true);
  sound.setUint16(20, 1, true);
  sound.setUint16(22, 1, true);
  sound.setUint32(24, 8000, true);
  sound.setUint32(28, 8000, true);
  sound.setUint16(32, 1, true);
  sound.setUint16(34, 8, true);
  write(36, 'data');
  sound.setUint32(40, samples, true);
  for (let at = 44; at < 44 + samples; at += 1) sound.setUint8(at, 128);
  return new Blob([sound.buffer], { type: 'audio/wav' });
}
