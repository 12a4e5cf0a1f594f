// The words before the names of a whole file: `module.` by PyTorch's DataParallel, `model.` by Lightning, `_orig_mod.` by torch.compile.

import type { Named } from './order.ts';

/** Prefixes that are tried. */
const MAX_TRIED = 64;

/**
 * With which text, such as `module.`, before each wanted name all wanted tensors are among those of the file. Empty where a name is
 * found as it is, where none does, and where several do.
 */
export function prefixOf(wanted: readonly Named[], found: readonly Named[]): string {
  const names = new Set(found.map(({ name }) => name));
  const [first] = wanted;
  if (!first || wanted.some(({ name }) => names.has(name))) return '';
  const tried = [...names]
    .filter((name) => name.endsWith(`.${first.name}`))
    .slice(0, MAX_TRIED)
    .map((name) => name.slice(0, -first.name.length));
  const fitting = tried.filter((prefix) => wanted.every(({ name }) => names.has(prefix + name)));
  return fitting.length === 1 ? fitting[0]! : '';
}
