// What an import of a `.cnn` file is compiled for, and where that is said: in the import's query, in `cnnc.config.ts`, or in the
// options of a plugin.

import { suggest } from '../../grammar/suggest.ts';
import { InputError, printable } from '../data/input-error.ts';
import type { StoredType } from '../weights/stored.ts';

/** How one network is compiled. docs/bundlers.md describes each. */
export interface NetworkSettings {
  /** Which network; may be left out where the file has only one with all parameters bound. */
  readonly network?: string;
  /** Values for the network's parameters: `{ classes: 10 }`, or expressions of the language as strings. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
  /** Default `wasm`. */
  readonly target?: 'wasm' | 'js';
  /** `fast` needs `wasm`. Default `default`. */
  readonly math?: 'default' | 'strict' | 'fast';
  /** What the weights' file has them in; with `bf16`, `wasm` also keeps those of dense layers so. Default `f32`. */
  readonly weightsType?: StoredType;
  /** Level of optimisation. Default 2. */
  readonly level?: 0 | 1 | 2;
  /** Names of passes to leave out. */
  readonly disable?: readonly string[];
  /**
   * A file of weights; false for a module whose `load` is given them. With one that was quantised, the module computes in whole
   * numbers. Default: the file of the same name beside the source, `net.safetensors` for `net.cnn`, where there is one.
   */
  readonly weights?: string | false;
  /** How tensors of that file find their layers. Default `name`. */
  readonly match?: 'name' | 'order';
  /** A file with pairs of names, a line each: `file-name -> net-name`. */
  readonly map?: string;
  /** Puts the weights into the module. Default: they are a file of their own, which `load` fetches. */
  readonly embed?: boolean;
  /** A file that `cnnc tune` wrote. Needs `wasm`. */
  readonly tuning?: string;
}

/** What `cnnc.config.ts` and the plugins take. */
export interface Options extends Omit<NetworkSettings, 'network' | 'set' | 'weights' | 'match' | 'map'> {
  /** By file, or `FILE:NETWORK`; relative to the project's folder, as all paths in it. */
  readonly networks?: Readonly<Record<string, Omit<NetworkSettings, 'network'>>>;
  /** Writes `net.d.cnn.ts` beside `net.cnn`. Default true. */
  readonly types?: boolean;
}

/** Gives `cnnc.config.ts` its types; returns what it is given. */
export function defineConfig(options: Options): Options {
  return options;
}

/** Values that a setting takes, by its name. */
const choices: Readonly<Record<string, readonly (string | number)[]>> = {
  target: ['wasm', 'js'],
  math: ['default', 'strict', 'fast'],
  weightsType: ['f32', 'bf16', 'f16', 'int8'],
  level: [0, 1, 2],
  match: ['name', 'order'],
};
const paths = ['weights', 'map', 'tuning'];

/** Every name of `NetworkSettings`. */
export const settingNames: readonly string[] = [
  ...Object.keys(choices),
  ...paths,
  'network',
  'set',
  'disable',
  'embed',
];

/** The value of a setting as a query writes it. Throws `InputError`. */
export function settingOf(name: string, text: string): NetworkSettings[keyof NetworkSettings] {
  if (name === 'embed' || name === 'weights') {
    if (text === 'false') return false;
    if (name === 'embed' && (text === '' || text === 'true')) return true;
  }
  if (name === 'disable') return text.split(',');
  const value = name === 'level' && /^\d$/.test(text) ? Number(text) : text;
  checkSetting(name, value);
  return value as NetworkSettings[keyof NetworkSettings];
}

/** Throws `InputError` where a setting has a value that it does not take. */
export function checkSetting(name: string, value: unknown): void {
  const known = choices[name];
  if (known && !known.includes(value as string))
    throw new InputError(`${name} is ${listOf(known)}; found ${shown(value)}`);
  if (name === 'embed' && typeof value !== 'boolean')
    throw new InputError(`embed is true or false; found ${shown(value)}`);
  const isPath = paths.includes(name) && !(name === 'weights' && value === false);
  if ((isPath || name === 'network') && (typeof value !== 'string' || value === ''))
    throw new InputError(
      `${name} takes the name of a ${name === 'network' ? 'network' : 'file'}; found ${shown(value)}`,
    );
  if (name === 'disable' && !(Array.isArray(value) && value.every((pass) => typeof pass === 'string')))
    throw new InputError(`disable takes a list of names of passes; found ${shown(value)}`);
  if (name === 'set' && !Object.values(Object(value)).every((one) => /^(?:string|number|boolean)$/.test(typeof one)))
    throw new InputError(`set takes values for parameters, such as { classes: 10 }; found ${shown(value)}`);
}

/** Options of a configuration or a plugin, checked. Throws `InputError`. */
export function checkedOptions(found: unknown): Options {
  const options = objectOf(found, 'the options');
  const { networks = {}, types = true, ...general } = options;
  if (typeof types !== 'boolean') throw new InputError(`types is true or false; found ${shown(types)}`);
  checkSettings(general, ['network', 'set', 'weights', 'match', 'map'], ['networks', 'types']);
  for (const [file, settings] of Object.entries(objectOf(networks, 'networks')))
    try {
      checkSettings(objectOf(settings, 'its settings'), ['network'], []);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`networks, ${printable(file)}: ${error.message}`, { cause: error });
    }
  return options as Options;
}

/** `conditions` of a plugin. Throws `InputError`. */
export function checkedConditions(found: unknown): readonly string[] {
  if (Array.isArray(found) && found.every((name) => typeof name === 'string')) return found;
  throw new InputError(`conditions takes a list of names, such as ['workerd']; found ${shown(found)}`);
}

function checkSettings(settings: object, without: readonly string[], others: readonly string[]): void {
  const allowed = settingNames.filter((name) => !without.includes(name));
  for (const [name, value] of Object.entries(settings)) {
    if (!allowed.includes(name)) throw new InputError(unknownOption(name, [...allowed, ...others]));
    if (value !== undefined) checkSetting(name, value);
  }
}

function unknownOption(name: string, known: readonly string[]): string {
  if (name === 'training') return noTraining;
  if (name === 'network') return 'the network stands in the query of an import, or behind its file, FILE:NETWORK';
  if (settingNames.includes(name)) return `${name} belongs to one network, and stands below networks and its file`;
  const near = suggest(name, known);
  const mend = near === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${near}?`;
  return `there is no option ${printable(name)} here; ${mend}`;
}

/** What a request for a module that trains is answered. */
export const noTraining = 'an import gives a module that computes; `cnnc compile --training` writes one that trains';

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InputError(`${what} must be an object; found ${shown(value)}`);
}

const listOf = (names: readonly (string | number)[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

const shown = (value: unknown): string =>
  value === '' ? 'nothing' : printable(typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value));
