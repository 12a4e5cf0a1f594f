// Images of another size as products with matrices, for what ONNX has no operator for: each pixel of the result is a sum of pixels of the
// image, along the width and along the height.

import { ints } from './attributes.ts';
import type { ExportSite } from './site.ts';

/** Along one axis: which pixels a pixel of the result is made of, and their shares. */
export interface Blend {
  readonly input: number;
  readonly output: number;
  taps(at: number): readonly { readonly index: number; readonly weight: number }[];
}

/** The first data operand [N,C,H,W] · [W,OW], turned, · [H,OH], turned back: [N,C,OH,OW]. */
export function blended(site: ExportSite, rows: Blend, columns: Blend): string {
  const along = ({ input, output, taps }: Blend, x: string): string => {
    const shares = new Float32Array(input * output);
    for (let at = 0; at < output; at += 1) {
      for (const { index, weight } of taps(at)) shares[index * output + at]! += weight;
    }
    return site.emit('MatMul', [x, site.tensor('shares', [input, output], shares)]);
  };
  const turned = (x: string): string => site.emit('Transpose', [x], { perm: ints([0, 1, 3, 2]) });
  return turned(along(rows, turned(along(columns, site.operand(0)))));
}
