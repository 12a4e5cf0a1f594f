// LiteRT.js (@litertjs/core), which runs XNNPACK in WebAssembly, on the processor. Its loader is written for browsers: Node lacks
// `self`, and `importScripts` for the script beside the module.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import type { AsyncEngine } from '../engine.ts';
import type { LiteRtModel } from '../tflite-model.ts';
import { importPeer } from './import-peer.ts';

export async function createLiteRt(
  { bytes, inputShape }: LiteRtModel,
  threads = 1,
  name = 'litert',
): Promise<AsyncEngine> {
  const runtime = await load(threads);
  const model = await runtime.loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: threads } });
  return {
    name,
    isAsync: true,
    async run(x) {
      const input = new runtime.Tensor(x, inputShape);
      const [output] = await model.run([input]);
      const data = Float32Array.from((await output!.data()) as Float32Array);
      input.delete();
      output!.delete();
      return data;
    },
    async release() {
      model.delete();
    },
  };
}

let loading: Promise<LiteRt> | undefined;

/** Once in a process. */
function load(threads: number): Promise<LiteRt> {
  loading ??= (async () => {
    // For as long as it loads: other libraries tell browsers and workers by these.
    const globals = { self: globalThis, importScripts, Module: { printErr: () => {} } };
    Object.assign(globalThis, globals);
    const runtime = await importPeer<LiteRt>('@litertjs/core');
    const folder = join(dirname(fileURLToPath(import.meta.resolve('@litertjs/core'))), '../wasm/');
    await runtime.loadLiteRt(folder, { threads: threads > 1 });
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
    return runtime;
  })();
  return loading;
}

/** As in a worker, but for the variables that the script finds in Node. */
function importScripts(path: string): void {
  const text = `(function (require, __filename, __dirname) {${readFileSync(path, 'utf8')}\nself.ModuleFactory = ModuleFactory; })`;
  const script = runInThisContext(text, { filename: path }) as (
    require: NodeJS.Require,
    filename: string,
    folder: string,
  ) => void;
  script(createRequire(path), path, dirname(path));
}

// The part of @litertjs/core that is used here, written down so that type checks do not need the package.

interface LiteRt {
  readonly Tensor: new (data: Float32Array, shape: readonly number[]) => Tensor;
  loadLiteRt(folder: string, options: { readonly threads: boolean }): Promise<unknown>;
  loadAndCompile(model: Uint8Array, options: object): Promise<Model>;
}

interface Tensor {
  data(): Promise<ArrayLike<number>>;
  delete(): void;
}

interface Model {
  run(inputs: readonly Tensor[]): Promise<readonly Tensor[]>;
  delete(): void;
}
