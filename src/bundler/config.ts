// `cnnc.config.ts` of a project, and the settings of one import: its query counts first, then what the configuration says of the
// network, of its file, and in general; options of a plugin before those of the file.

import { readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError, printable } from '../data/input-error.ts';
import { isInside } from '../cli/paths.ts';
import type { Request } from './request.ts';
import { querySettings } from './request.ts';
import type { SeenFiles } from './seen.ts';
import type { NetworkSettings, Options } from './settings.ts';
import { checkedOptions } from './settings.ts';

export interface Config {
  /** Absolute; undefined where the project has none. */
  readonly file: string | undefined;
  readonly options: Options;
}

const names = ['ts', 'mts', 'js', 'mjs'].map((extension) => `cnnc.config.${extension}`);

/**
 * Reads the configuration in a folder, if there is one; notes in `seen` where it looked. Throws `InputError` where it cannot be run, or
 * says what does not exist.
 */
export async function loadConfig(root: string, given: Options, seen: SeenFiles): Promise<Config> {
  checkedOptions(given);
  const found = foundIn(root, seen);
  if (!found) return { file: undefined, options: given };
  const { file, version } = found;
  const { default: said } = await imported(`${pathToFileURL(file).href}?v=${version}`, file);
  return {
    file,
    options: merged(
      inConfig(file, () => checkedOptions(said)),
      given,
    ),
  };
}

/** The first of the names that is a file, and its version. */
function foundIn(root: string, seen: SeenFiles): { readonly file: string; readonly version: string } | undefined {
  for (const name of names) {
    const file = join(root, name);
    seen.note(file);
    const stats = statSync(file, { throwIfNoEntry: false });
    // An empty one is about to be written.
    if (stats?.isFile() && stats.size > 0) return { file, version: `${stats.mtimeMs}-${stats.size}` };
  }
  return undefined;
}

async function imported(url: string, file: string): Promise<{ readonly default?: unknown }> {
  try {
    return await moduleAt(url, file);
  } catch (cause) {
    throw new InputError(`cannot run ${file}: ${cause instanceof Error ? cause.message : printable(String(cause))}`, {
      cause,
    });
  }
}

/** What exports is a module, though Node takes `.ts` and `.js` for scripts in a folder with `"type": "commonjs"`. */
async function moduleAt(url: string, file: string): Promise<{ readonly default?: unknown }> {
  const isModule = /^export\b/m.test(readFileSync(file, 'utf8'));
  const format = /\.m?ts$/.test(file) ? 'module-typescript' : 'module';
  const hooks = registerHooks({
    load: (one, context, next) => next(one, isModule && one === url ? { ...context, format } : context),
  });
  try {
    return (await import(url)) as { readonly default?: unknown };
  } finally {
    hooks.deregister();
  }
}

function inConfig<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${file}: ${error.message}`, { cause: error });
  }
}

/** Files of `networks` that do not exist, each as a sentence. */
export function missingNetworks(root: string, { networks = {} }: Options): readonly string[] {
  return Object.keys(networks).flatMap((key) => {
    const { path } = partsOf(key);
    const isThere = statSync(resolve(root, path), { throwIfNoEntry: false })?.isFile() === true;
    return isThere ? [] : [`networks, ${printable(key)}: there is no such file in ${printable(root)}`];
  });
}

function merged(config: Options, given: Options): Options {
  return { ...config, ...given, networks: { ...config.networks, ...given.networks } };
}

/** The settings of an import, with absolute paths. Throws `InputError` for a query that means nothing. */
export function settingsFor(request: Request, root: string, { networks = {}, ...general }: Options): NetworkSettings {
  const query = querySettings(request);
  const own = Object.entries(networks).flatMap(([key, settings]) => {
    const { path, network } = partsOf(key);
    const isMeant = resolve(root, path) === request.path && (network === undefined || network === query.network);
    return isMeant ? [{ isNamed: network !== undefined, settings: absolute(settings, root) }] : [];
  });
  const ordered = own.toSorted((a, b) => Number(a.isNamed) - Number(b.isNamed)).map(({ settings }) => settings);
  const all = [absolute(general, root), ...ordered, absolute(query, dirname(request.path))];
  const set = Object.assign({}, ...all.map((one) => one.set)) as NonNullable<NetworkSettings['set']>;
  return Object.assign({}, ...all, Object.keys(set).length > 0 ? { set } : {}) as NetworkSettings;
}

/** `FILE` or `FILE:NETWORK`. */
function partsOf(key: string): { readonly path: string; readonly network: string | undefined } {
  const [, path = key, network] = /^(.*\.cnn):(\w+)$/s.exec(key) ?? [];
  return { path, network };
}

function absolute(settings: NetworkSettings, folder: string): NetworkSettings {
  const { weights, map, tuning } = settings;
  return {
    ...settings,
    ...(typeof weights === 'string' && { weights: weights.startsWith('random:') ? weights : resolve(folder, weights) }),
    ...(map !== undefined && { map: resolve(folder, map) }),
    ...(tuning !== undefined && { tuning: resolve(folder, tuning) }),
  };
}

/** `path` as messages show it: relative to the project where it lies there. */
export function shownIn(root: string, path: string): string {
  return isInside(path, root) ? path.slice(root === '/' ? 1 : root.length + 1) : path;
}
