// Files of the operating system.

import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../data/input-error.ts';
import type { Files } from './io.ts';
import { slashed, within } from './paths.ts';
import { readRegular } from './read-file.ts';
import { said } from './system-error.ts';
import { checkPlace, createFile, realPath, writeFiles, writeInto } from './write-files.ts';

export const nodeFiles: Files = {
  read: readRegular,
  list: (folder) => said(`cannot read the folder ${folder}`, () => fs.readdirSync(folder).toSorted()),
  write: (folder, files) => writeFiles(files.map(({ path, data }) => ({ path: within(folder, path), data }))),
  create: createFile,
  replace: (path, data) => writeFiles([{ path, data }]),
  checkPlace,
  writeAt: (path, data, at) => said(`cannot write ${path}`, () => writeInto(path, data, at)),
  expand,
  resolve: (path) => slashed(realPath(path)),
  identity(path) {
    try {
      const { dev, ino } = fs.statSync(path, { bigint: true });
      return `${dev}:${ino}`;
    } catch {
      return realPath(path);
    }
  },
  get workingFolder() {
    try {
      return slashed(fs.realpathSync('.'));
    } catch {
      return undefined;
    }
  },
  import: (path) => import(pathToFileURL(path).href),
  importInstalled,
};

async function importInstalled(name: string): Promise<unknown> {
  let place: string;
  try {
    place = createRequire(resolve('package.json')).resolve(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
  return import(pathToFileURL(place).href);
}

function expand(path: string): readonly string[] | undefined {
  const stats = said(`cannot read ${path}`, () => fs.statSync(path, { throwIfNoEntry: false }));
  if (!stats) return /[*?[{]/.test(path) ? found(path, path) : undefined;
  return stats.isDirectory() ? found(join(path, '**/*.cnn'), path) : undefined;
}

/** Files that one folder or pattern may stand for. */
const MAX_FILES = 10_000;

function found(pattern: string, path: string): readonly string[] {
  const files = said(`cannot read ${path}`, () =>
    fs
      .globSync(pattern, { exclude: (name) => /(?:^|\/)(?:node_modules|\.[^./][^/]*)$/.test(slashed(String(name))) })
      .map((file) => slashed(file))
      .filter((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile()),
  );
  if (files.length > MAX_FILES)
    throw new InputError(`${path} stands for more than ${MAX_FILES} files`, { limit: true });
  return files.toSorted();
}
