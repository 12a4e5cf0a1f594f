// The plugin of all bundlers. What they share is `Session`; what differs is how a build is given a file, and told of mistakes.

import { resolve } from 'node:path';
import { createVitePlugin } from './unplugin.ts';
import type { UnpluginFactory } from './unplugin.ts';
import { esbuildSetup } from './esbuild-setup.ts';
import { viteConfig } from './vite-config.ts';
import { devServer } from './vite-server.ts';
import type { HotUpdateContext, ViteConfig, ViteServer } from './vite-server.ts';
import { withFetchedWeights } from './module-text.ts';
import type { Problem } from './problems.ts';
import { besideFor, requestOf } from './request.ts';
import type { Request } from './request.ts';
import type { Compiled, Outcome } from './compile.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';
import type { Options } from './settings.ts';
import { resolveBeside } from './resolve.ts';
import { webpackLoad } from './webpack-load.ts';
import type { WebpackCompiler, WebpackContext } from './webpack-load.ts';

/** What Rollup and Vite call `load` on. */
interface RollupContext {
  addWatchFile(file: string): void;
  warn(message: object): void;
  error(message: object): never;
  emitFile(file: { readonly type: 'asset'; readonly name: string; readonly source: Uint8Array }): string;
}

/**
 * Vite gives the address of a file from the root of the page's server, where its setting `base` does not say otherwise. What runs may be a
 * worker without `import.meta`, or one from a blob.
 */
const pageAddress = "globalThis.location?.href.replace(/^blob:/, '')";

/** As `unplugin` takes it. */
export const factory: UnpluginFactory<Options | undefined> = (options = {}, { framework }) => {
  let root = process.cwd();
  let opened: Session | undefined;
  const session = (): Session => (opened ??= openSession(root, options));
  const server = devServer();

  async function rollupLoad(context: RollupContext, request: Request, isForServer: boolean): Promise<string> {
    const { isDevelopment, isLibrary } = server;
    const outcome = await session().outcomeOf(request, isForServer || isLibrary ? 'inside' : 'beside');
    // Vite's server takes such a file for an import, which must be there.
    if (isDevelopment) server.note(request, outcome);
    else for (const file of outcome.files) context.addWatchFile(file);
    const compiled = compiledOrError(context, root, outcome, framework === 'vite' ? 1 : 0);
    if (!compiled.weights || request.part === 'code') return compiled.code;
    const { stem, bytes } = compiled.weights;
    // The bundler adds a hash of its own.
    const asset = (): string => context.emitFile({ type: 'asset', name: `${stem}.safetensors`, source: bytes });
    const place = isDevelopment
      ? `${JSON.stringify(server.urlOf(request, compiled.weights))}, import.meta.url`
      : `import.meta.ROLLUP_FILE_URL_${asset()}${framework === 'vite' ? `, ${pageAddress}` : ''}`;
    return withFetchedWeights(besideFor(request, 'code'), `new URL(${place})`);
  }

  const isNetwork = (id: string): boolean => requestOf(id) !== undefined;
  return {
    name: 'cnnc',
    enforce: 'pre',
    loadInclude: isNetwork,
    load(this: object, id: string, ...[given]: readonly unknown[]) {
      const request = requestOf(id);
      if (!request) return undefined;
      if (framework === 'webpack') return webpackLoad(this as WebpackContext, request, session());
      const { ssr = false } = Object(given) as { ssr?: boolean };
      return rollupLoad(this as RollupContext, request, ssr);
    },
    rollup: { resolveId: resolveBeside },
    vite: {
      config: () => viteConfig(() => createVitePlugin(factory)(options)),
      configResolved(config: ViteConfig) {
        root = config.root;
        server.configure(config);
      },
      configureServer: (vite: ViteServer) => server.serve(vite),
      hotUpdate(this: HotUpdateContext, update: { readonly file: string; readonly modules: readonly object[] }) {
        return server.modulesOf(this, update);
      },
    } as object,
    webpack: (compiler: object) => {
      root = (compiler as WebpackCompiler).context;
    },
    esbuild: {
      onLoadFilter: /\.cnn$/,
      setup: (build) => esbuildSetup(build, (folder) => openSession(folder, options)),
    },
  };
};

/** Warns, and fails with all errors at once, the first of which has the place. */
function compiledOrError(
  context: RollupContext,
  root: string,
  { compiled, problems }: Outcome,
  firstColumn: number,
): Compiled {
  const message = (problem: Problem, others: readonly Problem[]): object =>
    rollupMessage(problem, root, others, firstColumn);
  for (const problem of problems) if (problem.severity === 'warning') context.warn(message(problem, []));
  if (compiled) return compiled;
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  return context.error(message(first!, others));
}

/** The place in this program where a mistake was found is of no use to anybody, so that there is no stack. */
function rollupMessage(
  { message, frame, place }: Problem,
  root: string,
  others: readonly Problem[],
  firstColumn: number,
): object {
  return {
    message: [message, ...others.map(({ text }) => text)].join('\n\n'),
    ...(place && {
      id: resolve(root, place.file),
      loc: { file: resolve(root, place.file), line: place.line, column: place.column + firstColumn },
    }),
    ...(frame !== undefined && { frame }),
    stack: '',
  };
}
