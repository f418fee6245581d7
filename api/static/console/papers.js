// Puts photographs of papers with a life event, one after the other, and shows how far it is.
import { ask, LoggedOut, Refused } from './sending.js';

const form = document.getElementById('add-pictures');
const csrf = document.querySelector('meta[name="csrf"]')?.content;

function inBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(',')[1] || '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function tell(words) {
  document.getElementById('adding').textContent = words;
}

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const files = [...form.elements.pictures.files];
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    for (const [place, file] of files.entries()) {
      tell(form.dataset.sending.replace('{place}', place + 1).replace('{all}', files.length));
      await ask(form.dataset.address, { picture: await inBase64(file) }, csrf);
    }
    window.location.reload();
  } catch (problem) {
    // the same picture sent again is there once: whoever tries again loses nothing and doubles nothing
    if (problem instanceof LoggedOut) tell(form.dataset.loggedOut);
    else tell(problem instanceof Refused ? problem.message : form.dataset.offline);
    button.disabled = false;
  }
});
