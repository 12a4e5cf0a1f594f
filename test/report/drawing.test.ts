// Drawings of networks, by geometry: boxes do not overlap, text fits, lines pass no box, everything is connected. Over all
// example networks, as written and as compiled, with blocks open, folded, and as they are at first.

import { describe, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { report as reportText } from '../../src/index.ts';
import { report } from '../../src/report/network-report.ts';
import type { Drawing, Group, Item } from '../../src/report/svg/drawing.ts';
import { metrics } from '../../src/report/svg/drawing.ts';
import { drawSvg } from '../../src/report/svg/draw.ts';
import { compiledItems, writtenItems } from '../../src/report/svg/items.ts';
import { layOut } from '../../src/report/svg/layout.ts';
import { stack } from '../../src/report/svg/stack.ts';
import type { Placed, PlacedBox, Point } from '../../src/report/svg/stack.ts';
import { reportSvg } from '../../src/report/svg/svg.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import { expectWellFormed } from '../support/well-formed.ts';
import { ownTime } from '../support/own-time.ts';

describe.each(exampleNetworks)('%s', (_, network) => {
  const compilation = compileNetwork(network);
  const data = report(network, compilation.program);
  test.each([
    ['written', writtenItems(data, compilation.records)],
    ['compiled', compiledItems(data, compilation)],
  ] as const)('%s', (_kind, items) => {
    const drawing = layOut(items);
    for (const folded of [drawing.folded, [], blocksOf(drawing.group)]) {
      const placed = stack(drawing, new Set(folded));
      expect(overlaps(placed)).toEqual([]);
      expect(tooNarrow(placed)).toEqual([]);
      expect(crossed(placed)).toEqual([]);
      expect(outside(placed)).toEqual([]);
      expectWellFormed(drawSvg(drawing, new Set(folded), 'x'));
    }
    expect(stack(drawing, new Set()).boxes.filter(({ box }) => !box.group)).toHaveLength(items.length);
    expect(unreached(drawing, items)).toEqual([]);
  });
});

const lenet =
  'network A { input x: [1, 8, 8]\n conv(2, kernel: 3) -> relu\n flatten\n dense_out = dense(3)\n output dense_out }';

describe('a drawing', () => {
  test('has a box for a step with its activation, ranks from top to bottom', () => {
    const drawing = layOut(writtenItems(reportText(lenet)));
    const boxes = drawing.group.boxes.toSorted((a, b) => a.rank - b.rank);
    expect(boxes.map(({ title, text, shape }) => [title, text, shape])).toEqual([
      ['x', 'input', '1×8×8'],
      ['conv1', 'conv 3×3, relu', '2×6×6'],
      ['flatten1', 'flatten', '72'],
      ['dense_out', 'dense', '3'],
      ['dense_out', '3', '3'],
    ]);
  });

  test('the shortcut of a residual block is drawn around what it passes', () => {
    const text = `block res() {
      parallel add {
        path conv(2, kernel: 3, padding: 1) -> relu -> conv(2, kernel: 3, padding: 1)
        path {}
      }
    }
    network A { input x: [2, 8, 8]\n res() -> relu\n res()\n global_avg_pool }`;
    const drawing = layOut(writtenItems(reportText(text)));
    const skips = stack(drawing, new Set()).edges.filter(({ isSkip }) => isSkip);
    expect(skips).toHaveLength(2);
  });

  test('paths stand side by side in the order in which they are written', () => {
    const paths = ['1', '3', '5', '7'].map((k) => `path conv(2, kernel: ${k}, padding: ${(Number(k) - 1) / 2})`);
    const text = `network A { input x: [2, 8, 8]\n parallel concat { ${paths.join('\n')} } }`;
    const { boxes } = layOut(writtenItems(reportText(text))).group;
    const row = boxes.filter(({ title }) => title.startsWith('path')).toSorted((a, b) => a.x - b.x);
    expect(row.map(({ title }) => title)).toEqual(['path1.conv1', 'path2.conv1', 'path3.conv1', 'path4.conv1']);
    expect(new Set(row.map(({ rank }) => rank)).size).toBe(1);
  });

  test('blocks within blocks, sixty deep, are placed at once', () => {
    const blocks = Array.from({ length: 60 }, (_, at) => `block b${at}() { relu\n b${at + 1}()\n sigmoid }`);
    const text = `${blocks.join('\n')}\nblock b60() { tanh\n relu }\nnetwork A { input x: [2, 8, 8]\n b0() }`;
    const drawing = layOut(writtenItems(reportText(text)));
    const start = ownTime();
    stack(drawing, new Set());
    expect(ownTime() - start).toBeLessThan(1000);
  });

  test('a drawing of its own file is well-formed and asks for nothing', () => {
    const svg = reportSvg(reportText(lenet));
    expectWellFormed(svg);
    expect(svg).not.toMatch(/tabindex|role="button"|Enter|<script|href/);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  test('a drawing of its own file has a legend and no triangles that nobody can press', () => {
    const text = (svg: string): readonly string[] =>
      [...svg.matchAll(/<g class="key">.*?<text[^>]*>([^<]*)/g)].map(([, words]) => words!);
    expect(text(reportSvg(reportText(lenet)))).toEqual(['MACs: none to 648']);
    const blocks = `block res() { parallel add {
        path conv(2, kernel: 3, padding: 1) -> relu -> conv(2, kernel: 3, padding: 1)
        path {}
      } }
      network A { input x: [2, 8, 8]\n res() -> relu\n res()\n global_avg_pool }`;
    const [open, folded] = [{}, { fold: true }].map((options) => reportSvg(reportText(blocks), options)) as [
      string,
      string,
    ];
    expect(text(open)).toContain('a shortcut past other steps');
    expect(text(folded)).toContain('a block, what is inside not shown');
    for (const svg of [open, folded]) {
      expectWellFormed(svg);
      expect(svg).not.toMatch(/[▸▾]/);
    }
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(open)!.map(Number) as [number, number, number];
    expect(width).toBeGreaterThan(250);
    expect(height).toBeGreaterThan(stack(layOut(writtenItems(reportText(blocks))), new Set()).height);
  });
});

function blocksOf({ boxes }: Group): readonly string[] {
  return boxes.flatMap(({ id, group }) => (group ? [id, ...blocksOf(group)] : []));
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What of a box must be free: with the shape below it where it has one. */
const areaOf = ({ x, y, width, height, box }: PlacedBox): Area => ({
  x,
  y,
  width,
  height: height + (box.shape === '' || box.kind === 'output' ? 0 : 12),
});

const meet = (a: Area, b: Area): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const contains = (outer: Area, inner: Area): boolean =>
  outer.x <= inner.x &&
  outer.y + metrics.header <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

function overlaps({ boxes }: Placed): readonly string[] {
  return boxes.flatMap((a, at) =>
    boxes.slice(at + 1).flatMap((b) => {
      if (!meet(areaOf(a), areaOf(b))) return [];
      const nested = (a.isOpen && contains(a, b)) || (b.isOpen && contains(b, a));
      return nested ? [] : [`${a.box.id} and ${b.box.id}`];
    }),
  );
}

function tooNarrow({ boxes }: Placed): readonly string[] {
  const { titleCharacter, textCharacter } = metrics;
  return boxes
    .filter(({ box, isOpen, width }) =>
      isOpen
        ? (box.title.length + 2) * titleCharacter + box.text.length * textCharacter + 34 > width
        : Math.max((box.title.length + (box.group ? 2 : 0)) * titleCharacter, box.text.length * textCharacter) >
          width - 8,
    )
    .map(({ box }) => box.id);
}

function outside({ boxes, width, height }: Placed): readonly string[] {
  return boxes
    .filter((one) => one.x < 0 || one.y < 0 || one.x + one.width > width || one.y + one.height > height)
    .map(({ box }) => box.id);
}

/** Lines that pass through a box, found at points along them. */
function crossed({ boxes, edges }: Placed): readonly string[] {
  const closed = boxes.filter(({ isOpen }) => !isOpen);
  return edges.flatMap(({ from, to, path }) => {
    const points = pointsOn(path);
    return closed
      .filter(({ x, y, width, height }) =>
        points.some((p) => p.x > x + 1 && p.x < x + width - 1 && p.y > y + 1 && p.y < y + height - 1),
      )
      .map(({ box }) => `${from} → ${to} through ${box.id}`);
  });
}

function pointsOn(path: string): readonly Point[] {
  let at: Point = { x: 0, y: 0 };
  return [...path.matchAll(/([MVC])([-\d. ]+)/g)].flatMap(([, kind, text]) => {
    const n = text!.trim().split(' ').map(Number) as [number, number, number, number, number, number];
    const start = at;
    if (kind === 'M') {
      at = { x: n[0], y: n[1] };
      return [at];
    }
    at = kind === 'V' ? { x: start.x, y: n[0] } : { x: n[4], y: n[5] };
    const end = at;
    const steps = kind === 'V' ? Math.ceil(Math.abs(end.y - start.y) / 8) : 24;
    return Array.from({ length: steps }, (_, step): Point => {
      const t = (step + 1) / steps;
      if (kind === 'V') return { x: start.x, y: start.y + t * (end.y - start.y) };
      const bezier = (a: number, b: number, c: number, d: number): number =>
        (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
      return { x: bezier(start.x, n[0], n[2], end.x), y: bezier(start.y, n[1], n[3], end.y) };
    });
  });
}

/** Reads of an item that no chain of edges through ports shows. */
function unreached({ group }: Drawing, items: readonly Item[]): readonly string[] {
  const shown = new Set<string>();
  const ends = ({ boxes, edges }: Group): void => {
    const open = new Map(boxes.map((box) => [box.id, box.group]));
    for (const { from, to, key } of edges) {
      const target = open.get(to);
      if (target || to.startsWith('out ')) continue;
      shown.add(`${from.startsWith('in ') || open.get(from) ? key : from} → ${to}`);
    }
    for (const box of boxes) if (box.group) ends(box.group);
  };
  ends(group);
  const wanted = items.flatMap(({ id, reads }) => reads.map((source) => `${source} → ${id}`));
  return wanted.filter((edge) => !shown.has(edge));
}
