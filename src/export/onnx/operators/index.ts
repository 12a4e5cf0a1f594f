// How each operator of the language is written in ONNX, by name; each family has a file.

import type { Exporter } from '../site.ts';
import { adaptivePools } from './adaptive-pools.ts';
import { arithmetic } from './arithmetic.ts';
import { axes } from './axes.ts';
import { convolutions } from './convolutions.ts';
import { elementwise } from './elementwise.ts';
import { normalizations } from './normalizations.ts';
import { parts } from './parts.ts';
import { pools } from './pools.ts';
import { products } from './products.ts';
import { resizing } from './resizing.ts';

export const exporters: ReadonlyMap<string, Exporter> = new Map(
  [
    adaptivePools,
    arithmetic,
    axes,
    convolutions,
    elementwise,
    normalizations,
    parts,
    pools,
    products,
    resizing,
  ].flatMap((family) => Object.entries<Exporter>(family)),
);
