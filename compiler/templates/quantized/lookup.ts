// Each code replaced by that of a table of 128: on vectors by eight tables of sixteen, of which all but one give 0.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { add, numberOf, swizzle, unary, uor, usub } from '../../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel, eachCode } from './codes-kernel.ts';

/** Codes of a table, and of the part of it that a vector holds. */
const tableCodes = 128;
const partCodes = 16;

/** Parameters: input base, packed table, output base, images. codes [H·W, C] → codes [H·W, C]. */
export function lookup(name: string, { input, output }: Maps, target: Target): Kernel {
  const summary = `look up ${sliceName(input)} -> ${sliceName(output)}`;
  return codesKernel(name, summary, { input, output }, ['t'], target, ({ k, packed: [t], eachImage }) => {
    const codes = k.memory('codes', 'u8');
    const bytes = k.memory('bytes', 'i8');
    const mover = codeMover(k, target);
    const found = target.lanes === 4 ? inParts(k, bytes, t) : oneByOne(k, bytes, t);
    eachImage(({ source, result }) =>
      eachCode(
        k,
        mover,
        [
          { slice: input, base: source },
          { slice: output, base: result },
        ],
        ([from, to], count) => mover.store(codes, to!, found(k.let('c', mover.load(codes, from!, count))), count),
      ),
    );
  });
}

const oneByOne =
  (k: BlockBuilder, bytes: Memory, table: Expression) =>
  (code: Expression): Expression =>
    unary('i32_to_u32', k.load(bytes, k.let('t', add(table, unary('u32_to_i32', code)))));

/** An index that is too small for a part wraps around, and then is too large. */
function inParts(k: BlockBuilder, bytes: Memory, table: Expression) {
  const parts = Array.from({ length: tableCodes / partCodes }, (_, part) =>
    k.let('t', k.loadBytes(bytes, add(table, part * partCodes))),
  );
  const step = k.let('step', numberOf('u8x16', partCodes));
  return (codes: Expression): Expression => {
    let indices = codes;
    return parts
      .map((part, at) => {
        if (at > 0) indices = k.let('i', usub(indices, step));
        return swizzle(part, indices);
      })
      .reduce((one, other) => k.let('o', uor(one, other)));
  };
}
