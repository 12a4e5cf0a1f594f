// How webpack is given a network: mistakes are errors of the module, and weights are an asset of the compilation.

import { existsSync } from 'node:fs';
import type { Asset } from './compile.ts';
import { withFetchedWeights, withImported } from './module-text.ts';
import { fileImports, filePattern, fileSpecifier, pathFrom, placementOf } from './placement.ts';
import { besideFor } from './request.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

export interface WebpackCompiler {
  readonly context: string;
  readonly options: {
    readonly externalsPresets?: { readonly node?: boolean };
    readonly output: { readonly module?: boolean };
    /** With the defaults, of which an import has those for `esm`. */
    readonly resolve: Conditions & { readonly byDependency?: { readonly esm?: Conditions } };
  };
  readonly webpack: Webpack;
  readonly hooks: { readonly compilation: Hook<[compilation: Compilation]> };
}

interface Conditions {
  readonly conditionNames?: readonly string[];
}

interface Hook<Args extends readonly unknown[], Options = string> {
  tap(options: Options, handle: (...args: Args) => void): void;
}

interface Source {
  source(): string | Buffer;
}

interface Compilation {
  readonly hooks: {
    readonly processAssets: Hook<
      [assets: Readonly<Record<string, Source>>],
      { readonly name: string; readonly stage: number }
    >;
  };
  readonly chunks: ReadonlySet<{ readonly files: ReadonlySet<string> }>;
  updateAsset(name: string, source: Source): void;
}

interface Webpack {
  readonly Compilation: { readonly PROCESS_ASSETS_STAGE_ADDITIONS: number };
  readonly ExternalsPlugin: new (type: 'module', externals: RegExp) => { apply(compiler: WebpackCompiler): void };
  readonly sources: {
    readonly ReplaceSource: new (
      source: Source,
    ) => Source & { replace(start: number, last: number, text: string): void };
  };
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
  const { externalsPresets, output, resolve } = compiler.options;
  const inPlace = externalsPresets?.node === true ? 'inside' : 'beside';
  const conditions = [resolve, resolve.byDependency?.esm].flatMap((one) => one?.conditionNames ?? []);
  const placement = placementOf(conditions, output.module === true, inPlace);
  const { compiled, problems, files } = await session.outcomeOf(request, placement);
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
  const { weights, wasm, code } = compiled;
  if ((!weights && !wasm) || request.part === 'code') return code;
  // A file of the module, not of the compilation: it is there, too, when webpack takes the module from a cache.
  const emit = ({ name, hash, bytes }: Asset): string => {
    loaderContext.emitFile(name, Buffer.from(bytes), undefined, { immutable: true, contenthash: hash });
    return name;
  };
  if (placement === 'imported') {
    const [binary, file] = [wasm, weights].map((asset) => asset && fileSpecifier(emit(asset)));
    return withImported(besideFor(request, 'code'), binary, file);
  }
  const url = `new URL(__webpack_public_path__ + ${JSON.stringify(emit(weights!))}, globalThis.location.href)`;
  return withFetchedWeights(besideFor(request, 'code'), url);
}

/** Leaves imports of emitted files to the host, and puts their paths into the scripts. */
export function leaveFiles(compiler: WebpackCompiler): void {
  const { Compilation, ExternalsPlugin, sources } = compiler.webpack;
  new ExternalsPlugin('module', filePattern).apply(compiler);
  compiler.hooks.compilation.tap('cnnc', (compilation) => {
    const step = { name: 'cnnc', stage: Compilation.PROCESS_ASSETS_STAGE_ADDITIONS };
    compilation.hooks.processAssets.tap(step, (assets) => {
      for (const name of new Set([...compilation.chunks].flatMap(({ files }) => [...files]))) {
        const found = fileImports(assets[name]!.source().toString());
        if (found.length === 0) continue;
        const placed = new sources.ReplaceSource(assets[name]!);
        for (const { start, end, key } of found) placed.replace(start, end - 1, pathFrom(name, key));
        compilation.updateAsset(name, placed);
      }
    });
  });
}

/** The place in this program where a mistake was found is of no use to anybody. */
function withoutStack(text: string): Error {
  return Object.assign(new Error(text), { hideStack: true, stack: text });
}
