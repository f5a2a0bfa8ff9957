import { el } from './dom.js';

let asked = 0;

/** Asks the user to confirm an action. Resolves with false if the dialog is cancelled in any way. */
export function confirmed(question: string, effect: string, action: string): Promise<boolean> {
  // Each dialog has its own ids: the event `close` comes late, and the next dialog may be open by then.
  const id = `confirm-${++asked}`;
  const cancel = el('button', { value: 'no', autofocus: '' }, 'Cancel');
  const confirm = el('button', { value: 'yes', class: 'primary' }, action);
  const dialog = el(
    'dialog',
    { 'aria-labelledby': `${id}-question`, 'aria-describedby': `${id}-effect` },
    el(
      'form',
      { method: 'dialog' },
      el('h2', { id: `${id}-question` }, question),
      el('p', { id: `${id}-effect` }, effect),
      el('p', { class: 'buttons' }, cancel, confirm),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
