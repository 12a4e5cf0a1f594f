// The workers' side of the protocol: answers each question by a function of its name.

import type { Answer, Question, Ready } from '../protocol.ts';

/** What a worker has of its global scope. */
interface Scope {
  postMessage(message: Answer | Ready, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Question }) => void): void;
}

/** Answers questions until the worker ends; an error that was thrown is an answer too, with its sentence. */
export function serve(calls: Readonly<Record<string, (...args: never[]) => unknown>>): void {
  const scope = globalThis as unknown as Scope;
  const known = new Map(Object.entries(calls));
  scope.addEventListener('message', ({ data: { id, name, args } }) => void answer(id, name, args));
  scope.postMessage({ ready: true }, []);

  async function answer(id: number, name: string, args: readonly unknown[]): Promise<void> {
    try {
      const value = await known.get(name)!(...(args as never[]));
      scope.postMessage({ id, value }, []);
    } catch (error) {
      scope.postMessage({ id, failed: error instanceof Error ? error.message : String(error) }, []);
    }
  }
}
