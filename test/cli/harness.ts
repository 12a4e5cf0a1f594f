// The command line in this process: streams that are kept, and files in memory.

import { PassThrough, Readable } from 'node:stream';
import { InputError } from '../../src/data/input-error.ts';
import type { Io, Output } from '../../src/cli/io.ts';
import type { OpeningProgram } from '../../src/playground/page-html.ts';
import type { ServeOptions } from '../../src/serve/options.ts';
import { main } from '../../src/cli/main.ts';
import { printer } from '../../src/cli/output.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** All files after the run, by absolute path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface World {
  /** By path relative to `/project`, or absolute. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly isTerminal?: boolean;
  readonly stdin?: string;
  /** Bytes that a protocol reads; what it writes is lost. */
  readonly spoken?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How many times as fast the clock goes: what is measured for a second takes the part of one. Default: 1. */
  readonly haste?: number;
  readonly import?: (path: string) => Promise<unknown>;
  /** Packages that are installed where the user is. */
  readonly packages?: Readonly<Record<string, unknown>>;
  /** Is given what Ctrl-C would do. */
  readonly onInterrupt?: (action: () => void) => () => void;
  readonly watch?: (paths: readonly string[]) => Promise<boolean>;
  /** Is told what would be served. */
  readonly onServe?: (options: ServeOptions) => void;
  /** Is told with what the playground begins. */
  readonly onPlay?: (program: OpeningProgram | undefined) => void;
  /** Is told what is about to be written, and may throw as a disk that is full. */
  readonly onWrite?: (path: string) => void;
}

/** Runs `cnnc` with these arguments in the folder `/project`. */
export async function cnnc(argv: readonly string[], world: World = {}): Promise<Outcome> {
  const files = new Map(
    Object.entries(world.files ?? {}).map(([path, data]) => [
      absolute(path),
      typeof data === 'string' ? new TextEncoder().encode(data) : data,
    ]),
  );
  const [stdout, stderr] = [capture(world), capture(world)];
  const io: Io = {
    stdout: stdout.output,
    stderr: stderr.output,
    env: world.env ?? {},
    process: {
      now: () => performance.now() * (world.haste ?? 1),
      residentBytes: () => process.memoryUsage.rss(),
      ...(world.onInterrupt && { onInterrupt: world.onInterrupt }),
    },
    ...(world.watch && { watch: world.watch }),
    ...(world.spoken !== undefined && {
      streams: { input: Readable.from([Buffer.from(world.spoken)]), output: new PassThrough().resume() },
    }),
    // Ends at once, since there is no Ctrl-C.
    work: async () => {},
    serve: async (options) => {
      world.onServe?.(options);
      return { address: 'http://127.0.0.1:8080/', close: async () => {} };
    },
    playground: async (options) => {
      world.onPlay?.(options.program);
      return { address: `http://127.0.0.1:${options.port ?? 8266}/`, open: () => {}, close: async () => {} };
    },
    readStdin: () => new TextEncoder().encode(world.stdin ?? ''),
    files: {
      workingFolder: '/project',
      resolve: absolute,
      identity: absolute,
      expand(path) {
        const found = [...files.keys()].filter(
          (file) => file.startsWith(`${absolute(path)}/`) && file.endsWith('.cnn'),
        );
        return files.has(absolute(path)) || found.length === 0
          ? undefined
          : found.map((file) => file.replace('/project/', ''));
      },
      create(path, data) {
        if (files.has(absolute(path))) return false;
        world.onWrite?.(path);
        files.set(absolute(path), new TextEncoder().encode(data));
        return true;
      },
      replace(path, data) {
        world.onWrite?.(path);
        files.set(absolute(path), typeof data === 'string' ? new TextEncoder().encode(data) : data);
      },
      checkPlace() {},
      writeAt(path, data, at) {
        world.onWrite?.(path);
        const before = files.get(absolute(path)) ?? new Uint8Array();
        const after = new Uint8Array(Math.max(before.length, at + data.length));
        after.set(before);
        after.set(data, at);
        files.set(absolute(path), after);
      },
      read(path, maxBytes) {
        const bytes = files.get(absolute(path));
        if (!bytes) throw new InputError(`cannot read ${path}: there is no such file or folder`);
        if (bytes.length > maxBytes) throw new InputError(`${path} is too large`, { limit: true });
        return bytes;
      },
      list: (folder) => {
        if (files.has(absolute(folder))) throw new InputError(`cannot read the folder ${folder}: it is a file`);
        const inside = [...files.keys()].filter((path) => path.startsWith(`${absolute(folder)}/`));
        return [...new Set(inside.map((path) => path.slice(absolute(folder).length + 1).split('/')[0]!))].toSorted();
      },
      write(folder, written) {
        for (const { path, data } of written) {
          world.onWrite?.(path);
          files.set(absolute(`${folder}/${path}`), typeof data === 'string' ? new TextEncoder().encode(data) : data);
        }
      },
      importInstalled: (name) => Promise.resolve(world.packages?.[name]),
      import:
        world.import ??
        ((path) =>
          import(
            `data:text/javascript,${encodeURIComponent(new TextDecoder().decode(files.get(absolute(path)) ?? new Uint8Array()))}`
          )),
    },
  };
  const code = await main(argv, io);
  return { code, stdout: stdout.text(), stderr: stderr.text(), files };
}

function capture({ isTerminal = false, env = {} }: World): { readonly output: Output; text(): string } {
  let text = '';
  return { output: printer({ write: (part) => void (text += part), isTerminal, columns: 100 }, env), text: () => text };
}

function absolute(path: string): string {
  const segments: string[] = [];
  for (const segment of (path.startsWith('/') ? path : `/project/${path}`).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}
