// Signing on the screen, and pictures made small enough for a bad network.
const LONGEST_SIDE = 1280;
const QUALITY = 0.85;

export function letSign(canvas) {
  const pen = canvas.getContext('2d');
  let isDown = false;
  let isSigned = false;
  pen.lineWidth = 4;
  pen.lineCap = 'round';
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener('pointerdown', (event) => {
    isDown = true;
    pen.beginPath();
    pen.moveTo(...at(event));
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
    isSigned = true;
  });
  canvas.addEventListener('pointerup', () => { isDown = false; });
  return {
    clear() { pen.clearRect(0, 0, canvas.width, canvas.height); isSigned = false; },
    get content() { return isSigned ? canvas.toDataURL('image/png').split(',')[1] : null; },
  };
}

export async function small(file) {
  if (!file.type.startsWith('image/')) return { content: await inBase64(file), isVideo: true };
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    return { content: canvas.toDataURL('image/jpeg', QUALITY).split(',')[1], isVideo: false };
  } catch (unknownFormat) {
    return { content: await inBase64(file), isVideo: false };
  }
}

function inBase64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(',')[1]);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}
