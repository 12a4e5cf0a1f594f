// What Vite's development server needs: weights at a URL, and which modules a changed file makes new.

import type { Asset, Outcome } from './compile.ts';
import type { Request } from './request.ts';

export interface ViteConfig {
  readonly root: string;
  readonly base: string;
  readonly command: 'build' | 'serve';
  readonly build?: { readonly lib?: unknown };
}

interface Answer {
  setHeader(name: string, value: string): void;
  end(bytes: Uint8Array): void;
}

export interface ViteServer {
  readonly watcher: { add(file: string): void };
  readonly middlewares: {
    use(handle: (request: { readonly url?: string }, answer: Answer, next: () => void) => void): void;
  };
}

/** What Vite calls `hotUpdate` on. */
export interface HotUpdateContext {
  readonly environment: {
    readonly moduleGraph: { getModulesByFile(file: string): ReadonlySet<object> | undefined };
  };
}

export interface DevServer {
  readonly isDevelopment: boolean;
  /** Whether a library is built, which does not know where its files will lie. */
  readonly isLibrary: boolean;
  configure(config: ViteConfig): void;
  serve(vite: ViteServer): void;
  /** Keeps in mind, and watches, what an import has read. */
  note(request: Request, outcome: Outcome): void;
  /** Where the weights of an import are served; earlier ones are served no more. */
  urlOf(request: Request, asset: Asset): string;
  /** Those that a change of `file` makes new; undefined where Vite knows them. */
  modulesOf(
    context: HotUpdateContext,
    update: { readonly file: string; readonly modules: readonly object[] },
  ): object[] | undefined;
}

/** Of one plugin. */
export function devServer(): DevServer {
  let config: ViteConfig = { root: '', base: '/', command: 'build' };
  let server: ViteServer | undefined;
  /** The weights by their imports. */
  const assets = new Map<string, Asset>();
  /** The networks that read a file. */
  const readers = new Map<string, Set<string>>();
  const prefix = (): string => `${config.base}@cnnc/`;
  return {
    get isDevelopment() {
      return config.command === 'serve';
    },
    get isLibrary() {
      return Boolean(config.build?.lib);
    },
    configure: (resolved) => void (config = resolved),
    serve(vite) {
      server = vite;
      vite.middlewares.use((request, answer, next) => {
        const [path] = (request.url ?? '').split('?');
        // Vite takes the base away before plugins see the URL.
        const name = path!.slice(path!.lastIndexOf('/') + 1);
        const asset = assets.values().find((one) => one.name === name);
        if (!path!.includes('/@cnnc/') || !asset) return next();
        answer.setHeader('content-type', 'application/octet-stream');
        answer.setHeader('cache-control', 'no-cache');
        answer.end(asset.bytes);
      });
    },
    note({ path }, { files }) {
      for (const file of files) {
        const paths = readers.get(file) ?? new Set();
        readers.set(file, paths.add(path));
        server?.watcher.add(file);
      }
    },
    urlOf({ path, query }, asset) {
      assets.set(`${path}?${query}`, asset);
      return `${prefix()}${asset.name}`;
    },
    modulesOf({ environment }, { file, modules }) {
      const networks = [...(readers.get(file) ?? [])];
      if (networks.length === 0) return undefined;
      const found = networks.flatMap((path) => [...(environment.moduleGraph.getModulesByFile(path) ?? [])]);
      return [...new Set([...modules, ...found])];
    },
  };
}
