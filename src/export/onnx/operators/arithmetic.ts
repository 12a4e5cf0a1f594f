// Arithmetic on several values, broadcast as ONNX does: a value [C] beside maps [C,H,W] lies as [C,1,1].

import { alignedShapes } from '../../../../compiler/ops/aligned-shapes.ts';
import type { Exporter } from '../site.ts';

/** From left to right; an operator of ONNX that takes any number of operands takes all at once. */
const joining =
  (opType: string, takes: 'two' | 'all' = 'two', many = opType): Exporter =>
  (site) => {
    const shapes = alignedShapes(site.inputs.map(({ shape }) => shape));
    const flows = shapes.some((_, at) => site.isFlow(at));
    const operands = shapes.map((shape, at) => (flows || at > 0 ? site.shaped(at, shape) : site.operand(at)));
    if (operands.length === 1) return operands;
    if (operands.length > 2 && takes === 'all') return site.emit(many, operands);
    return operands.reduce((left, right) => site.emit(opType, [left, right]));
  };

export const arithmetic = {
  add: joining('Add', 'all', 'Sum'),
  div: joining('Div'),
  maximum: joining('Max', 'all'),
  minimum: joining('Min', 'all'),
  mul: joining('Mul'),
  sub: joining('Sub'),
} satisfies Record<string, Exporter>;
