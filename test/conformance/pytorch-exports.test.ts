// Some networks as the machine's PyTorch exports them, on WebAssembly; `npm run conformance` runs all of them in all ways.

import { expect, test } from 'vitest';
import { runExports, whyNot } from './pytorch-exports.ts';

const missing = whyNot();
const names = [
  'resnet-13',
  'anchor_detector-11',
  'vit-13',
  'convnext-16',
  'normalised-11',
  'style_transfer-17-dynamic',
];

test.skipIf(missing !== undefined)(
  `networks of PyTorch are imported and give its results${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 120_000 },
  async () => {
    expect(await runExports(names, () => true, ['wasm'])).toEqual(
      names.toSorted().map((name) => ({ name, verdict: { kind: 'passed' } })),
    );
  },
);
