// URIs of documents ↔ paths of files (RFC 8089). Editors may also open texts that are no files.

import { fileURLToPath, pathToFileURL } from 'node:url';

/** The absolute path, with `/` between its parts; undefined for what is no file here. */
export function pathOfUri(uri: string): string | undefined {
  try {
    const url = new URL(uri);
    if (url.protocol !== 'file:') return undefined;
    const path = fileURLToPath(url).replaceAll('\\', '/');
    return path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** Of an absolute path. */
export const uriOfPath = (path: string): string => pathToFileURL(path).href;

/** A file name for a text that is no file: `Untitled-1.cnn` of `untitled:Untitled-1`. */
export function nameOfUri(uri: string): string {
  const [path = ''] = uri.split(/[?#]/, 1);
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf(':')) + 1);
  return name.endsWith('.cnn') ? name : `${name === '' ? 'network' : name}.cnn`;
}
