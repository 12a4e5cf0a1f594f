// Cuts rows and columns off filters that only ever meet padding, as the outer ones may on a small map: a 3×3 window with padding 1 on a
// single pixel is a 1×1 window. The padding shrinks with them.
//
// Requires: weights are finite.
// Cost: always pays.
// Source: Glow's OptimizeSmallConv.
//
// before:
//   %0 = input x : [N,2,1,4]
//   %1 = parameter conv.weight : [3,2,3,3] he(18, 27)
//   %2 = conv(%0, %1) {channels=3, kernel=3, padding=1, bias=false} as conv
//   output y = %2
// after:
//   %0 = input x : [N,2,1,4]
//   %1 = parameter conv.weight : [3,2,3,3] he(18, 27)
//   %2 = weight_slice(%1) {start=[0, 0, 1, 0], size=[3, 2, 1, 3]} as conv.slice
//   %3 = conv(%0, %2) {channels=3, kernel=[1, 3], padding=[0, 1, 0, 1], bias=false} as conv
//   output y = %3

import type { Node } from '../ir/graph.ts';
import { editGraph } from '../ir/rewrite.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { wordOf } from '../ops/attributes.ts';
import { axesOf, outputExtent, windowOf } from '../ops/window.ts';
import type { Axis } from '../ops/window.ts';
import type { Pass } from './pass.ts';
import { about } from './pass.ts';
import { layerOperands, weightArithmetic, withBias } from './weights.ts';

export const trimPadding: Pass = {
  name: 'trim-padding',
  modes: ['infer'],
  exact: false,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      if (node.op === 'conv' || node.op === 'depthwise_conv') trim(node);
    }
    return editor.finish();

    function trim(conv: Node): void {
      const [input, weight, bias] = layerOperands(conv);
      const axes = axesOf(windowOf(conv.attributes), editor.typeOf(input).shape);
      const cuts = axes.map(idleTaps);
      if (cuts.every(({ first, last }) => first + last === 0)) return;
      const { shape } = editor.typeOf(weight);
      const kernel = axes.map((axis, at) => axis.kernel - cuts[at]!.first - cuts[at]!.last);
      // A flipped filter's first tap is its last element.
      const flipped = wordOf(conv.attributes, 'mode') === 'convolution';
      const start = [0, 0, ...cuts.map(({ first, last }) => (flipped ? last : first))];
      const size = [shape[0]!, shape[1]!, ...kernel];
      const pixels = sizeOf(editor.typeOf(conv.results[0]!).shape.slice(1));
      const macs = (sizeOf(shape) - sizeOf(size)) * pixels;
      context.rewrite({ ...about('small map', conv), macsSaved: macs, bytesSaved: 0, callsSaved: 0 });
      const sliced = weightArithmetic(editor, conv).slice(weight, start, size);
      const before = axes.map(({ before: width, dilation }, at) => width - cuts[at]!.first * dilation);
      const after = axes.map(({ after: width, dilation }, at) => width - cuts[at]!.last * dilation);
      editor.update(conv, {
        attributes: { kernel, padding: [...before, ...after] },
        parameters: withBias(sliced, bias),
      });
    }
  },
};

/** How many taps at either end meet no pixel at any position of the window; no more than there is padding to remove with them. */
function idleTaps(axis: Axis): { readonly first: number; readonly last: number } {
  const { input, kernel, stride, dilation, before, after } = axis;
  const outputs = outputExtent(axis);
  const idle = (tap: number): boolean => {
    // The first position at which the tap is not before the image.
    const output = Math.max(0, Math.ceil((before - tap * dilation) / stride));
    return output >= outputs || output * stride - before + tap * dilation >= input;
  };
  const [mostFirst, mostLast] = [before, after].map((width) => Math.min(kernel - 1, Math.floor(width / dilation)));
  let first = 0;
  while (first < mostFirst! && idle(first)) first += 1;
  let last = 0;
  while (last < Math.min(mostLast!, kernel - 1 - first) && idle(kernel - 1 - last)) last += 1;
  return { first, last };
}
