// Every network of the examples that can be built without parameters from outside.

import { readdirSync } from 'node:fs';
import type { Network } from '../../compiler/frontend/index.ts';
import { readExample } from './examples.ts';

const folder = new URL('../../examples/', import.meta.url);
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'pictures')
  .map(({ name }) => name);

export const exampleNetworks: readonly (readonly [string, Network])[] = examples.flatMap((example) =>
  readExample(example).networks.map((network) => [`${example}: ${network.name}`, network] as const),
);
