// Runs a target for a while in child processes, and ends those that hang. A process that hung or died is followed by another.

import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Find, Input, Target } from './target.ts';
import type { Message } from './worker.ts';

/** Wall-clock time after which an execution counts as endless, also on a busy machine. */
const ENDLESS_MS = 30_000;
const HEAP_MIB = 768;

export interface Session {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  readonly finds: readonly Find[];
}

export async function runSession(target: Target, seed: number, seconds: number): Promise<Session> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'cnnc-fuzz-'));
  const begin = performance.now();
  const finds: Find[] = [];
  let executions = 0;
  for (let round = 0; ; round++) {
    const left = seconds - (performance.now() - begin) / 1000;
    if (left <= 0 || round > 20) break;
    const part = await runChild(target, seed + round * 1_000_003, left, join(folder, 'input'));
    executions += part.executions;
    finds.push(...part.finds);
    if (part.isWhole) break;
  }
  fs.rmSync(folder, { recursive: true, force: true });
  return { target: target.name, executions, seconds: (performance.now() - begin) / 1000, finds };
}

interface Part {
  readonly executions: number;
  readonly finds: readonly Find[];
  /** False where the child did not come to its end. */
  readonly isWhole: boolean;
}

function runChild(target: Target, seed: number, seconds: number, path: string): Promise<Part> {
  // What the process before left there is no sign of this one.
  fs.rmSync(path, { force: true });
  const worker = new URL('worker.ts', import.meta.url);
  const child = fork(worker, [target.name, String(seed), String(seconds), path], {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const finds: Find[] = [];
  let executions = 0;
  let isHung = false;
  let stderr = '';
  child.stderr?.on('data', (part) => (stderr = (stderr + String(part)).slice(-4000)));
  child.on('message', (message: Message) => {
    if ('executions' in message) executions += message.executions;
    else {
      const bytes = Buffer.from(message.input, 'base64');
      finds.push({ ...message, input: message.isText ? bytes.toString('utf8') : Uint8Array.from(bytes) });
    }
  });
  const watch = setInterval(() => {
    const changed = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changed < ENDLESS_MS) return;
    isHung = true;
    child.kill('SIGKILL');
  }, 500);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(watch);
      const isWhole = code === 0;
      if (!isWhole) {
        const kind = isHung ? 'hang' : 'crash';
        const message = isHung ? `no end within ${ENDLESS_MS / 1000} s` : `ended by ${signal ?? code}: ${stderr}`;
        finds.push({ kind, seed, message, input: lastInput(target, path) });
      }
      resolve({ executions, finds, isWhole });
    });
  });
}

function lastInput({ name }: Target, path: string): Input {
  const bytes = fs.existsSync(path) ? fs.readFileSync(path) : Buffer.alloc(0);
  return textTargets.has(name) ? bytes.toString('utf8') : Uint8Array.from(bytes);
}

const textTargets: ReadonlySet<string> = new Set(['parser', 'format', 'check', 'emission', 'faults']);
