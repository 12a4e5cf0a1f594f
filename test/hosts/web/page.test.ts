// The page of a network as a person meets it, in Chromium: from a file, and from a server that allows no script in a page.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptTextFile } from '../../../scripts/generate-classify-page.ts';
import { cnnc } from '../../cli/harness.ts';
import { fixture } from '../../support/pictures.ts';
import { png } from '../../support/png.ts';
import { inBrowser, launch, missing, serve } from '../../support/browser.ts';

const example = (path: string): URL => new URL(`../../../examples/${path}`, import.meta.url);
/** Lines of a PNG file without a filter, of bytes that are made up. */
const linesOf = (count: number, bytes: number): number[] =>
  Array.from({ length: count * (bytes + 1) }, (_, at) =>
    at % (bytes + 1) === 0 ? 0 : (Math.imul(at, 2654435761) >>> 24) & 255,
  );
const picture = (name: string): string => fileURLToPath(example(`pictures/${name}.png`));

const lenet = {
  'lenet.cnn': readFileSync(example('lenet/lenet.cnn')),
  'w.safetensors': readFileSync(example('lenet/lenet-fashion-mnist.safetensors')),
};
const weights = ['--weights', 'w.safetensors'];

/** What the command writes, by name. */
async function written(
  argv: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { code, stderr, files: after } = await cnnc(['compile', ...argv], { files });
  expect({ code, stderr: stderr.replace(/^(weights|note): .*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  return new Map([...after].map(([path, data]) => [path.slice(path.lastIndexOf('/') + 1), data] as const));
}

const HOSTILE = `/// Markup <b>in</b> a description & "quotes" </script><script>document.title = 'taken'</script>
network Hostile {
  input image: [3, 40, 48] { resize: 48  crop: 40x48 }
  global_avg_pool -> flatten
  scores = dense(3)
  output scores { labels: ["</script><script>document.title = 'taken'</script>", "<!--<script>", "\\u{2028}<img src=x onerror=alert(1)>"] }
}
`;

test('LeNet with its weights is one file under 500 KB, without addresses of others', async () => {
  const html = new TextDecoder().decode(
    (await written(['lenet.cnn', ...weights, '--page', 'lenet.html'], lenet)).get('lenet.html'),
  );
  expect(html.length).toBeLessThan(500_000);
  expect(html).not.toMatch(/https?:|<link(?! rel="icon" href="data:,">)|@import|url\(|\bsrc=/);
});

test('user text closes no element of the page', async () => {
  const html = new TextDecoder().decode(
    (await written(['a.cnn', '--weights', 'random:1', '--page', 'a.html'], { 'a.cnn': HOSTILE })).get('a.html'),
  );
  expect(html.match(/<\/?script\b/g)).toEqual(['<script', '</script']);
  expect(html).not.toContain('<!--');
});

test.each([
  [['compile', 'lenet.cnn'], 2, 'say where to write'],
  [['compile', 'lenet.cnn', '--page', 'a.html'], 2, 'LeNet needs --weights'],
  [['compile', 'lenet.cnn', '-o', 'out', '--embed'], 2, 'LeNet needs --weights'],
  [['compile', 'lenet.cnn', ...weights, '--page', 'a.js'], 2, 'ends in .html'],
  [['compile', 'lenet.cnn', ...weights, '-o', 'out', '--page', 'b/a.html'], 2, 'without a folder'],
  [['compile', 'lenet.cnn', ...weights, '-o', 'out', '--page', 'a.html', '--target', 'ts'], 2, 'a page loads net.js'],
  [['compile', 'lenet.cnn', ...weights, '--page', 'a.html', '--embed'], 2, '-o FOLDER'],
  [['compile', 'a.cnn', '--weights', 'random:1', '--page', 'a.html'], 1, 'A cannot have a page'],
  [['compile', 'b.cnn', '--weights', 'random:1', '-o', 'out', '--embed'], 3, '--embed'],
  [['compile', 'c.cnn', '--weights', 'random:1', '-o', 'out'], 1, 'there are 3 labels, but scores has 2 classes'],
])('refused: %j', async (argv, code, message) => {
  const files = {
    ...lenet,
    'a.cnn': 'network A { input x: [4]\n scores = dense(2)\n output scores }',
    'b.cnn': 'network B { input x: [5000]\n dense(4000)\n scores = dense(2)\n output scores }',
    'c.cnn': 'network C { input x: [4]\n scores = dense(2)\n output scores { labels: "names.txt" } }',
    'names.txt': 'a\nb\nc\n',
  };
  const outcome = await cnnc(argv, { files });
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code, stderr: expect.stringContaining(message) });
  expect([...outcome.files.keys()].filter((path) => /\.(html|ts|js|css)$/.test(path))).toEqual([]);
});

test('a file of labels is read when compiling', async () => {
  const files = {
    'c.cnn': 'network C { input x: [1, 2, 2]\n flatten\n scores = dense(2)\n output scores { labels: "names.txt" } }',
    'names.txt': 'one\r\ntwo\r\n',
  };
  const text = new TextDecoder().decode((await written(['c.cnn', '-o', 'out'], files)).get('net.ts'));
  expect(text).toContain('export const labels = { scores: ["one", "two"] } as const;');
});

describe.skipIf(missing)(inBrowser('pages in Chromium'), () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-page-'));
  const problems: string[] = [];
  beforeAll(async () => void (browser = await launch()));
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(url: string): Promise<Page> {
    problems.length = 0;
    const page = await browser.newPage({ viewport: { width: 900, height: 640 } });
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('favicon.ico')) problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL('.', url).href) && !request.url().startsWith('data:'))
        problems.push(request.url());
    });
    await page.goto(url);
    await page.locator('#tools:enabled').waitFor();
    return page;
  }

  async function openFile(
    argv: readonly string[],
    files: Readonly<Record<string, string | Uint8Array>>,
  ): Promise<Page> {
    const path = join(folder, `page-${Math.floor(performance.now() * 1000)}.html`);
    writeFileSync(path, (await written([...argv, '--page', 'page.html'], files)).get('page.html')!);
    return open(pathToFileURL(path).href);
  }

  /** `[['sneaker', '91.2 %'], …]` */
  const classesOf = async (page: Page): Promise<readonly (readonly string[])[]> => {
    await page.locator('#classes li').first().waitFor();
    const rows = await page.locator('#classes li').all();
    return Promise.all(rows.map((row) => row.locator('span:not(.bar)').allTextContents()));
  };

  test('one file: a chosen picture has the probabilities that the command line prints', async () => {
    const page = await openFile(['lenet.cnn', ...weights], lenet);
    await page.setInputFiles('#file', picture('sneaker'));
    const classes = await classesOf(page);
    const run = await cnnc(['run', 'lenet.cnn', ...weights, '--input', 'a.png', '--top', '10', '--json'], {
      files: { ...lenet, 'a.png': readFileSync(picture('sneaker')) },
    });
    const { images } = JSON.parse(run.stdout) as {
      images: [{ outputs: [{ top: readonly { label: string; probability: number }[] }] }];
    };
    const [{ top }] = images[0].outputs;
    expect(classes).toEqual(top.map(({ label, probability }) => [label, `${(100 * probability).toFixed(1)} %`]));
    expect(await page.locator('#status').textContent()).toContain(`sneaker, ${classes[0]![1]}`);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('a picture is dropped, pasted, inverted, cleared', async () => {
    const page = await openFile(['lenet.cnn', ...weights], lenet);
    const give = (name: string, type: 'drop' | 'paste'): Promise<void> =>
      page.evaluate(
        ([base64, event]) => {
          const bytes = Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0));
          const data = new (globalThis as any).DataTransfer();
          data.items.add(new File([bytes], 'a.png', { type: 'image/png' }));
          const make = (globalThis as any)[event === 'drop' ? 'DragEvent' : 'ClipboardEvent'];
          const given = event === 'drop' ? { dataTransfer: data } : { clipboardData: data };
          (globalThis as any).document.dispatchEvent(new make(event, { ...given, bubbles: true, cancelable: true }));
        },
        [readFileSync(picture(name)).toString('base64'), type] as const,
      );
    const status = page.locator('#status');
    await give('trouser', 'drop');
    await status.filter({ hasText: /^trouser, / }).waitFor();
    await give('ankle-boot', 'paste');
    await status.filter({ hasText: /^ankle boot, / }).waitFor();
    const before = await status.textContent();
    await page.getByLabel('Invert').check();
    await page.waitForTimeout(200);
    expect((await status.textContent())!.split(' –')[0]).not.toBe(before!.split(' –')[0]);
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(await page.locator('#classes li').count()).toBe(0);
    await page.setInputFiles('#file', { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await status.filter({ hasText: 'no picture that this browser can read' }).waitFor();
    await page.close();
  });

  test('a picture is drawn, with the pointer and with the keyboard', async () => {
    const page = await openFile(['lenet.cnn', ...weights], lenet);
    const box = (await page.locator('#picture').boundingBox())!;
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 5);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 3, box.y + (4 * box.height) / 5, { steps: 5 });
    await page.mouse.up();
    expect(await classesOf(page)).toHaveLength(10);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.locator('#picture').focus();
    await page.keyboard.press('Space');
    for (let i = 0; i < 6; i += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    expect(await classesOf(page)).toHaveLength(10);
    const lit = await page.evaluate(() => {
      const canvas = (globalThis as any).document.getElementById('picture');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const rows: number[] = [];
      for (let y = 0; y < 28; y += 1) if (data[4 * (y * 10 * 280 + 140)] > 0) rows.push(y);
      return rows;
    });
    // From the middle, 14, six down; the pen is 2.5 wide.
    expect([lit[0], lit.at(-1)]).toEqual([13, 21]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test.each([
    ['weights inside', ['--embed']],
    ['weights beside it', []],
  ])('page, script, style and net.js from a server that allows nothing in the page; %s', async (_, embed) => {
    const files = await written(['lenet.cnn', ...weights, '-o', 'out', ...embed, '--page', 'index.html'], lenet);
    const site = await serve(files, "default-src 'self'; script-src 'self'");
    const page = await open(`${site.url}index.html`);
    await page.setInputFiles('#file', picture('bag'));
    expect((await classesOf(page))[0]![0]).toBe('bag');
    expect(
      await page
        .locator('#classes li')
        .first()
        .evaluate((row: any) => (globalThis as any).getComputedStyle(row).fontWeight),
    ).toBe('600');
    expect(problems).toEqual([]);
    await page.close();
    site.close();
  });

  test('the page sees the pixels that the command line sees: orientation, colour spaces, chroma, alpha, depth, palette', async () => {
    const text = `network Sum {
  input image: [3, 8, 8] { resize: 8x8  scale: 1/20 }
  conv(6, kernel: 3) -> flatten
  scores = dense(6)
  output scores
}
`;
    const page = await openFile(['a.cnn', '--weights', 'random:3'], { 'a.cnn': text });
    const names = ['orientation5.jpg', 'orientation6.png', 'rgb-ids.jpg', 'cmyk.jpg', '420.jpg', 'alpha.png'];
    const made: Readonly<Record<string, Buffer>> = {
      'grey-16.png': png(8, 8, 16, 0, linesOf(8, 16)),
      'colours-16.png': png(8, 8, 16, 2, linesOf(8, 48)),
      'alpha-16.png': png(8, 8, 16, 6, linesOf(8, 64)),
      'palette-4.png': png(8, 8, 4, 3, linesOf(8, 4), linesOf(1, 48).slice(1)),
      'grey-1.png': png(8, 8, 1, 0, linesOf(8, 1)),
    };
    const seen: [string, string][] = [];
    const expected: [string, string][] = [];
    for (const name of [...names, ...Object.keys(made)]) {
      const picture = made[name] ?? fixture(name);
      await page.getByRole('button', { name: 'Clear' }).click();
      const mimeType = name.endsWith('png') ? 'image/png' : 'image/jpeg';
      await page.setInputFiles('#file', { name, mimeType, buffer: Buffer.from(picture) });
      seen.push(...(await classesOf(page)).map(([label, percent]): [string, string] => [`${name} ${label}`, percent!]));
      const argv = ['run', 'a.cnn', '--weights', 'random:3', '--input', name, '--top', '6'];
      const { stdout } = await cnnc(argv, { files: { 'a.cnn': text, [name]: picture } });
      for (const [, label, percent] of stdout.matchAll(/^\s*(?:class )?(\d+)\s+([\d.]+)\s*%/gm))
        expected.push([`${name} class ${label}`, `${percent} %`]);
    }
    expect(expected).toHaveLength(6 * (names.length + 5));
    expect(seen).toEqual(expected);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('text of the file stays text; colours have no pen', async () => {
    const page = await openFile(['a.cnn', '--weights', 'random:1'], { 'a.cnn': HOSTILE });
    expect(await page.title()).toBe('Hostile');
    expect(await page.locator('header p').textContent()).toContain('<b>in</b> a description & "quotes" </script>');
    await page.setInputFiles('#file', picture('dress'));
    const labels = (await classesOf(page)).map(([label]) => label);
    expect(labels.toSorted()[0]).toBe('<!--<script>');
    expect(await page.title()).toBe('Hostile');
    expect(await page.getByLabel('Pen').isVisible()).toBe(false);
    expect(await page.locator('#classes img, #classes script').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.close();
  });
});

test('the script inside pages is that of src/page/browser', () => {
  expect(scriptTextFile()).toBe(readFileSync(new URL('../../../src/page/script-text.ts', import.meta.url), 'utf8'));
});
