// What a tab shows of the compiled network: it is asked for after an edit, the newest wins, and what cannot be shown is said.

import type { CompilerCalls, ProgramText } from '../protocol.ts';
import type { Client } from './client.ts';
import { WorkerError } from './client.ts';
import { element } from './dom.ts';
import type { ProgramState } from './tab.ts';

/** Milliseconds after which a question is given up for a newer one, and after which waiting is shown. */
const [patience, silence] = [2000, 400];

export interface CompiledView {
  /** Asks about this program. */
  update(state: ProgramState): void;
  /** The place is used for something else until the next `update`. */
  rest(): void;
}

/** `ask` asks the worker; `show` fills the place with its answer. */
export function compiledView<T>(
  place: HTMLElement,
  compiler: Client<CompilerCalls>,
  ask: (program: ProgramText) => Promise<T>,
  show: (answer: T) => void,
): CompiledView {
  let wanted: ProgramText | undefined;
  let asked: { readonly program: ProgramText; readonly at: number } | undefined;

  const say = (sentence: string): void => place.replaceChildren(element('p', { class: 'note' }, sentence));
  const run = async (): Promise<void> => {
    if (!wanted || asked) return;
    const program = wanted;
    asked = { program, at: performance.now() };
    place.setAttribute('aria-busy', 'true');
    const isWanted = (): boolean => program === wanted;
    const waiting = setTimeout(() => isWanted() && say('Compiling …'), place.childElementCount === 0 ? 0 : silence);
    try {
      const answer = await ask(program);
      clearTimeout(waiting);
      if (isWanted()) show(answer);
    } catch (error) {
      clearTimeout(waiting);
      if (isWanted()) say(`Not shown: ${error instanceof WorkerError ? error.message : String(error)}.`);
    } finally {
      asked = undefined;
      place.removeAttribute('aria-busy');
      if (!isWanted()) void run();
    }
  };

  return {
    update({ text, files, network, isSound, shown }) {
      if (!isSound || !shown) {
        if (!wanted) say('This is shown as soon as the text has no errors.');
        return;
      }
      wanted = { text, ...(files && { files }), ...(network !== undefined && { network }) };
      if (asked && performance.now() - asked.at > patience) compiler.end();
      void run();
    },
    rest: () => {
      wanted = undefined;
      place.removeAttribute('aria-busy');
    },
  };
}
