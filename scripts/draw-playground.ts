// Takes docs/pictures/playground*.png: the playground in Chromium, as docs/playground.md describes it. Screenshots differ from machine to
// machine by fonts, so that no test compares them; `npm run generate -- screenshots` takes them anew.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { servePlayground } from '../src/cli/playground-server.ts';
import { buildPlayground } from './build-playground.ts';

const root = new URL('../', import.meta.url);
const inRoot = (path: string): string => fileURLToPath(new URL(path, root));

interface Shot {
  readonly name: string;
  readonly example: string;
  readonly size: readonly [width: number, height: number];
  readonly colors: 'light' | 'dark';
  /** What is done before. */
  readonly prepare: (page: Page) => Promise<void>;
}

const shots: readonly Shot[] = [
  {
    name: 'playground',
    example: 'googlenet',
    size: [1280, 800],
    colors: 'light',
    prepare: async (page) => {
      await page.locator('.box', { hasText: 'conv3' }).first().click();
    },
  },
  {
    name: 'playground-run',
    example: 'lenet',
    size: [1280, 800],
    colors: 'dark',
    prepare: async (page) => {
      await page.getByRole('tab', { name: 'Run' }).click();
      await page.locator('#panel-run', { hasText: 'computed here' }).waitFor();
    },
  },
  {
    name: 'playground-tour',
    example: 'lenet',
    size: [400, 860],
    colors: 'light',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Tour' }).click();
      await page.locator('#tour h2').waitFor();
      await page.locator('.cm-hint').first().waitFor();
    },
  },
];

async function take(browser: Browser, { name, example, size, colors, prepare }: Shot): Promise<void> {
  const text = readFileSync(inRoot(`examples/${example}/${example}.cnn`), 'utf8');
  const served = await servePlayground({ program: { asked: true, text }, port: 0 });
  const [width, height] = size;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: colors });
  try {
    const page = await context.newPage();
    await page.goto(served.address);
    await page.locator('#panel-drawing .drawing').waitFor();
    await page.locator('.cm-hint').first().waitFor();
    await prepare(page);
    // Fonts and shapes have their last place.
    await page.waitForTimeout(800);
    await page.screenshot({ path: inRoot(`docs/pictures/${name}.png`) });
  } finally {
    await context.close();
    await served.close();
  }
}

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (executablePath === undefined) {
  process.stderr.write('Chromium is not installed: the screenshots stay as they are\n');
  process.exit();
}
await buildPlayground(inRoot('dist/playground'));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const shot of shots) await take(browser, shot);
} finally {
  await browser.close();
}
