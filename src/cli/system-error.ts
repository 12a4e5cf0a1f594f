// Errors of the operating system as one sentence for the user.

import { InputError } from '../data/input-error.ts';

/** Runs `action`; an error of the system becomes an `InputError` that begins with `what`. */
export function said<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new InputError(`${what}: ${reason}`, { cause: error });
  }
}

/** Why the system refused, or undefined for any other error. */
export function systemReason(error: unknown): string | undefined {
  const { code, syscall, message } = error as { code?: unknown; syscall?: unknown; message?: string };
  if (error instanceof InputError || typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  if (syscall === 'uv_cwd' || (code === 'ENOENT' && !hasWorkingFolder()))
    return 'the working folder does not exist any more';
  if (syscall === 'watch' && (code === 'ENOSPC' || code === 'EMFILE'))
    return 'it cannot be watched, because the system watches as many files as it may (on Linux, fs.inotify.max_user_watches and .max_user_instances)';
  return reasons.get(code) ?? message;
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['EEXIST', 'there is a file of that name'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOSPC', 'no space is left on the disk'],
  ['EDQUOT', 'your share of the disk is used up'],
  ['EFBIG', 'the file would be larger than this system allows'],
  ['EIO', 'the device failed'],
  ['EROFS', 'the file system is read-only'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['EADDRINUSE', 'it is in use'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'there is no such host'],
  ['EBUSY', 'it is in use'],
  ['ETXTBSY', 'it is in use'],
  ['EAGAIN', 'nothing can be read from it now'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ELOOP', 'its links go in a circle'],
]);

function hasWorkingFolder(): boolean {
  try {
    return process.cwd() !== '';
  } catch {
    return false;
  }
}
