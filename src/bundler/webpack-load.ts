// How webpack is given a network: mistakes are errors of the module, and weights are an asset of the compilation.

import { existsSync } from 'node:fs';
import { withFetchedWeights } from './module-text.ts';
import { besideFor } from './request.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

export interface WebpackCompiler {
  readonly context: string;
  readonly options: { readonly externalsPresets?: { readonly node?: boolean } };
}

/** What `unplugin` calls `load` on. */
export interface WebpackContext {
  addWatchFile(file: string): void;
  getNativeBuildContext(): {
    readonly compiler: WebpackCompiler;
    readonly loaderContext: {
      emitFile(name: string, content: Uint8Array, sourceMap: undefined, info: object): void;
      emitWarning(error: Error): void;
      emitError(error: Error): void;
      addMissingDependency(file: string): void;
    };
  };
}

/** The text of a module. Throws the last error after the others were told. */
export async function webpackLoad(context: WebpackContext, request: Request, session: Session): Promise<string> {
  const { compiler, loaderContext } = context.getNativeBuildContext();
  const isNode = compiler.options.externalsPresets?.node === true;
  const { compiled, problems, files } = await session.outcomeOf(request, isNode ? 'inside' : 'beside');
  // One that is not there, taken for one that is, would look removed: webpack would build again and again.
  for (const file of files)
    if (existsSync(file)) context.addWatchFile(file);
    else loaderContext.addMissingDependency(file);
  for (const { severity, text } of problems) if (severity === 'warning') loaderContext.emitWarning(withoutStack(text));
  if (!compiled) {
    const errors = problems.filter(({ severity }) => severity === 'error').map(({ text }) => withoutStack(text));
    for (const error of errors.slice(0, -1)) loaderContext.emitError(error);
    throw errors.at(-1)!;
  }
  const { weights, code } = compiled;
  if (!weights || request.part === 'code') return code;
  // A file of the module, not of the compilation: it is there, too, when webpack takes the module from a cache.
  const info = { immutable: true, contenthash: weights.hash };
  loaderContext.emitFile(weights.name, Buffer.from(weights.bytes), undefined, info);
  const url = `new URL(__webpack_public_path__ + ${JSON.stringify(weights.name)}, globalThis.location.href)`;
  return withFetchedWeights(besideFor(request, 'code'), url);
}

/** The place in this program where a mistake was found is of no use to anybody. */
function withoutStack(text: string): Error {
  return Object.assign(new Error(text), { hideStack: true, stack: text });
}
