// Draws examples/pictures/*.png: eight pieces of clothing in the manner of Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017),
// 28×28 grey bytes, light on black. Outlines are rounded by corner cutting (Chaikin, 1974) and filled with 8×8 samples a pixel.

import { encode } from 'fast-png';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Point = readonly [x: number, y: number];

/** A closed outline in pixels, filled with a tone from 0 to 1; `folds` waves of ±`depth` run across it. */
interface Patch {
  readonly outline: readonly Point[];
  readonly tone: number;
  readonly folds?: { readonly count: number; readonly depth: number };
}

const size = 28;

/** The left half, top to bottom, and its mirror image. */
const symmetric = (...left: readonly Point[]): readonly Point[] => [
  ...left,
  ...left.toReversed().map(([x, y]): Point => [size - x, y]),
];
const weave = { count: 3, depth: 0.06 };

/** Later patches cover earlier ones. */
const drawings: Readonly<Record<string, readonly Patch[]>> = {
  't-shirt': [
    {
      outline: symmetric([10, 1], [6, 2.5], [2.5, 8], [6, 10.5], [8, 9], [8, 18], [7.7, 27], [7.7, 27]),
      tone: 0.8,
      folds: weave,
    },
    { outline: symmetric([10.5, 0], [11, 2], [13, 3.2]), tone: 0 },
  ],
  trouser: [
    { outline: symmetric([9.5, 0.5], [9, 8], [8.5, 18], [8.5, 27.5], [12.2, 27.5], [13.2, 16], [13.8, 9]), tone: 0.8 },
    { outline: symmetric([9.4, 0.5], [9.4, 2.3], [9.4, 2.3]), tone: 0.6 },
  ],
  pullover: [
    {
      outline: symmetric(
        [11, 1],
        [7, 1.5],
        [3.5, 6],
        [2, 17],
        [1, 27],
        [1, 27],
        [5, 28],
        [5, 28],
        [6.5, 16],
        [6.9, 10],
        [7.2, 16],
        [7.2, 28],
        [7.2, 28],
      ),
      tone: 0.7,
      folds: weave,
    },
    { outline: symmetric([10.5, 0], [11, 1.5], [13, 2.2]), tone: 0.1 },
  ],
  dress: [
    {
      outline: symmetric([11, 0], [10.5, 4], [10, 6], [11, 11], [9.5, 19], [7.5, 27.5], [8, 28]),
      tone: 0.75,
      folds: { count: 5, depth: 0.1 },
    },
    { outline: symmetric([11.8, -1], [11.8, 3], [13, 5]), tone: 0 },
  ],
  sandal: [
    {
      outline: [
        [0.5, 16.5],
        [10, 16.8],
        [19, 15.5],
        [27.5, 13],
        [27.5, 15.5],
        [19, 18],
        [10, 18.6],
        [0.5, 18.3],
      ],
      tone: 0.65,
    },
    {
      outline: [
        [4, 16.8],
        [8, 12.5],
        [10, 12.5],
        [11.5, 16.8],
        [10, 16.8],
        [8.8, 13.8],
        [5.5, 16.8],
      ],
      tone: 0.8,
    },
    {
      outline: [
        [17, 15.8],
        [21, 10],
        [25, 9],
        [26, 13.5],
        [24.6, 13.5],
        [24, 10.4],
        [21.6, 11.2],
        [18.6, 15.8],
      ],
      tone: 0.8,
    },
  ],
  sneaker: [
    {
      outline: [
        [0.5, 17.5],
        [5, 15.5],
        [10, 13.5],
        [14, 10.5],
        [17, 10.2],
        [19, 12.2],
        [23, 11.5],
        [26, 9.8],
        [27.5, 15],
        [27.5, 19],
        [0.5, 19],
      ],
      tone: 0.75,
    },
    {
      outline: [
        [0.5, 18],
        [27.5, 17.6],
        [27.5, 20],
        [0.5, 20],
      ],
      tone: 0.9,
    },
    {
      outline: [
        [10, 15],
        [14.5, 11.5],
        [15.5, 12],
        [11.5, 15.4],
      ],
      tone: 0.4,
    },
  ],
  bag: [
    {
      outline: [
        [8, 11],
        [9, 4],
        [12, 1],
        [16, 1],
        [19, 4],
        [20, 11],
        [18.6, 11],
        [17.7, 4.6],
        [15.4, 2.6],
        [12.6, 2.6],
        [10.3, 4.6],
        [9.4, 11],
      ],
      tone: 0.6,
    },
    {
      outline: [
        [2.5, 10],
        [25.5, 10],
        [25.5, 10],
        [26.5, 26],
        [26.5, 26],
        [1.5, 26],
        [1.5, 26],
      ],
      tone: 0.75,
      folds: weave,
    },
    {
      outline: [
        [2.4, 10],
        [25.6, 10],
        [25.6, 12],
        [2.4, 12],
      ],
      tone: 0.5,
    },
  ],
  'ankle-boot': [
    {
      outline: [
        [15, 2.5],
        [26, 2.5],
        [26, 2.5],
        [25.5, 12],
        [27, 19],
        [27, 23],
        [20, 23],
        [18, 21.5],
        [12, 22.5],
        [1, 22.5],
        [1, 20],
        [4, 17.5],
        [10, 14.5],
        [14, 11],
      ],
      tone: 0.75,
      folds: { count: 2, depth: 0.08 },
    },
    {
      outline: [
        [1, 22],
        [12, 22],
        [18, 21.2],
        [18, 22.6],
        [12, 23.6],
        [1, 23.6],
      ],
      tone: 0.45,
    },
    {
      outline: [
        [20.5, 22],
        [27, 22],
        [27, 25],
        [21, 25],
      ],
      tone: 0.45,
    },
  ],
};

