// What the host says where it compiles no WebAssembly, with what helps.

import { messageOf } from './thread.ts';

/** Rejects with WebAssembly.CompileError; `what` is compiled. */
export async function compiledModule(
  compiling: Promise<WebAssembly.Module>,
  what: string,
): Promise<WebAssembly.Module> {
  try {
    return await compiling;
  } catch (cause) {
    const why = messageOf(cause);
    const advice = advices.find(([pattern]) => pattern.test(why))?.[1] ?? '';
    throw new WebAssembly.CompileError(`${what} cannot be compiled here: ${why}${advice}`, { cause });
  }
}

const advices: readonly (readonly [RegExp, string])[] = [
  [/CSP|content.security/i, " ('wasm-unsafe-eval' in the policy's script-src allows it)"],
  [/embedder/i, ' (it compiles a file that it imports: cnnc compile --wasm-file, then load(weights, { wasm }))'],
];
