// `node --import cnnc/register`: imports of `.cnn` files without a bundler. Node asks for a module at once, and compiling takes
// promises; so a thread compiles, and this one waits for it.

import { registerHooks } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { withWeights } from './module-text.ts';
import type { Answer, Order } from './register-thread.ts';
import { besideFor, requestOf } from './request.ts';
import type { Request } from './request.ts';

/** Where modules find their weights, by their URL. */
const weightsAt = Symbol.for('cnnc.weights');
const stored = new Map<string, Uint8Array>();
Object.defineProperty(globalThis, weightsAt, { value: stored });

registerHooks({
  resolve(specifier, context, next) {
    const url = relativeUrl(specifier, context.parentURL);
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
  },
  load(url, context, next) {
    const request = url.startsWith('file:') ? requestOfUrl(url) : undefined;
    return request ? { source: sourceOf(url, request), format: 'module', shortCircuit: true } : next(url, context);
  },
});

/** Of what lies beside the importer. Undefined for what Node resolves itself, which reports also what is not there. */
function relativeUrl(specifier: string, parent: string | undefined): string | undefined {
  if (!/\.cnn(?:\?|$)/.test(specifier) || !/^(?:\.\.?\/|\/|file:)/.test(specifier)) return undefined;
  const url = new URL(specifier, parent);
  return url.protocol === 'file:' && existsSync(url) ? url.href : undefined;
}

function requestOfUrl(url: string): Request | undefined {
  return requestOf(`${fileURLToPath(url)}${new URL(url).search}`);
}

function sourceOf(url: string, request: Request): string {
  const { compiled, errors, warnings } = compiledBy({ request, root: process.cwd() });
  for (const warning of warnings) process.stderr.write(`${warning}\n\n`);
  if (!compiled) throw withoutStack(errors);
  const { code, weights } = compiled;
  if (!weights || request.part === 'code') return code;
  stored.set(url, weights.bytes);
  const key = JSON.stringify(url);
  const beside = besideFor({ ...request, path: new URL(url).pathname }, 'code');
  return withWeights(beside, `globalThis[Symbol.for("cnnc.weights")].get(${key})`);
}

function withoutStack(errors: readonly string[]): Error {
  const error = new SyntaxError(errors.join('\n\n'));
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

let worker: Worker | undefined;

/** Blocks until the thread has answered. */
function compiledBy(order: Omit<Order, 'port' | 'signal'>): Answer {
  worker ??= new Worker(new URL(import.meta.url.replace(/register(?=\.[jt]s$)/, 'register-thread')), { execArgv: [] });
  worker.unref();
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  worker.postMessage({ ...order, port: port2, signal } satisfies Order, [port2]);
  if (Atomics.wait(signal, 0, 0, 600_000) === 'timed-out')
    throw new Error(`${order.request.path} could not be compiled within ten minutes`);
  const { message } = receiveMessageOnPort(port1) as { readonly message: Answer };
  port1.close();
  return message;
}
