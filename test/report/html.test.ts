// The page of a report: one well-formed file that asks for nothing and runs no script but its own, whatever the source says.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { pageTextFile } from '../../scripts/generate-page-text.ts';
import { compareReports } from '../../src/report/compare.ts';
import { comparisonHtml } from '../../src/report/html/compare-html.ts';
import { embeddedJson, layerFacts } from '../../src/report/html/data.ts';
import type { PageData } from '../../src/report/html/data.ts';
import { reportHtml } from '../../src/report/html/html.ts';
import { memoryPeak } from '../../src/report/html/memory.ts';
import { pageHash, pageText } from '../../src/report/html/page-text.ts';
import { runHtml } from '../../src/report/html/run-html.ts';
import { report } from '../../src/report/network-report.ts';
import { escapeMarkup } from '../../src/report/svg/markup.ts';
import { buildNetworks, chooseNetwork } from '../../src/network/networks.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { macsText } from '../../src/text/format.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import { expectWellFormed } from '../support/well-formed.ts';

const page = (network: Network, watched = false): string => {
  const compilation = compileNetwork(network);
  return reportHtml(network, report(network, compilation.program), compilation, { sourceName: 'x.cnn', watched });
};

const build = (text: string): Network => {
  const chosen = chooseNetwork(buildNetworks({ path: '"><b>.cnn', text }, {}));
  if (!('graph' in chosen)) throw new Error('not built');
  return chosen;
};

const named = (name: string): Network => exampleNetworks.find(([title]) => title.endsWith(`: ${name}`))![1];

