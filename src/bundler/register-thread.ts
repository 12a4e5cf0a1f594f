// The thread that compiles for `cnnc/register`.

import type { MessagePort } from 'node:worker_threads';
import { parentPort } from 'node:worker_threads';
import type { Compiled } from './compile.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';

export interface Order {
  readonly request: Request;
  /** The folder with the configuration. */
  readonly root: string;
  readonly port: MessagePort;
  /** Is woken, and not 0, when the answer is there. */
  readonly signal: Int32Array;
}

export interface Answer {
  readonly compiled?: Compiled;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const sessions = new Map<string, Session>();

parentPort?.on('message', async ({ request, root, port, signal }: Order) => {
  let answer: Answer;
  try {
    const session = sessions.get(root) ?? openSession(root, {});
    sessions.set(root, session);
    const { compiled, problems } = await session.outcomeOf(request, 'beside');
    const textsOf = (wanted: string) => problems.flatMap(({ severity, text }) => (severity === wanted ? [text] : []));
    answer = { ...(compiled && { compiled }), errors: textsOf('error'), warnings: textsOf('warning') };
  } catch (error) {
    answer = { errors: [error instanceof Error ? (error.stack ?? error.message) : String(error)], warnings: [] };
  }
  port.postMessage(answer);
  port.close();
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
