// Sizes of memory on the command line: `2GiB`, `512MiB`.

import { printable } from '../data/input-error.ts';
import { UsageError } from './errors.ts';

const units: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A parser of that option: whole bytes, at most 2^53. It throws `UsageError`. */
export function byteSize(option: string): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d{1,9}(?:\.\d{1,9})?)([A-Za-z]+)$/.exec(text) ?? [];
    const bytes = Math.floor(Number(number) * (Object.hasOwn(units, unit ?? '') ? units[unit!]! : NaN));
    if (!(bytes >= 1))
      throw new UsageError(`${option} takes a size in KiB, MiB or GiB, as 2GiB; found ${printable(text)}`);
    return bytes;
  };
}
