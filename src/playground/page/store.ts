// The program as the page knows it: each edit is told to the language worker after a short pause, the newest wins, and every pause
// ends in an answer.

import { maxTextLength, tooLong } from '../program.ts';
import type { Program } from '../program.ts';
import type { LanguageCalls, Look } from '../protocol.ts';
import type { Client } from './client.ts';
import { WorkerError } from './client.ts';
import type { ProgramState } from './state.ts';

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
  const looker = new Looker(language, first, changed);
  return {
    program: () => looker.program,
    state: () => looker.state,
    edit: (program, when) => looker.edit(program, when),
    choose: (network) => looker.choose(network),
    ask: (name, ...args) => looker.ask(name, ...args),
  };
}

class Looker {
  program: Program;
  state: ProgramState | undefined;
  #version = 0;
  /** The version that the worker knows, and the one that was too much for a worker. */
  #told = -1;
  #excessive = -1;
  #isLooking = false;
  #network: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #language: Client<LanguageCalls>;
  readonly #changed: (state: ProgramState) => void;

  constructor(language: Client<LanguageCalls>, first: Program, changed: (state: ProgramState) => void) {
    this.program = first;
    this.#language = language;
    this.#changed = changed;
  }

  edit(program: Program, when: 'soon' | 'now'): void {
    this.program = program;
    this.#version += 1;
    clearTimeout(this.#timer);
    if (when === 'now') void this.#look();
    else this.#timer = setTimeout(() => void this.#look(), pause);
  }

  choose(network: string): void {
    this.#network = network;
    void this.#look();
  }

  async ask<K extends keyof LanguageCalls>(
    name: K,
    ...args: Parameters<LanguageCalls[K]>
  ): Promise<ReturnType<LanguageCalls[K]> | undefined> {
    if (!this.#tell()) return undefined;
    const at = this.#version;
    try {
      const answer = await this.#language.ask(name, ...args);
      return at === this.#version ? answer : undefined;
    } catch (error) {
      if (error instanceof WorkerError && error.late) this.#failed(error, at);
      return undefined;
    }
  }

  /** Tells the worker the text where it has another one; false where no worker is to have it. */
  #tell(): boolean {
    if (this.#excessive === this.#version || this.program.text.length > maxTextLength) return false;
    if (this.#told !== this.#version || !this.#language.isRunning()) {
      this.#told = this.#version;
      this.#language.ask('tell', this.program).catch(() => {});
    }
    return true;
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    // One look at a time: when it is done, the newest text has its turn.
    if (this.#isLooking) return;
    if (!this.#tell()) {
      if (this.#excessive !== this.#version) this.#refuse(tooLong);
      return;
    }
    const [at, network] = [this.#version, this.#network];
    this.#isLooking = true;
    try {
      const answer = await this.#language.ask('look', ...(network === undefined ? [] : [network]));
      if (at === this.#version) this.#set(answer);
    } catch (error) {
      this.#failed(error, at);
    } finally {
      this.#isLooking = false;
      if (at !== this.#version || network !== this.#network) void this.#look();
    }
  }

  #failed(error: unknown, at: number): void {
    this.#told = -1;
    const { late, message } = error instanceof WorkerError ? error : { late: false, message: String(error) };
    if (late) this.#excessive = at;
    if (at !== this.#version) return;
    this.#refuse(late ? `this text takes too long to analyse; make it smaller (${message})` : message);
  }

  #refuse(message: string): void {
    const problem = { start: 0, end: 0, severity: 'error', code: 'playground/too-much', message, fixes: [] } as const;
    this.#set({ diagnostics: [problem], networks: [], isSound: false });
  }

  #set({ shown: found, diagnostics, networks, isSound }: Look): void {
    const { text, files } = this.program;
    const shown = found ?? this.state?.shown;
    this.state = {
      version: this.#version,
      text,
      ...(files && { files }),
      diagnostics,
      networks: networks.length > 0 ? networks : (this.state?.networks ?? []),
      ...(shown && { shown, network: shown.report.network }),
      isCurrent: found !== undefined,
      isSound,
    };
    this.#changed(this.state);
  }
}
