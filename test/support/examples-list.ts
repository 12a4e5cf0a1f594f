// The networks of the examples that can be built without parameters from outside.

import { existsSync, readdirSync } from 'node:fs';
import type { Network } from '../../compiler/frontend/index.ts';
import { variants } from '../../scripts/example-variants.ts';
import { readExample } from './examples.ts';

const folder = new URL('../../examples/', import.meta.url);
const examples = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/${name}.cnn`, folder)));

/** All but variants, which take long where every network is looked at. */
export const exampleNetworks: readonly (readonly [string, Network])[] = examples.flatMap((example) =>
  readExample(example).networks.flatMap((network) =>
    variants.has(network.name) ? [] : [[`${example}: ${network.name}`, network] as const],
  ),
);