/** No other file, no script but those two, no handler in an attribute. */
function expectOffline(html: string): void {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src '${pageHash}'; img-src data:`;
  expect(html).toContain(`content="${policy}"`);
  const tags = html.replaceAll(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '').match(/<[^>]*>/g)!;
  for (const tag of tags) {
    expect(tag).not.toMatch(/\son\w+\s*=/i);
    expect(tag.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
      /\b(?:href|action)=|\bsrc="(?!data:image\/png;base64,)|https?:|\/\//,
    );
  }
  for (const [, css] of html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g))
    expect(css).not.toMatch(/url\(|@import|https?:/);
}

describe('the page of a network', () => {
  test.each(exampleNetworks.filter(([title]) => /LeNet|ResNet34$|GoogLeNet$|Tour|Difference/.test(title)))(
    '%s is well-formed and offline',
    (_, network) => {
      const html = page(network);
      expectWellFormed(html);
      expectOffline(html);
      expect(html.match(/<script/g)).toHaveLength(2);
      expect(html.length).toBeLessThan(1 << 20);
    },
  );

  test('has a row for every step, the totals, and what compiling did', () => {
    const html = page(named('LeNet'));
    const ids = [...html.matchAll(/<tr data-id="([^"]*)">/g)].map(([, id]) => id);
    expect(ids).toEqual(['conv1', 'avg_pool1', 'conv2', 'avg_pool2', 'flatten1', 'dense1', 'dense2', 'logits']);
    for (const text of ['61,706', '416,520', '28.2%', 'What was done', 'What was nearly done', 'most alive']) {
      expect(html).toContain(text);
    }
  });

  test('says what every layer is and sees: the middle of conv2 sees 14 pixels from the 5th', () => {
    const layers = new Map(dataOf(page(named('LeNet'))).layers.map((layer) => [layer.name, layer]));
    const conv2 = layers.get('conv2')!;
    // Position 4 of 10; fields begin at 2·4 − 2 because of the first padding.
    expect(conv2.field).toEqual({ start: [6, 6], size: [14, 14] });
    expect(conv2.facts).toContainEqual(['', '14 + 2·0 − 5 + 1 = 10']);
    expect(layers.get('conv1')!.done.some((text) => text.startsWith('fuse-epilogue'))).toBe(true);
  });

  test('tokens see a part of the picture that has no one place, or all of it', () => {
    const text =
      'network Tokens {\n  input x: [1, 8, 8]\n  a = conv(4, kernel: 4, stride: 4)\n  b = tokens\n  c = attention(b, b)\n  output c\n}\n';
    const layers = new Map(dataOf(page(build(text))).layers.map((layer) => [layer.name, layer]));
    // Two by two windows of four pixels.
    expect(layers.get('a')!.field).toEqual({ start: [0, 0], size: [4, 4] });
    expect(layers.get('b')!.field).toBeUndefined();
    expect([...layers.values()].at(-1)!.field).toEqual({ start: [0, 0], size: [8, 8] });
  });

  // 1,000 · 1,000 weights at 136 · 135 places are 18.36 billion.
  test('MACs of large networks are told in billions', () => {
    const html = page(build('network Large {\n  input x: [1000, 136, 135]\n  conv(1000, kernel: 1)\n}\n'));
    expect(html).toContain('<b>18.36G</b><span>MACs per image</span>');
    expect([416_520, 723_010_000, 4_089_184_256].map(macsText)).toEqual(['416,520', '723.01M', '4.09G']);
  });

  test('a watched page says so', () => {
    expect(page(named('LeNet'), true)).toContain('reload the page');
    expect(page(named('LeNet'))).not.toContain('reload the page');
  });

  test('the peak of memory is where most is alive', () => {
    const { program } = compileNetwork(named('LeNet'));
    const alive = program.run.map((_, at) =>
      program.buffers.reduce((sum, { from, to, length }) => sum + (from <= at && at <= to ? 4 * length : 0), 0),
    );
    expect(memoryPeak(program)).toEqual({ at: alive.indexOf(Math.max(...alive)), bytes: Math.max(...alive) });
  });
});

const hostile = `/// </script><script>alert(1)</script><img src=x onerror="alert('1')"> <!-- & ]]>
block constructor() { conv(2, kernel: 3) -> relu\n conv(2, kernel: 3) }
network __proto__ { input toString: [1, 12, 12]\n constructor()\n valueOf = constructor()\n __proto__ = flatten
  output __proto__ { labels: "</script>" } }`;

test('what is said of many paths grows as they do', () => {
  const facts = (count: number): string => {
    const network = build(
      `network A {\n  input x: [1, 4, 4]\n  parallel concat {${'\n    path conv(1, 3)'.repeat(count)}\n  }\n}`,
    );
    const { program, records } = compileNetwork(network);
    return JSON.stringify(layerFacts(report(network, program), records));
  };
  expect(facts(60).length / facts(30).length).toBeLessThan(2.1);
});

describe('hostile text', () => {
  test('is text', () => {
    const html = page(build(hostile));
    expectWellFormed(html);
    expectOffline(html);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<!--/);
    const { written, layers } = dataOf(html);
    expect(layers.map(({ name }) => name)).toContain('__proto__');
    expect(written.group.boxes.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['toString', 'constructor1', 'valueOf']),
    );
  });

  test('in comparisons and runs is text', () => {
    const network = build(hostile);
    const data = report(network);
    const compared = comparisonHtml(compareReports(data, data), [data, data]);
    expectWellFormed(compared);
    expectOffline(compared);
    const seen = { name: '"><script>', shape: [1, 2, 2], values: Float32Array.of(0, 1, 2, NaN) };
    const top = [{ index: 0, label: '<b onclick="x">', probability: 0.5 }];
    const run = runHtml('</title>', [{ inputs: [seen], taps: [seen], outputs: [{ ...seen, name: "'", top }] }], {
      ...seen,
      shape: [1, 1, 2, 2],
    });
    expectWellFormed(run);
    expectOffline(run);
    for (const html of [compared, run]) expect(html).not.toMatch(/<script|<b onclick/);
  });

  test('escaping keeps the text, and leaves nothing that ends it', () => {
    expect(escapeMarkup(`<a href="x">&'`)).toBe('&#60;a href=&#34;x&#34;&#62;&#38;&#39;');
    expect(escapeMarkup('a\u0000b\ud800c\u001b')).toBe('a\ufffdb\ufffdc\ufffd');
    expect(escapeMarkup('größe 🙂\n')).toBe('größe 🙂\n');
    const data = { '</script>': '<!--\u2028' };
    expect(embeddedJson(data)).not.toMatch(/[<\u2028]/);
    expect(JSON.parse(embeddedJson(data))).toEqual(data);
  });
});

describe('the script of the page', () => {
  test('is up to date', () => {
    expect(readFileSync(new URL('../../src/report/html/page-text.ts', import.meta.url), 'utf8')).toBe(pageTextFile());
  });

  test('is what the policy allows, and parses', () => {
    expect(pageHash).toBe(`sha256-${createHash('sha256').update(pageText).digest('base64')}`);
    expect(() => new Function(pageText)).not.toThrow();
    expect(pageText).not.toMatch(/\beval\b|new Function|import\(|fetch\(/);
    expect(page(named('LeNet'))).toContain(`<script>${pageText}</script>`);
  });
});

function dataOf(html: string): PageData {
  return JSON.parse(/<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(html)![1]!) as PageData;
}
