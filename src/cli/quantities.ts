// Numbers and sizes of memory on the command line: `16`, `2GiB`, `512MiB`.

import { printable } from '../data/input-error.ts';
import { UsageError } from './errors.ts';

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** What is counted and has no smaller limit of its own ends here. */
export const MOST = 999_999_999;

const MOST_BYTES = 2 ** 53;

/** A parser of that option: whole bytes, at most 2^53. It throws `UsageError`. */
export function byteSize(option: string): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d{1,12}(?:\.\d{1,9})?)([A-Za-z]+)$/.exec(text) ?? [];
    const bytes = Math.floor(Number(number) * (Object.hasOwn(units, unit ?? '') ? units[unit!]! : NaN));
    if (!(bytes >= 1 && bytes <= MOST_BYTES))
      throw new UsageError(
        `${option} takes a size in KiB, MiB or GiB, as 2GiB, up to ${MOST_BYTES / units['GiB']!}GiB; found ${printable(text)}`,
      );
    return bytes;
  };
}

/** A parser of that option: a whole number in these bounds. It throws `UsageError`. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most))
      throw new UsageError(`${option} takes a whole number from ${least} to ${most}; found ${text}`);
    return value;
  };
}
