// Files as the arguments of a command name them: one by one, by folders, by patterns that no shell has expanded.

import { InputError } from '../data/input-error.ts';
import { isStdin } from './guard.ts';
import type { Io } from './io.ts';
import { namedNetwork } from './source.ts';
import type { Named } from './source.ts';

/** Every file once, in the order of the arguments. Throws `InputError` where a folder or pattern stands for none. */
export function expandFiles(given: readonly string[], { files }: Io): readonly Named[] {
  const found = given.flatMap((argument): readonly Named[] => {
    const named = namedNetwork(argument);
    if (named.network !== undefined || isStdin(argument)) return [named];
    const paths = files.expand(argument);
    if (paths?.length === 0) throw new InputError(`${argument}: there is no .cnn file`);
    return paths?.map((path) => ({ path })) ?? [named];
  });
  const keyOf = ({ path, network = '' }: Named): string => `${files.identity(path)} ${network}`;
  return [...new Map(found.toReversed().map((one) => [keyOf(one), one])).values()].toReversed();
}
