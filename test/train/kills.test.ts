// `kill -9` at a few random moments of a small training; `node test/train/kills.ts` does it two hundred times.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killAtRandom } from './kills.ts';

const network = `network T { input x: [1, 12, 12] { scale: 1/255 }\n conv(4, kernel: 3) -> batch_norm -> relu\n flatten\n dense(10) }
train T { optimizer: adam  batch: 20  augment: random_translation  epochs: 3 }`;

test.skipIf(process.platform === 'win32')(
  'a training that is killed ends with the bytes of one that is not',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cnnc-kills-'));
    try {
      const path = join(folder, 't.cnn');
      writeFileSync(path, network);
      const argv = ['--data', 'digits:400', '--checkpoint-every', '2', '--workers', '1'];
      const found = await killAtRandom({ network: path, argv, kills: 4, seed: 3, folder });
      expect(found.kills).toBeGreaterThanOrEqual(4);
      expect(found.completed).toBeGreaterThanOrEqual(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
