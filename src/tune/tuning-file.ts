// The file in which `cnnc tune` keeps what it measured and chose, and which the compiler reads.

import type { Mathematics } from '../../compiler/pipeline.ts';
import type { AlgorithmName, Choices } from '../../compiler/schedule/algorithm.ts';
import { algorithmNames } from '../../compiler/schedule/algorithm.ts';
import { InputError, printable } from '../data/input-error.ts';
import { exceeds } from '../data/json-keys.ts';

export interface Tuning {
  readonly schemaVersion: 1;
  readonly network: string;
  readonly math: Mathematics;
  readonly choices: readonly Choice[];
}

export interface Choice {
  /** As `convolutionName` names it. */
  readonly convolution: string;
  readonly algorithm: AlgorithmName;
  /** What the compiler uses by itself. */
  readonly default: AlgorithmName;
  /** Milliseconds for one image, of all convolutions of that name together. */
  readonly ms: Readonly<Partial<Record<AlgorithmName, number>>>;
}

/** The contents of a tuning file, as JSON. */
export function tuningText(tuning: Tuning): string {
  return `${JSON.stringify(tuning, null, 2)}\n`;
}

/** A choice is an object with an object of times in a list in the file's object, and has about ten values. */
const LIMITS = { depth: 4, values: 120_000 } as const;

/** Only what the compiler needs of it is looked at. Throws `InputError`. */
export function readTuning(text: string): Choices {
  const excess = exceeds(new TextEncoder().encode(text), LIMITS);
  if (excess === 'depth') throw new InputError(`its lists and objects are nested more than ${LIMITS.depth} deep`);
  if (excess === 'values') throw new InputError(`it has more than ${LIMITS.values} values`, { limit: true });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError('the file is not valid JSON', { cause });
  }
  const file = object(value, 'the value');
  if (file['schemaVersion'] !== 1)
    throw new InputError(
      `schemaVersion is ${shown(file['schemaVersion'])}, expected 1: \`cnnc tune\` writes such files`,
    );
  const { choices } = file;
  if (!Array.isArray(choices)) throw new InputError(`choices is ${shown(choices)}, expected a list`);
  const found = new Map<string, AlgorithmName>();
  for (const [at, choice] of choices.entries()) {
    const where = `choices[${at}]`;
    const { convolution, algorithm } = object(choice, where);
    if (typeof convolution !== 'string')
      throw new InputError(`${where}.convolution is ${shown(convolution)}, expected the name of a convolution`);
    if (found.has(convolution))
      throw new InputError(`${where}.convolution is ${shown(convolution)} for the second time`);
    const name = algorithmNames.find((known) => known === algorithm);
    if (!name)
      throw new InputError(`${where}.algorithm is ${shown(algorithm)}, expected one of ${algorithmNames.join(', ')}`);
    found.set(convolution, name);
  }
  return found;
}

function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${where} is ${shown(value)}, expected an object`);
  return value as Readonly<Record<string, unknown>>;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? printable(value) : String(value);
}
