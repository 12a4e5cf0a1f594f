// How webpack is given a network: mistakes are errors of the module, and weights are an asset of the compilation.

import { existsSync } from 'node:fs';
import { withFetchedWeights } from './module-text.ts';
import { besideFor } from './request.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

export interface WebpackCompiler {
  readonly context: string;
  readonly options: { readonly externalsPresets?: { readonly node?: boolean } };
  readonly webpack: { readonly sources: { readonly RawSource: new (bytes: Uint8Array) => object } };
}

/** What `unplugin` calls `load` on. */
export interface WebpackContext {
  addWatchFile(file: string): void;
  getNativeBuildContext(): {
    readonly compiler: WebpackCompiler;
    readonly compilation: { emitAsset(name: string, source: object, info: object): void };
    readonly loaderContext: {
      emitWarning(error: Error): void;
      emitError(error: Error): void;
      addMissingDependency(file: string): void;
    };
  };
}

/** The text of a module. Throws the last error after the others were told. */
export async function webpackLoad(context: WebpackContext, request: Request, session: Session): Promise<string> {
  const { compiler, compilation, loaderContext } = context.getNativeBuildContext();
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
  const source = new compiler.webpack.sources.RawSource(Buffer.from(weights.bytes));
  compilation.emitAsset(weights.name, source, { immutable: true, contenthash: /-(\w+)\./.exec(weights.name)?.[1] });
  const url = `new URL(__webpack_public_path__ + ${JSON.stringify(weights.name)}, globalThis.location.href)`;
  return withFetchedWeights(besideFor(request, 'code'), url);
}

/** The place in this program where a mistake was found is of no use to anybody. */
function withoutStack(text: string): Error {
  return Object.assign(new Error(text), { hideStack: true, stack: text });
}
