// What every page of the console does: questions before what cannot be taken back, decisions by key, leaving.
import { forgetPages } from './forgetting.js';

document.addEventListener('submit', (event) => {
  const form = event.target;
  const sure = form.dataset.sure;
  if (sure && !window.confirm(sure)) event.preventDefault();
  if ('forget' in form.dataset) forgetPages();
});

// In a review 1, 2, 3 decide; not while somebody writes.
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches('input, textarea, select')) return;
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (button) {
    event.preventDefault();
    button.focus();
    button.click();
  }
});
