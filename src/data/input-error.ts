// What a reader of files throws when the bytes are not what they should be; the command line turns it into exit code 1 or 3.

/** The message is one clear sentence that names what was found and what was expected. */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** True where the input may be well formed but a limit refuses it. */
  readonly limit: boolean;

  constructor(message: string, options: { readonly limit?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.limit = options.limit ?? false;
  }
}

/** User text for a message: control characters and quotes escaped, long text cut. */
export function printable(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(cut) ? cut : asciiLiteral(cut);
}

/** A JSON string of ASCII characters only. */
export function asciiLiteral(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
