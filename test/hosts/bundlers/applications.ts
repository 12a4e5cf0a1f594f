// The applications in examples/web, built from the packed package, and drawn in.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../e2e/packed.ts';
import { copied, node, serveFolder } from './project.ts';
import type { Tools } from './project.ts';

/** The tests, in a suite of their own. */
export function applications({ workshop, browser }: Tools): void {
  test.each(['plain', 'react'])('%s', async (name) => {
    copied(workshop(), 'lenet', 'examples/lenet');
    // Beside each other as in examples/: the weights are those of ../../lenet.
    const folder = copied(workshop(), `web/${name}`, `examples/web/${name}`);
    const built = await node(folder, '../../node_modules/vite/bin/vite.js', 'build');
    expect(built.code, built.stderr).toBe(0);
    if (name === 'react') {
      const checked = await node(folder, join(root, 'node_modules/typescript/bin/tsc'));
      expect(checked).toMatchObject({ code: 0, stdout: '' });
    }
    const site = await serveFolder(join(folder, 'dist'), true);
    const tab = await browser().newPage();
    const errors: string[] = [];
    tab.on('pageerror', (error) => errors.push(error.message));
    try {
      await tab.goto(site.url);
      const canvas = tab.locator('canvas');
      await canvas.waitFor();
      await tab.waitForLoadState('networkidle');
      const { x, y } = (await canvas.boundingBox())!;
      // A pair of trousers.
      await tab.mouse.move(x + 110, y + 40);
      await tab.mouse.down();
      for (const [across, down] of [
        [100, 240],
        [140, 60],
        [180, 240],
        [170, 40],
        [110, 40],
      ])
        await tab.mouse.move(x + across!, y + down!, { steps: 8 });
      await tab.mouse.up();
      await tab.locator('ol li').first().waitFor();
      expect(await tab.locator('ol li').count()).toBe(3);
      expect(await tab.locator('ol li').first().innerText()).toMatch(/^trouser \d+ %$/);
      expect(errors).toEqual([]);
    } finally {
      await tab.close();
      site.close();
    }
  });
}
