// Files that the host imports, in Rollup and Vite: they are emitted, and their imports are left to the host.

import { posix } from 'node:path';
import type { Asset } from './compile.ts';
import { fileImports, filePattern, fileSpecifier, pathFrom } from './placement.ts';

/** What hooks are called on. */
export interface Emitting {
  emitFile(
    file: { readonly type: 'asset'; readonly source: Uint8Array } & (
      { readonly name: string } | { readonly fileName: string }
    ),
  ): string;
  /** Vite's. */
  readonly environment?: {
    readonly config: {
      readonly build: { readonly assetsDir: string; readonly emitAssets: boolean };
      readonly resolve: { readonly conditions: readonly string[] };
    };
  };
}

interface Writing extends Emitting {
  error(message: object): never;
  getFileName(reference: string): string;
}

type Bundle = Readonly<Record<string, { readonly imports?: readonly string[] }>>;

export interface ImportedFiles {
  /** Emits a file, and returns the specifier under which a module imports it. */
  emit(context: Emitting, asset: Asset): string;
  /** Hooks of the plugin. */
  readonly hooks: {
    resolveId(specifier: string): object | undefined;
    readonly renderChunk: object;
    readonly generateBundle: object;
  };
}

/** Of one plugin. */
export function importedFiles(): ImportedFiles {
  /** By their keys, those that Vite would throw away: a build for servers has no page that fetches them. They are emitted at the end. */
  const late = new Map<string, { readonly fileName: string; readonly source: Uint8Array }>();
  return {
    emit(context, { name, plainName, bytes }) {
      const { assetsDir = '', emitAssets = true } = context.environment?.config.build ?? {};
      if (!emitAssets) late.set(name, { fileName: posix.join(assetsDir, name), source: bytes });
      // The bundler adds a hash of its own.
      return fileSpecifier(emitAssets ? context.emitFile({ type: 'asset', name: plainName, source: bytes }) : name);
    },
    hooks: {
      resolveId: (specifier) =>
        filePattern.test(specifier) ? { id: specifier, external: true, moduleSideEffects: false } : undefined,
      renderChunk(
        this: Writing,
        code: string,
        { fileName }: { readonly fileName: string },
        { format }: { readonly format: string },
      ) {
        if (!code.includes(fileSpecifier(''))) return null;
        if (format !== 'es')
          this.error({ message: `with the condition workerd, the output's format is es; found ${format}`, stack: '' });
        let placed = code;
        for (const { start, end, key } of fileImports(code).toReversed()) {
          const path = pathFrom(fileName, late.get(key)?.fileName ?? this.getFileName(key));
          placed = placed.slice(0, start) + path + placed.slice(end);
        }
        return { code: placed, map: null };
      },
      generateBundle: {
        order: 'post',
        handler(this: Writing, _: object, bundle: Bundle) {
          const imports = new Set(Object.values(bundle).flatMap((file) => file.imports ?? []));
          for (const [key, file] of late)
            if (imports.has(fileSpecifier(key))) this.emitFile({ type: 'asset', ...file });
        },
      },
    },
  };
}
