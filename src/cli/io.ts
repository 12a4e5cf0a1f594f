// What commands know of the world: two streams, files, and the environment. Tests pass their own.

import type { Readable, Writable } from 'node:stream';
import type { Unread } from '../data/unread.ts';
import type { OpeningProgram } from '../playground/page-html.ts';
import type { ServedModels, ServeOptions } from '../serve/options.ts';

export interface Output {
  /** Text for people: what would control a terminal is written as an escape, `\u001b`. */
  write(text: string): void;
  /** A file's own text, unchanged unless the output is a terminal. */
  writeData(text: string): void;
  /** Control sequences of this program, for terminals only. */
  writeControl(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal, or 100. */
  readonly columns: number;
}

export interface Io {
  /** Data. */
  readonly stdout: Output;
  /** Progress and diagnostics. */
  readonly stderr: Output;
  /** All of the standard input. Throws `InputError`. */
  readStdin(maxBytes: number): Uint8Array;
  readonly files: Files;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly process: ProcessFacts;
  /** Absent where nothing can be watched. */
  readonly watch?: WatchFiles;
  /** The standard input and output as bytes, for a protocol; absent where nothing speaks one. */
  readonly streams?: Streams;
  /** Absent where nothing can listen. */
  readonly playground?: Playground;
  /** Absent where nothing can listen. */
  readonly serve?: Serving;
  /** Takes shards from a queue until it is told to end; absent where no processes can be started. Rejects with `InputError`, `UsageError`. */
  readonly work?: (options: WorkerOptions) => Promise<void>;
}

/** Of a worker that computes the shards of a queue. */
export interface WorkerOptions {
  /** A Redis: `redis://127.0.0.1:6379`. */
  readonly queue: string;
  /** Shards at once, each in a process of its own. */
  readonly concurrency: number;
  /** The absolute path of the folder below which jobs may read and write. */
  readonly root: string;
  /** Prints a line of JSON for each shard. */
  readonly json: boolean;
}

export interface Streams {
  readonly input: Readable;
  readonly output: Writable;
}

/** What can be measured of this process. */
export interface ProcessFacts {
  /** Milliseconds since some moment. */
  now(): number;
  /** Bytes of memory that it occupies. */
  residentBytes(): number;
  /** Calls `action` once, when the user or the system asks the process to end, or its terminal is closed. The result stops waiting for that. */
  onInterrupt?(action: () => void): () => void;
}

/** Serves the playground's page, with this program to begin with. Rejects with `InputError`. */
export type Playground = (options: {
  readonly program?: OpeningProgram;
  readonly port?: number;
}) => Promise<ServedPlayground>;

export interface ServedPlayground {
  /** `http://127.0.0.1:8266/` */
  readonly address: string;
  /** Shows it in the user's browser, where one is found. */
  open(): void;
  close(): Promise<void>;
}

/** Loads models and answers requests for them. Rejects with `DiagnosticsError`, `InputError`, `UsageError`. */
export type Serving = (options: ServeOptions) => Promise<ServedModels>;

/** Waits until one of the files, given by absolute paths, has changed; false when the user or `signal` ends the waiting. */
export type WatchFiles = (paths: readonly string[], signal?: AbortSignal) => Promise<boolean>;

export interface WrittenFile {
  /** Relative to the folder of the set. */
  readonly path: string;
  readonly data: string | Uint8Array;
}

/** Paths are as the user wrote them. All methods but `resolve` and those that import throw `InputError` with one sentence. */
export interface Files {
  /** A regular file of at most `maxBytes`. `check` may refuse a large one before it is read. */
  read(path: string, maxBytes: number, check?: (file: Unread) => void): Uint8Array;
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[];
  /**
   * Writes a set of files under `folder`, which is made when missing; `.` leaves their paths as they are. All appear,
   * complete, or none does. Only regular files are replaced, links followed, and never one that the command has read.
   */
  write(folder: string, files: readonly WrittenFile[]): void;
  /** As `write`, of one file that must not be there yet: false where it is, also when several begin at once. */
  create(path: string, data: string): boolean;
  /** As `write`, of one file that the command may have read. */
  replace(path: string, data: string | Uint8Array): void;
  /** Throws what `write` would of one file, as far as it can be known before: for what takes long until there is something to write. */
  checkPlace(path: string): void;
  /** Writes into a regular file from byte `at` on, at once; what fails may leave a part of it. */
  writeAt(path: string, data: Uint8Array, at: number): void;
  /** The `.cnn` files of a folder and those inside, or the files that match a pattern, sorted; undefined for any other path. */
  expand(path: string): readonly string[] | undefined;
  /** The absolute path with all links followed; of a file that does not exist, with the links of its folder followed. */
  resolve(path: string): string;
  /** Equal for two paths of one file, hard links included. */
  identity(path: string): string;
  /** The folder in which the user is, absolute, links followed; undefined where it was removed. */
  readonly workingFolder: string | undefined;
  /** Exports of a JavaScript or TypeScript module. */
  import(path: string): Promise<unknown>;
  /** Exports of a package that is installed in the folder in which the user is, or in one above; undefined where there is none. */
  importInstalled(name: string): Promise<unknown>;
}
