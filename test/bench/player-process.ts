// An engine in a process of its own, so that no switch of V8 and nothing that another engine did to the process changes its times.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PlayerAnswer, PlayerCall, PlayerRequest } from './player-child.ts';
import type { Player } from './turns.ts';

export interface PlayerProcess extends Player {
  /** Of a run with the formula's input. */
  readonly output: Float32Array;
  /** Ends the process. */
  close(): void;
}

/** Undefined where the engine lacks an operator of the network. `flags` are switches of Node. Rejects when the process ends early. */
export async function startPlayer(
  name: string,
  request: PlayerRequest,
  flags: readonly string[] = [],
): Promise<PlayerProcess | undefined> {
  const path = fileURLToPath(new URL('player-child.ts', import.meta.url));
  const child = fork(path, [JSON.stringify(request)], {
    execArgv: [...flags],
    serialization: 'advanced',
    // What libraries say matters where one fails.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => void (said += text));
  const answered = (): Promise<PlayerAnswer> =>
    new Promise((resolve, reject) => {
      const end = (code: number | null): void => reject(new Error(`${name}: the process ended with ${code}\n${said}`));
      child.once('exit', end);
      child.once('message', ({ value }: { readonly value: PlayerAnswer }) => {
        child.off('exit', end);
        resolve(value);
      });
    });
  const ask = (call: PlayerCall): Promise<readonly number[]> => {
    const answer = answered();
    child.send(call);
    return answer as Promise<readonly number[]>;
  };
  const output = (await answered()) as Float32Array | undefined;
  const close = (): void => void child.kill();
  if (!output) return void close();
  return { name, output, close, warmUp: async () => (await ask('warm up'))[0]!, turn: () => ask('turn') };
}
