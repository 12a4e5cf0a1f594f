// The program as the page knows it: each edit is told to the language worker after a short pause, the newest wins, and every pause
// ends in an answer.

import { maxTextLength } from '../program.ts';
import type { Program } from '../program.ts';
import type { LanguageCalls, Look, PlacedDiagnostic } from '../protocol.ts';
import type { Client } from './client.ts';
import { WorkerError } from './client.ts';
import type { ProgramState } from './tab.ts';

export interface Store {
  readonly program: () => Program;
  readonly state: () => ProgramState | undefined;
  /** After an edit of the text, or with another program. */
  edit(program: Program, when: 'soon' | 'now'): void;
  /** Looks at another network of the text. */
  choose(network: string): void;
  /**
   * Asks the language worker about the text as it is now. Undefined where it has no answer: the text was too much for it,
   * or is another by now.
   */
  ask<K extends keyof LanguageCalls>(
    name: K,
    ...args: Parameters<LanguageCalls[K]>
  ): Promise<ReturnType<LanguageCalls[K]> | undefined>;
}

/** Milliseconds without an edit before the text is looked at. */
const pause = 120;

/** `changed` is told every new state. */
export function createStore(
  language: Client<LanguageCalls>,
  first: Program,
  changed: (state: ProgramState) => void,
): Store {
  let program = first;
  let version = 0;
  /** The version that the worker knows, the one that is looked at, and the one that was too much for a worker. */
  let [told, looking, excessive] = [-1, -1, -1];
  let network: string | undefined;
  let state: ProgramState | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const set = (next: Look, at: number): void => {
    const { shown = state?.shown, diagnostics, networks } = next;
    state = {
      version: at,
      text: program.text,
      ...(program.files && { files: program.files }),
      diagnostics,
      networks: networks.length > 0 ? networks : (state?.networks ?? []),
      ...(shown && { shown, network: shown.report.network }),
      isCurrent: next.shown !== undefined,
    };
    changed(state);
  };

  /** Tells the worker the text where it has another one. */
  const tell = (): boolean => {
    if (excessive === version || program.text.length > maxTextLength) return false;
    if (told !== version) {
      told = version;
      language.ask('tell', program).catch(() => {});
    }
    return true;
  };

  const failed = (error: unknown, at: number): void => {
    told = -1;
    const { late, message } = error instanceof WorkerError ? error : { late: false, message: String(error) };
    if (late) excessive = at;
    const sentence = late ? `this text takes too long to analyse; make it smaller (${message})` : message;
    if (at === version) set({ diagnostics: [problem(sentence)], networks: [] }, at);
  };

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    // One look at a time: when it is done, the newest text has its turn.
    if (looking !== -1) return;
    if (!tell()) {
      if (excessive !== version)
        set(
          { diagnostics: [problem('the text is too long to be analysed: at most 1,048,576 characters')], networks: [] },
          version,
        );
      return;
    }
    const [at, wanted] = [version, network];
    looking = at;
    try {
      const answer = await language.ask('look', ...(wanted === undefined ? [] : [wanted]));
      if (at === version) set(answer, at);
    } catch (error) {
      failed(error, at);
    } finally {
      looking = -1;
      if (at !== version || wanted !== network) void look();
    }
  };

  return {
    program: () => program,
    state: () => state,
    edit(next, when) {
      program = next;
      version += 1;
      clearTimeout(timer);
      if (when === 'now') void look();
      else timer = setTimeout(() => void look(), pause);
    },
    choose(name) {
      network = name;
      void look();
    },
    async ask(name, ...args) {
      if (!tell()) return undefined;
      const at = version;
      try {
        const answer = await language.ask(name, ...args);
        return at === version ? answer : undefined;
      } catch (error) {
        if (error instanceof WorkerError && error.late) failed(error, at);
        return undefined;
      }
    },
  };
}

const problem = (message: string): PlacedDiagnostic => ({
  start: 0,
  end: 0,
  severity: 'error',
  code: 'playground/too-much',
  message,
  fixes: [],
});
