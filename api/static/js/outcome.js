// What came of it: the end of an attempt, a ticket for help, with dates as people say them.

import { fill, offerReach, show } from './screens.js';
import { say } from './speech.js';

const element = (id) => document.getElementById(id);

export function showOutcome(progress, words) {
  const outcome = progress.outcome;
  const isGood = outcome.result === 'certified';
  element('outcome-mark').textContent = isGood ? '✓' : '';
  element('outcome-headline').textContent = outcome.headline;
  element('outcome-text').textContent = outcome.next_step;
  element('outcome-advice').textContent = outcome.advice ? outcome.advice.text : '';
  element('outcome-receipt').hidden = !outcome.receipt_number;
  element('outcome-retry').hidden = outcome.result !== 'retry';
  element('outcome-answer').hidden = !outcome.answer_by;
  element('outcome-ticket').hidden = outcome.result !== 'refused' || !outcome.ticket;
  fill({ 'valid-until': day(outcome.valid_until, words), 'answer-by': day(outcome.answer_by, words) });
  fill(receiptLinks(outcome.receipt_number));
  fill(ticketFields(outcome.ticket, words));
  show('outcome');
  offerReach(outcome.result === 'retry');
  if (navigator.vibrate) navigator.vibrate(isGood ? [150, 100, 150] : 300);
  const told = { code: `outcome-${outcome.result}`, text: `${outcome.headline}${words.stop}${outcome.next_step}` };
  say(...[told, outcome.advice].filter(Boolean));
}

export function showTicket(ticket, words) {
  noteTicket(ticket, words);
  element('helped-receipt').href = ticket.receipt;
  element('helped-headline').textContent = ticket.place === 'home' ? words.visit_coming : words.window_ready;
  show('helped');
}

// Says on the screens that lead to a face that the community is at it already.
export function noteTicket(ticket, words) {
  fill(ticketFields(ticket, words));
  document.querySelectorAll('.has-ticket').forEach((note) => { note.hidden = !ticket; });
}

export function receiptLinks(number) {
  if (!number) return { receipt: '', pdf: '', qr: '' };
  const path = `/h5/receipts/${number}`;
  return { receipt: path, pdf: `${path}.pdf`, qr: `${path}.svg` };
}

export function day(date, words) {
  if (!date) return '';
  const parts = date.split('-').map(Number);
  return words.day.replace('{year}', parts[0]).replace('{month}', parts[1]).replace('{day}', parts[2]);
}

function ticketFields(ticket, words) {
  if (!ticket) return {};
  const { name, telephone } = ticket.office;
  return { ticket: ticket.number, 'due-by': day(ticket.due_by, words), office: name, telephone };
}
