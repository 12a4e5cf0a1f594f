// A program of the playground: a text, and the files that it imports.

/** The path that the program has for messages and imports. */
export const programPath = 'program.cnn';

export interface Program {
  readonly text: string;
  /** Texts of imported files by their paths relative to the program's folder; they are not edited here. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Longest text, in UTF-16 units: the language's own limit. */
export const maxTextLength = 2 ** 20;

/** What is said of a longer one. */
export const tooLong = 'a text has at most 1,048,576 characters';

/** The program in a value from outside, a link or a store; undefined where it is none. */
export function programOf(value: unknown): Program | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { text, files } = value as { readonly text?: unknown; readonly files?: unknown };
  if (typeof text !== 'string') return undefined;
  // As the editor ends its lines.
  const normal = text.replaceAll(/\r\n?/g, '\n');
  if (typeof files !== 'object' || files === null) return { text: normal };
  const texts = Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return texts.length === 0 ? { text: normal } : { text: normal, files: Object.fromEntries(texts) };
}

/** Reads the files that a program imports. */
export function readerOf({ files = {} }: Program): (path: string) => string | undefined {
  const texts = new Map(Object.entries(files));
  return (path) => texts.get(path);
}
