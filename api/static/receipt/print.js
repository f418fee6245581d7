// The print button: only where the browser can print, which WeChat's own cannot.
const button = document.getElementById('print');
if (typeof window.print === 'function' && !/MicroMessenger/i.test(navigator.userAgent)) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
