// The camera: opened on request, its pictures as JPEG, never mirrored when sent. The screen stays on with it.

const LONG_SIDE = 640;
const QUALITY = 0.75;
const video = document.getElementById('video');
const oval = document.getElementById('oval');
const canvas = document.createElement('canvas');
let stream = null;
let light = null;
let opening = 0;

// WeChat on iOS shows nothing until it is asked once more.
video.addEventListener('loadedmetadata', play);

export class NoCamera extends Error {}

// facing: "user" for the person themselves, "environment" when somebody else holds the phone.
export async function open(facing) {
  close();
  const mine = opening;
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw new NoCamera();
  const wanted = { video: { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 } }, audio: false };
  let found;
  try {
    found = await navigator.mediaDevices.getUserMedia(wanted);
  } catch (refused) {
    throw new NoCamera();
  }
  if (mine !== opening) { // meanwhile the person went elsewhere
    stop(found);
    return;
  }
  stream = found;
  video.srcObject = stream;
  oval.classList.toggle('mirrored', facing === 'user');
  play(); // not waited for: where no picture comes it never ends
  keepLit();
}

export function close() {
  opening += 1;
  if (stream) stop(stream);
  stream = null;
  video.srcObject = null;
  if (light) light.release().catch(() => {});
  light = null;
}

export function isLive() {
  return stream !== null && stream.getVideoTracks().some((track) => track.readyState === 'live');
}

// The picture of this moment as a JPEG blob, or null while the camera has none yet.
export function picture() {
  if (!video.videoWidth) return Promise.resolve(null);
  const scale = Math.min(1, LONG_SIDE / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, 'image/jpeg', QUALITY); });
}

function play() {
  video.play().catch(() => {});
}

function stop(one) {
  one.getTracks().forEach((track) => track.stop());
}

async function keepLit() {
  if (!navigator.wakeLock) return;
  const mine = opening;
  try {
    const lock = await navigator.wakeLock.request('screen');
    if (mine === opening) light = lock;
    else lock.release();
  } catch (refused) {
    light = null; // a low battery: the screen may go dark as always
  }
}
