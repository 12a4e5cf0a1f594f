// The plugin of all bundlers. What they share is `Session`; what differs is how a build is given a file, and told of mistakes.

import { createVitePlugin } from './unplugin.ts';
import type { UnpluginFactory } from './unplugin.ts';
import { esbuildSetup } from './esbuild-setup.ts';
import { viteConfig } from './vite-config.ts';
import { devServer } from './vite-server.ts';
import type { HotUpdateContext, ViteConfig, ViteServer } from './vite-server.ts';
import { importedFiles } from './imported-files.ts';
import { requestOf } from './request.ts';
import { rollupLoad } from './rollup-load.ts';
import type { RollupContext } from './rollup-load.ts';
import type { Session } from './session.ts';
import { openSession } from './session.ts';
import type { Options } from './settings.ts';
import { resolveBeside } from './resolve.ts';
import { leaveFiles, webpackLoad } from './webpack-load.ts';
import type { WebpackCompiler, WebpackContext } from './webpack-load.ts';

type Factory = UnpluginFactory<Options | undefined>;

/** As `unplugin` takes it. */
export const factory: Factory = (options = {}, { framework }) => pluginFor(options, framework);

/** `conditions` are for Rollup, which knows none of its own. */
export function pluginFor(
  options: Options,
  framework: string,
  conditions: readonly string[] = [],
): ReturnType<Factory> {
  let root = process.cwd();
  let opened: Session | undefined;
  const session = (): Session => (opened ??= openSession(root, options));
  const server = devServer();
  const imported = importedFiles();
  const isVite = framework === 'vite';
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
      return rollupLoad(this as RollupContext, request, ssr, {
        root,
        session: session(),
        isVite,
        server,
        imported,
        conditions,
      });
    },
    rollup: {
      ...imported.hooks,
      resolveId: (specifier: string, importer: string | undefined) =>
        imported.hooks.resolveId(specifier) ?? resolveBeside(specifier, importer),
    } as object,
    vite: {
      ...imported.hooks,
      // Vite takes `#` for no part of a file's name.
      resolveId: (specifier: string, importer: string | undefined) =>
        imported.hooks.resolveId(specifier) ??
        (requestOf(specifier)?.part === 'code' ? resolveBeside(specifier, importer) : undefined),
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
      leaveFiles(compiler as WebpackCompiler);
    },
    esbuild: {
      onLoadFilter: /\.cnn$/,
      setup: (build) => esbuildSetup(build, (folder) => openSession(folder, options)),
    },
  };
}
