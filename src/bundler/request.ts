// What an import asks for: the file, and in its query which network, with which values and how compiled,
// `./net.cnn?network=VGG16&size=96`.

import { InputError, printable } from '../data/input-error.ts';
import { slashed } from '../cli/paths.ts';
import type { NetworkSettings } from './settings.ts';
import { noTraining, settingNames, settingOf } from './settings.ts';

/**
 * `module` is what is imported. Where the weights, or the WebAssembly, are files of their own, it gets `code`, which is the emitted
 * module, and `weights` and `wasm` by imports of its own.
 */
export type Part = 'module' | 'code' | 'weights' | 'wasm';

export interface Request {
  /** The `.cnn` file, with `/` between the parts of its path. */
  readonly path: string;
  /** What stands behind `?`, without the part; empty where there is none. */
  readonly query: string;
  readonly part: Part;
}

/** Names a part in queries that a module's own imports have. */
const PART = 'cnnc-part';

/** Queries that bundlers have their own meaning for. */
const foreign = /[?&](?:raw|url|inline|no-inline|worker|sharedworker)(?:[&=]|$)/;

/** The request of a module's identifier, a path with a query; undefined where it is none. `separator` is the system's. */
export function requestOf(id: string, separator?: string): Request | undefined {
  const [, path, rest = ''] = /^([^\0?]+\.cnn)(\?.*)?$/s.exec(id) ?? [];
  if (path === undefined || foreign.test(rest)) return undefined;
  const [, before = rest, part = 'module'] = /^(.*[?&])cnnc-part=(code|weights|wasm)$/s.exec(rest) ?? [];
  return { path: slashed(path, separator), query: before.replace(/^\?/, '').replace(/&$/, ''), part: part as Part };
}

/** The import of another part of what was asked for, as the file beside itself. */
export function besideFor({ path, query }: Request, part: Part): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return `./${name}?${query === '' ? '' : `${query}&`}${PART}=${part}`;
}

/** A path, and its query with the `?`, which may be empty. */
export function apart(id: string): readonly [path: string, query: string] {
  const at = id.indexOf('?');
  return at < 0 ? [id, ''] : [id.slice(0, at), id.slice(at)];
}

/** What the query says: settings by their names, and by any other name, or by `set.NAME`, a parameter. Throws `InputError`. */
export function querySettings({ query }: Pick<Request, 'query'>): NetworkSettings {
  const settings = new Map<string, NetworkSettings[keyof NetworkSettings]>();
  const set = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const [, parameter] = /^(?:set\.)?(.*)$/s.exec(name)!;
    const isSetting = parameter === name && name !== 'set' && settingNames.includes(name);
    if (isSetting ? settings.has(name) : set.has(parameter!))
      throw new InputError(`the query of the import gives ${printable(name)} twice`);
    if (isSetting)
      settings.set(
        name,
        inQuery(() => settingOf(name, value)),
      );
    else if (name === 'training') throw new InputError(noTraining);
    else if (!/^[A-Za-z_]\w*$/.test(parameter!) || value === '')
      throw new InputError(
        `the query of the import takes network=NAME, settings, and parameters as NAME=VALUE; found ${printable(`${name}=${value}`)}`,
      );
    else set.set(parameter!, value);
  }
  return { ...Object.fromEntries(settings), ...(set.size > 0 && { set: Object.fromEntries(set) }) };
}

function inQuery<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`in the query of the import, ${error.message}`, { cause: error });
  }
}
