// Weights that ship with examples, loaded when they are wanted.

import type { NamedWeights } from './session.ts';

/** What networks were taught. */
export type Subject = 'clothes' | 'digits';

/** Network → how its files in the playground's folder begin. */
const files: ReadonlyMap<string, string> = new Map([
  ['LeNet', 'lenet'],
  ['LeNetBN', 'lenet-bn'],
]);

const subjects: Readonly<Record<Subject, { readonly ending: string } & Pick<NamedWeights, 'title' | 'labels'>>> = {
  clothes: {
    ending: 'fashion-mnist',
    title: 'Trained on Fashion-MNIST, pictures of clothes: these weights come with the example.',
  },
  digits: {
    ending: 'digits',
    title: 'Trained on digits, as the Train tab has them: these weights come with the example.',
    labels: Array.from({ length: 10 }, (_, digit) => `${digit}`),
  },
};

/** What the network was taught for the playground; the first is what it begins with. */
export function subjectsOf(network: string): readonly Subject[] {
  return files.has(network) ? ['clothes', 'digits'] : [];
}

/** Undefined where there are none, or they cannot be loaded. */
export async function shippedWeights(network: string, subject: Subject): Promise<NamedWeights | undefined> {
  const file = files.get(network);
  if (file === undefined) return undefined;
  const { ending, ...named } = subjects[subject];
  const name = `${file}-${ending}.safetensors`;
  const response = await fetch(`weights/${name}`).catch(() => undefined);
  if (!response?.ok) return undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { source: { kind: 'file', name, bytes }, ...named };
}
