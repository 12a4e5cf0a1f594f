// Paths as text, with `/` between their parts: Windows takes it, too.

import { sep } from 'node:path';

/** A path of the system whose separator it is. Elsewhere `\` is a letter like others. */
export function slashed(path: string, separator: string = sep): string {
  return separator === '\\' ? path.replaceAll('\\', '/') : path;
}

/** As `slashed`, of what is written on the command line; a text in quotes is a value, not a path. */
export function argumentSlashed(argument: string, separator: string = sep): string {
  return argument.includes('"') ? argument : slashed(argument, separator);
}

/** The name of a file in a folder; the empty folder and `.` are the working folder. */
export function within(folder: string, path: string): string {
  return folder === '' || folder === '.' ? path : `${withoutSlashes(folder)}/${path}`;
}

/** Without slashes at the end. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** Both absolute. */
export function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The part before the last slash; `.` where there is none. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, Math.max(slash, 1));
}

/** The part behind the last slash. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `path`, which is relative to the folder of the file `from`, with `.` and `..` resolved as far as they can be. */
export function besides(from: string, path: string): string {
  // A place in a network begins with two on Windows.
  const [start] = /^\/{0,2}/.exec(from)!;
  const segments: string[] = [];
  for (const segment of [...from.split('/').slice(0, -1), ...path.split('/')]) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && segments.length > 0 && segments.at(-1) !== '..') segments.pop();
    else segments.push(segment);
  }
  return start + segments.join('/');
}

/** The path of `path` from the folder of the file `from`; both are relative to one folder and normalised. */
export function relativeTo(from: string, path: string): string {
  const [start, end] = [from.split('/').slice(0, -1), path.split('/')];
  const shared = start.findIndex((segment, at) => segment !== end[at]);
  const count = shared < 0 ? start.length : shared;
  return [...start.slice(count).map(() => '..'), ...end.slice(count)].join('/');
}

/** Of an output's name, which is an identifier with dots, except in foreign modules. */
export const fileName = (name: string): string => name.replace(/[^\w.[\]-]/g, '_').replace(/^\.+/, '_');
