// Each code replaced by that of a table of 128.

import { add, unary } from '../../kernel/builder.ts';
import type { Kernel } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import type { Target } from '../target.ts';
import { scalarTarget } from '../target.ts';
import { codeMover, codesKernel, eachCode } from './codes-kernel.ts';

/** Parameters: input base, packed table, output base, images. codes [H·W, C] → codes [H·W, C]. */
export function lookup(name: string, { input, output }: Maps, target: Target): Kernel {
  const summary = `look up ${sliceName(input)} -> ${sliceName(output)}`;
  return codesKernel(name, summary, { input, output }, ['t'], target, ({ k, packed: [t], eachImage }) => {
    const [codes, bytes] = [k.memory('codes', 'u8'), k.memory('bytes', 'i8')];
    eachImage(({ source, result }) =>
      eachCode(
        k,
        codeMover(k, scalarTarget),
        [
          { slice: input, base: source },
          { slice: output, base: result },
        ],
        ([from, to]) => {
          const place = k.let('t', add(t, unary('u32_to_i32', k.load(codes, from!))));
          k.store(codes, to!, k.load(bytes, place));
        },
      ),
    );
  });
}
