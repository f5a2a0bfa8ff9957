import { el, type View } from './dom.js';

/** Shows a line of the program, such as `report (/app/report.js:12:3)`, with function, file and line emphasized. */
export class CallSite implements View<string | undefined> {
  readonly root = el('div', { class: 'call-site' });
  #shown: string | undefined | null = null;

  update(callSite: string | undefined): void {
    if (this.#shown === callSite) return;
    this.#shown = callSite;
    this.root.replaceChildren(...partsOf(callSite));
  }
}

function partsOf(callSite: string | undefined): readonly Node[] {
  if (callSite === undefined) return [el('span', { class: 'faint' }, 'not known')];
  const [, name, folder = '', file, line, column] =
    /^(?:(.*) \()?((?:.*[\\/])?)([^\\/]+?):(\d+):(\d+)\)?$/.exec(callSite) ?? [];
  if (file === undefined) return [document.createTextNode(callSite)];
  const place = el(
    'span',
    { class: 'place' },
    el('span', { class: 'faint' }, folder),
    el('span', { class: 'file' }, el('b', {}, `${file}:${line}`), el('span', { class: 'faint' }, `:${column}`)),
  );
  return name === undefined ? [place] : [el('span', { class: 'function' }, name), document.createTextNode(' '), place];
}
