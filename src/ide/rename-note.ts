// What is called otherwise outside of the text after a rename: labels, paths and blocks name weights, and a module's inputs,
// outputs and networks are found by their names.

import type { Network } from '../../compiler/frontend/index.ts';

/** One sentence, with one of the names and how many more there are; undefined where all are as they were. */
export function otherNames(before: readonly Network[], after: readonly Network[]): string | undefined {
  for (const [what, names] of kinds) {
    const changes = before.flatMap((network, at) => changed(names(network), after[at] ? names(after[at]) : []));
    const pairs = new Map(changes);
    const [first] = pairs;
    if (!first) continue;
    const more = pairs.size > 1 ? ` (the first of ${pairs.size})` : '';
    return `${what} are then called \`${first[1]}\` instead of \`${first[0]}\`${more}${consequence[what]}`;
  }
  return undefined;
}

const kinds = [
  ['weights', ({ graph }: Network) => graph.parameters.map(({ name }) => name)],
  ['outputs', ({ graph }: Network) => graph.outputs.map(({ name }) => name)],
  ['inputs', ({ graph }: Network) => graph.inputs.map(({ name }) => name)],
  ['networks', ({ name }: Network) => [name]],
] as const;

const consequence = {
  weights: ': files with the old names need `--map`',
  outputs: ' in compiled modules',
  inputs: ' in compiled modules',
  networks: ' on the command line and in compiled modules',
} as const;

function changed(before: readonly string[], after: readonly string[]): readonly (readonly [string, string])[] {
  return before.flatMap((name, at) =>
    after[at] !== undefined && after[at] !== name ? [[name, after[at]] as const] : [],
  );
}
