// Weights that ship with examples, loaded when their network is first run.

import type { NamedWeights } from './session.ts';

/** Network → the file in the playground's folder. */
const files: ReadonlyMap<string, string> = new Map([
  ['LeNet', 'weights/lenet-fashion-mnist.safetensors'],
  ['LeNetBN', 'weights/lenet-bn-fashion-mnist.safetensors'],
]);

/** Undefined where there are none, or they cannot be loaded. */
export async function shippedWeights(network: string): Promise<NamedWeights | undefined> {
  const path = files.get(network);
  if (path === undefined) return undefined;
  const response = await fetch(path).catch(() => undefined);
  if (!response?.ok) return undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    source: { kind: 'file', name: path.slice(path.lastIndexOf('/') + 1), bytes },
    title: 'Trained on Fashion-MNIST, pictures of clothes: these weights come with the example.',
  };
}