/** 28×28 grey bytes, rows top to bottom. Throws for a name that has no drawing. */
export function draw(name: string): Uint8Array {
  const patches = drawings[name];
  if (!patches) throw new RangeError(`there is no drawing ${name}`);
  const rounded = patches.map((patch) => ({ ...patch, outline: round(round(patch.outline)) }));
  return Uint8Array.from({ length: size * size }, (_, at) => {
    const [x, y] = [at % size, Math.floor(at / size)];
    let light = 0;
    for (let sample = 0; sample < samples ** 2; sample++) {
      light += lightAt(
        rounded,
        x + ((sample % samples) + 0.5) / samples,
        y + (Math.floor(sample / samples) + 0.5) / samples,
      );
    }
    return Math.round((255 * light) / samples ** 2);
  });
}

export const pictureNames: readonly string[] = Object.keys(drawings);

const samples = 8;

function lightAt(patches: readonly Patch[], x: number, y: number): number {
  const patch = patches.findLast(({ outline }) => isInside(outline, x, y));
  if (!patch) return 0;
  const { tone, folds } = patch;
  const wave = folds ? folds.depth * Math.cos((2 * Math.PI * folds.count * (x - size / 2)) / size) : 0;
  return Math.min(1, Math.max(0, tone + wave));
}

/** Even–odd rule. */
function isInside(outline: readonly Point[], x: number, y: number): boolean {
  return outline.reduce((inside, [ax, ay], at) => {
    const [bx, by] = outline[(at + 1) % outline.length]!;
    const crosses = ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax);
    return crosses ? !inside : inside;
  }, false);
}

/** Cuts every corner at a quarter of its edges; a point that stands twice stays sharp. */
function round(outline: readonly Point[]): readonly Point[] {
  return outline.flatMap(([ax, ay], at): Point[] => {
    const [bx, by] = outline[(at + 1) % outline.length]!;
    return [
      [0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by],
      [0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by],
    ];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL('../examples/pictures/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const name of pictureNames) {
    writeFileSync(new URL(`${name}.png`, folder), encode({ width: size, height: size, channels: 1, data: draw(name) }));
  }
}
