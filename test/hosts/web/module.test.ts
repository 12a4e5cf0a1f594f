// Emitted modules in Chromium, behind a server that allows no script but its own: the same bits as in Node.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileNetwork } from '../../../compiler/index.ts';
import type { Graph } from '../../../compiler/ir/graph.ts';
import type { ClassProbability } from '../../../runtime/abi.ts';
import { importText } from '../../../src/network/module.ts';
import { randomWeights } from '../../../src/weights/random.ts';
import { writeSafetensors } from '../../../src/data/safetensors.ts';
import { weightSpecs } from '../../../src/weights/specs.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { buildExample } from '../../support/examples.ts';
import { trainedWeights } from '../../support/trained-examples.ts';
import { inBrowser, launch, missing, serve } from '../../support/browser.ts';

const seeded = (graph: Graph): Uint8Array => {
  const found = randomWeights(weightSpecs(graph), 5);
  return writeSafetensors(
    graph.parameters.map(({ name, value }) => ({ name, shape: typeOf(graph, value).shape, data: found.get(name)! })),
  );
};

const fashion = (): Uint8Array => trainedWeights('lenet');

describe.skipIf(missing)(inBrowser('emitted modules in Chromium'), () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  test.each([
    ['lenet', 'LeNet', fashion],
    ['resnet', 'ResNet18', undefined],
  ] as const)('%s %s', async (file, name, weightsOf) => {
    const graph = buildExample(file, name);
    const weights = weightsOf?.() ?? seeded(graph);
    const compilation = compileNetwork({ graph });
    const isEmbedded = weights.length < 1 << 20;
    const [script] = compilation.emit('js', { sourceName: `${file}.cnn`, ...(isEmbedded && { weights }) });
    const { shape } = typeOf(graph, graph.inputs[0]!.value);
    const [channels, height, width] = shape as readonly [number, number, number];
    const net = await (await importText(script!.text)).load(...(isEmbedded ? [] : [weights]));
    const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 31 + (i >> 5) * 7) % 256);
    const x = Float32Array.from({ length: 2 * channels * height * width }, (_, i) => ((i * 37) % 101) / 101);

    const site = await serve(
      new Map<string, string | Uint8Array>([
        ['index.html', '<!doctype html><meta charset="utf-8"><script type="module" src="use.js"></script>'],
        ['net.js', script!.text],
        ['weights.safetensors', weights],
        [
          'use.js',
          `import { load } from './net.js';
           const bytes = ${isEmbedded} ? undefined : await (await fetch('weights.safetensors')).arrayBuffer();
           const net = await load(bytes);
           globalThis.answer = (x, pixels, width, height) => ({
             y: [...new Uint32Array(net.run(Float32Array.from(x)).buffer)],
             classes: net.classify(new ImageData(Uint8ClampedArray.from(pixels), width, height)),
           });
           document.documentElement.dataset.ready = '';`,
        ],
      ]),
      "default-src 'none'; script-src 'self'; connect-src 'self'",
    );
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/favicon|404/.test(message.text())) problems.push(message.text());
    });
    await page.goto(`${site.url}index.html`);
    await page.locator('html[data-ready]').waitFor({ state: 'attached' });
    const theirs = (await page.evaluate(
      `answer(${JSON.stringify([...x])}, ${JSON.stringify([...pixels])}, ${width}, ${height})`,
    )) as { readonly y: readonly number[]; readonly classes: readonly ClassProbability[] };
    await page.close();
    site.close();

    expect(problems).toEqual([]);
    expect(theirs.y).toEqual([...new Uint32Array((net.run(x) as Float32Array).buffer)]);
    // Probabilities go through the host's own Math.exp.
    const classes = net.classify!({ data: pixels, width, height });
    expect(theirs.classes.map(({ label }) => label)).toEqual(classes.map(({ label }) => label));
    theirs.classes.forEach(({ probability }, at) => expect(probability).toBeCloseTo(classes[at]!.probability, 12));
  });

  test('a page without the script in its policy cannot run one: the header is in force', async () => {
    const site = await serve(
      new Map([['index.html', '<!doctype html><title>quiet</title><script>document.title = "loud"</script>']]),
    );
    const page = await browser.newPage();
    await page.goto(`${site.url}index.html`);
    expect(await page.title()).toBe('quiet');
    await page.close();
    site.close();
  });
});
