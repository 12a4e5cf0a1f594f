// What commands know of the world: two streams, files, and the environment. Tests pass their own.

export interface Output {
  write(text: string): void;
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
}

/** What can be measured of this process. */
export interface ProcessFacts {
  /** Milliseconds since some moment. */
  now(): number;
  /** Bytes of memory that it occupies. */
  residentBytes(): number;
}

/** Waits until one of the files, given by absolute paths, has changed; false when the user ends the waiting. */
export type WatchFiles = (paths: readonly string[]) => Promise<boolean>;

/** Paths are as the user wrote them. All methods but `resolve` and `import` throw `InputError` with one sentence. */
export interface Files {
  read(path: string, maxBytes: number): Uint8Array;
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[];
  /** Writes all files under `folder`, which is made when missing; each appears complete or not at all. */
  write(folder: string, files: readonly { readonly path: string; readonly data: string | Uint8Array }[]): void;
  /** The absolute path with all links followed; of a file that does not exist, with the links of its folder followed. */
  resolve(path: string): string;
  /** The folder in which the user is, absolute, links followed. */
  readonly workingFolder: string;
  /** Exports of a JavaScript or TypeScript module. */
  import(path: string): Promise<unknown>;
}
