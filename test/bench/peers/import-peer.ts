// Frameworks live in test/bench/node_modules, which not every checkout has.

/** Rejects with the command that installs it when the package is missing. */
export async function importPeer<T>(name: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`${name} is not installed: npm ci --ignore-scripts --prefix test/bench`, { cause: error });
  }
}
