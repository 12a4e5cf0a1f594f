// What the keyboard does.

import { button, byId, element } from './dom.ts';

const keys: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl-Space', 'complete what is being written'],
  ['F8, Shift-F8', 'to the next problem, to the one before'],
  ['Ctrl-Shift-M', 'list the problems, with their fixes'],
  ['F2', 'rename what stands at the caret'],
  ['F12, Ctrl-click', 'to the definition'],
  ['Shift-Alt-F', 'put what is selected, or the whole text, in its usual form'],
  ['Ctrl-/', 'make lines a comment, or text again'],
  ['Ctrl-F', 'search and replace'],
  ['Ctrl-Shift-[, ]', 'fold, unfold'],
  ['Ctrl-Z, Ctrl-Y', 'undo, redo: also what an example or a step of the tour replaced'],
  ['Escape, then Tab', 'leave the editor'],
  ['Arrows', 'between tabs; on the line between text and views, move it'],
];

/** Opens the dialog. */
export function openHelp(): void {
  const dialog = byId<HTMLDialogElement>('help');
  if (dialog.childElementCount === 0) {
    dialog.append(
      element('h2', { id: 'help-title' }, 'Keyboard and help'),
      element(
        'dl',
        {},
        ...keys.flatMap(([names, what]) => [element('dt', {}, element('kbd', {}, names)), element('dd', {}, what)]),
      ),
      element(
        'p',
        {},
        'Point at a word of the text to see what it is. Choose a step in the drawing to go to its line; the caret chooses its step. ' +
          'What you write stays in this browser, and nothing is sent anywhere; a link holds the program itself.',
      ),
      element(
        'div',
        { class: 'actions' },
        button('Close', () => dialog.close()),
      ),
    );
  }
  dialog.showModal();
}
