// Every network of the examples that can be built without parameters from outside.

import { existsSync, readdirSync } from 'node:fs';
import type { Network } from '../../compiler/frontend/index.ts';
import { readExample } from './examples.ts';

const folder = new URL('../../examples/', import.meta.url);
const examples = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/${name}.cnn`, folder)));

export const exampleNetworks: readonly (readonly [string, Network])[] = examples.flatMap((example) =>
  readExample(example).networks.map((network) => [`${example}: ${network.name}`, network] as const),
);
