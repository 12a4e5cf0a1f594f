// The compiled code of libjpeg-turbo, as a worker of the playground loads it: in place of src/data/jpeg-turbo.ts, which reads a file.

/** Its file in the playground's folder. */
export const jpegTurboFile = 'jpeg-turbo.wasm';

let module: WebAssembly.Module | undefined;

/** Loads it once; `folder` is the playground's address. Rejects with one sentence. */
export async function loadJpegTurbo(folder: string): Promise<void> {
  if (module) return;
  const response = await fetch(new URL(jpegTurboFile, folder)).catch(() => undefined);
  if (!response?.ok) throw new Error('the decoder of JPEG pictures could not be loaded');
  module = await WebAssembly.compile(new Uint8Array(await response.arrayBuffer()));
}

/** What was loaded before. */
export function jpegTurbo(): WebAssembly.Module {
  if (!module) throw new Error('the decoder of JPEG pictures is not loaded');
  return module;
}
