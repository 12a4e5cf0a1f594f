// The networks of the examples that can be built without parameters from outside.

import { existsSync, readdirSync } from 'node:fs';
import type { Network } from '../../compiler/frontend/index.ts';
import { readExample } from './examples.ts';

const folder = new URL('../../examples/', import.meta.url);
const examples = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/${name}.cnn`, folder)));

/** Those that differ little from another one of their file. */
const variants: ReadonlySet<string> = new Set([
  'ConvNeXtSmall',
  'InceptionV3',
  'MobileNetV3Small',
  'ResNeXt50',
  'ResNet101',
  'ShuffleNet50',
  'ShuffleNet150',
  'ShuffleNet200',
  'UNet',
]);

/** All but these variants, which take long where every network is looked at. */
export const exampleNetworks: readonly (readonly [string, Network])[] = examples.flatMap((example) =>
  readExample(example).networks.flatMap((network) =>
    variants.has(network.name) ? [] : [[`${example}: ${network.name}`, network] as const],
  ),
);
