// Pictures that are dropped on the playground's Run tab: the same answer as `cnnc run` of the file, or one sentence, whatever the name.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { readPicture } from '../../src/data/picture.ts';
import { png } from '../support/png.ts';
import { inBrowser, missing } from '../support/browser.ts';
import { openPage, servePlayground, setText } from './playground-page.ts';
import type { Opened, Served } from './playground-page.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url));

async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.locator('.run-stage').evaluate(
    (stage: any, [title, base64]: any) => {
      const data = new (globalThis as any).DataTransfer();
      const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      data.items.add(new (globalThis as any).File([file], title));
      stage.dispatchEvent(new (globalThis as any).DragEvent('drop', { dataTransfer: data, bubbles: true }));
    },
    [name, Buffer.from(bytes).toString('base64')],
  );
}

describe.skipIf(missing)(inBrowser('pictures in the playground'), () => {
  let served: Served;
  let opened: Opened;
  beforeAll(async () => {
    served = await servePlayground();
    opened = await openPage(served.browser, served.url);
    await opened.page.locator('#tab-run').click();
    await setText(opened.page, 'network Pixels { input x: [3, 1, 2] { scale: 1 }\n y = identity\n output y }');
    await opened.page.locator('#panel-run', { hasText: 'Pixels, computed' }).waitFor();
  });
  afterAll(async () => {
    expect(opened?.problems).toEqual([]);
    await served?.close();
  });

  // Two pixels by hand: the stored colours, whatever the alpha; of 16 bits the high byte.
  test.each([
    ['grey', png(2, 1, 8, 0, [0, 7, 200]), [7, 200, 7, 200, 7, 200]],
    ['grey of one bit', png(2, 1, 1, 0, [0, 0x40]), [0, 255, 0, 255, 0, 255]],
    ['grey of 16 bits', png(2, 1, 16, 0, [0, 7, 255, 200, 1]), [7, 200, 7, 200, 7, 200]],
    ['colours of 16 bits', png(2, 1, 16, 2, [0, 1, 255, 2, 255, 3, 255, 4, 0, 5, 0, 6, 0]), [1, 4, 2, 5, 3, 6]],
    ['palette', png(2, 1, 8, 3, [0, 1, 0], [9, 8, 7, 60, 50, 40]), [60, 9, 50, 8, 40, 7]],
    ['small alpha', png(2, 1, 8, 6, [0, 11, 22, 33, 1, 44, 55, 66, 0]), [11, 44, 22, 55, 33, 66]],
    ['grey with alpha', png(2, 1, 8, 4, [0, 90, 3, 17, 255]), [90, 17, 90, 17, 90, 17]],
  ] as const)('PNG: %s', async (name, bytes, expected) => {
    const { page } = opened;
    await drop(page, `${name}.txt`, bytes);
    await expect
      .poll(async () => (await page.locator('.run-numbers td').allTextContents()).map(Number))
      .toEqual(expected);
  });

  test('every picture of the fixtures has the pixels of the command line', async () => {
    const { page } = opened;
    const names = ['420.jpg', 'cmyk.jpg', 'progressive.jpg', 'rgb-adobe.jpg', 'orientation6.jpg', 'orientation6.png'];
    for (const name of names) {
      const bytes = fixture(name);
      const { width, height, channels, data } = readPicture(bytes);
      const found = await page.evaluate(
        (base64) =>
          new Promise<any>((resolve) => {
            const worker = new (globalThis as any).Worker('picture.js', { type: 'module' });
            worker.addEventListener('message', ({ data: answer }: any) => {
              if ('ready' in answer) return;
              worker.terminate();
              const { width: w, height: h, data: rgba } = answer.value;
              resolve({ size: [w, h], rgba: [...rgba] });
            });
            const file = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
            worker.postMessage({ id: 1, name: 'decode', args: [file] }, []);
          }),
        bytes.toString('base64'),
      );
      const rgba = Array.from({ length: width * height }, (_, at) =>
        [0, 1, 2].map((channel) => data[at * channels + (channels === 1 ? 0 : channel)]!).concat(255),
      ).flat();
      expect(found.size).toEqual([width, height]);
      expect(Buffer.compare(Buffer.from(found.rgba), Buffer.from(rgba))).toBe(0);
    }
  });

  test('a picture that would be resized to too many pixels is refused', async () => {
    const { page } = opened;
    const width = 900_000;
    await drop(
      page,
      'line.png',
      png(
        width,
        1,
        1,
        0,
        Array.from({ length: 1 + width / 8 }, () => 0),
      ),
    );
    await page.locator('.run-numbers').waitFor();
    await setText(page, 'network Pixels { input x: [3, 28, 28] { scale: 1 }\n y = identity\n output y }');
    await drop(
      page,
      'line.png',
      png(
        width,
        1,
        1,
        0,
        Array.from({ length: 1 + width / 8 }, () => 0),
      ),
    );
    await page.locator('#panel-run', { hasText: 'more than 25 million' }).waitFor();
  });

  const whole = png(2, 1, 8, 0, [0, 7, 200]);
  test.each([
    ['cut.png', whole.subarray(0, 50), /^cut\.png: damaged PNG file: .+\.$/],
    ['cut.jpg', fixture('420.jpg').subarray(0, 700), /^cut\.jpg: damaged JPEG file: .+\.$/],
    ['empty.png', new Uint8Array(0), /^empty\.png: the file is empty, and no picture\.$/],
    ['text.png', Buffer.from('no picture at all'), /^text\.png: not a picture that can be read \(a text file\): .+\.$/],
    ['huge.png', png(10_000, 10_000, 8, 0, [0]), /10000×10000 pixels, more than the 25 million that may be read\.$/],
  ] as const)('%s is refused in a sentence', async (name, bytes, sentence) => {
    const { page } = opened;
    const start = performance.now();
    await drop(page, name, bytes);
    await expect.poll(() => page.locator('#status').textContent(), { timeout: 5000 }).toMatch(sentence);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
