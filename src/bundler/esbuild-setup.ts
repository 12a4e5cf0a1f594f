// How esbuild is given a network: with all errors and warnings at their places, and with weights by its loader of files.

import { posix, resolve } from 'node:path';
import { withFetchedWeights, withImported } from './module-text.ts';
import { placementOf, plainStem, weightsEnding } from './placement.ts';
import type { Problem } from './problems.ts';
import { apart, besideFor, requestOf } from './request.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

/** The part of `esbuild.PluginBuild` that is used here. */
export interface EsbuildBuild {
  readonly initialOptions: {
    readonly absWorkingDir?: string;
    readonly format?: string;
    readonly platform?: string;
    readonly conditions?: readonly string[];
  };
  onResolve(
    options: { readonly filter: RegExp },
    resolve: (args: { readonly path: string; readonly resolveDir: string }) => object | undefined,
  ): void;
  onLoad(
    options: { readonly filter: RegExp; readonly namespace: string },
    load: (args: {
      readonly path: string;
      readonly suffix: string;
      readonly pluginData?: Request;
    }) => Promise<object | undefined>,
  ): void;
}

const FILES = 'cnnc-files';

/** Registers what loads `.cnn` files. */
export function esbuildSetup(build: EsbuildBuild, open: (root: string) => Session): void {
  const { absWorkingDir = process.cwd(), format, platform, conditions = [] } = build.initialOptions;
  const session = open(absWorkingDir);
  // The other formats have no address of their own in Node.
  const inPlace = platform === 'node' && format !== 'esm' ? 'inside' : 'beside';
  const placement = placementOf(conditions, format === 'esm', inPlace);
  // The file has the name of what it is, to which esbuild adds a hash.
  build.onResolve({ filter: /\.cnn\?.*cnnc-part=(?:weights|wasm)$/ }, ({ path: specifier, resolveDir }) => {
    const request = requestOf(resolve(resolveDir, specifier));
    const extension = request?.part === 'wasm' ? 'wasm' : weightsEnding(placement);
    if (!request) return undefined;
    const path = posix.join(posix.dirname(request.path), `${plainStem(posix.basename(request.path))}.${extension}`);
    return { path, namespace: FILES, pluginData: request };
  });
  // esbuild takes `#` for the beginning of something that is not part of a file's name.
  build.onResolve({ filter: /\.cnn\?.*cnnc-part=code$/ }, ({ path, resolveDir }) => {
    const [name, query] = apart(path);
    return { path: resolve(resolveDir, name), suffix: query };
  });
  build.onLoad({ filter: /$/, namespace: FILES }, async ({ pluginData }) => {
    const { compiled } = await session.outcomeOf(pluginData!, placement);
    const asset = pluginData!.part === 'wasm' ? compiled?.wasm : compiled?.weights;
    return { contents: asset?.bytes ?? new Uint8Array(), loader: placement === 'imported' ? 'copy' : 'file' };
  });
  build.onLoad({ filter: /\.cnn$/, namespace: 'file' }, async ({ path, suffix }) => {
    const request = requestOf(path + suffix);
    if (!request) return undefined;
    const { compiled, problems, files } = await session.outcomeOf(request, placement);
    const message = (problem: Problem): object => messageOf(problem, absWorkingDir);
    const told = {
      watchFiles: files,
      warnings: problems.filter(({ severity }) => severity === 'warning').map(message),
    };
    if (!compiled) return { ...told, errors: problems.filter(({ severity }) => severity === 'error').map(message) };
    const { weights, wasm, code } = compiled;
    if ((!weights && !wasm) || request.part === 'code') return { ...told, contents: code, loader: 'js' };
    if (placement === 'imported') {
      const [file, binary] = [weights && besideFor(request, 'weights'), wasm && besideFor(request, 'wasm')];
      return { ...told, contents: withImported(besideFor(request, 'code'), binary, file), loader: 'js' };
    }
    const place = `import place from ${JSON.stringify(besideFor(request, 'weights'))};\n`;
    const own = format === 'esm' ? 'import.meta.url' : 'script';
    const script = 'const script = globalThis.document?.currentScript?.src ?? globalThis.location?.href;\n';
    const before = format === 'esm' ? place : `${place}${script}`;
    return {
      ...told,
      contents: withFetchedWeights(besideFor(request, 'code'), `new URL(place, ${own})`, before),
      loader: 'js',
    };
  });
}

function messageOf({ text, message, place }: Problem, root: string): object {
  if (!place) return { text, pluginName: 'cnnc' };
  const { file, line, lineText, column, length } = place;
  const before = Buffer.byteLength(lineText.slice(0, column));
  return {
    text: message,
    pluginName: 'cnnc',
    location: {
      file: resolve(root, file),
      namespace: 'file',
      line,
      lineText,
      // In bytes of UTF-8.
      column: before,
      length: Buffer.byteLength(lineText.slice(0, column + length)) - before,
    },
  };
}
