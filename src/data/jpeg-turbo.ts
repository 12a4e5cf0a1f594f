// The compiled code of libjpeg-turbo, from the npm package. The playground has another file in place of this one.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

let module: WebAssembly.Module | undefined;

/** Compiled at the first call. */
export function jpegTurbo(): WebAssembly.Module {
  module ??= new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve('@cwasm/jpeg-turbo/jpeg-turbo.wasm')),
  );
  return module;
}
