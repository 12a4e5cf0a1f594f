// Random graphs on codes, with parameters and inputs that use the whole range of codes.

import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { FileTensor } from '../../runtime/write-safetensors.ts';
import type { Feeds } from './executors.ts';

/** Whole numbers from `least` to `most`, the same for the same seed. */
export type Draw = (least: number, most: number) => number;

/** A linear congruential generator. */
export function drawing(seed: number): Draw {
  let state = (seed * 2_654_435_761) >>> 0;
  return (least, most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

/** Arrays for the parameters and inputs of a graph on codes. */
export function codesFeeds(graph: Graph, batch: number, draw: Draw): Feeds {
  const parameters = new Map<string, FileTensor['data']>();
  for (const { name, value } of graph.parameters) {
    const { shape, element } = typeOf(graph, value);
    const drawn = Array.from({ length: sizeOf(shape) }, parameterOf(graph, name, value, draw));
    parameters.set(name, arrays[element as keyof typeof arrays].from(drawn));
  }
  const inputs = new Map(
    graph.inputs.map(({ name, value }) => {
      const length = batch * sizeOf(typeOf(graph, value).shape);
      return [name, Float32Array.from({ length }, () => draw(-1000, 1000) / 97)] as const;
    }),
  );
  return { inputs, parameters, batch };
}

const arrays = { f32: Float32Array, i32: Int32Array, i8: Int8Array, u8: Uint8Array } as const;

function parameterOf(graph: Graph, name: string, value: ValueId, draw: Draw): (_: unknown, at: number) => number {
  const { element } = typeOf(graph, value);
  const user = graph.nodes.find(({ operands }) => operands.includes(value))!;
  if (name.endsWith('range')) {
    const zero = draw(0, 127);
    const [low, high] = [draw(0, 3) === 0 ? zero : 0, draw(0, 3) === 0 ? Math.max(zero, draw(0, 127)) : 127];
    return (_, at) => [zero, low, high][at]!;
  }
  if (element === 'i8') {
    // All as large as they can be, all small, or a few large ones among small ones.
    const [most, rarity] = [draw(0, 1) === 0 ? 127 : draw(1, 64), draw(1, 80)];
    return () => (draw(1, rarity) === 1 ? draw(-127, 127) : draw(-most, most));
  }
  if (element === 'i32') return () => draw(-40_000, 40_000);
  if (element === 'u8') return () => draw(0, 127);
  const scale = {
    quantize: 6,
    dequantize: 0.07,
    quantized_add: 0.7,
    quantized_mul: 0.02,
    quantized_mean: 0.2,
    quantized_resample: 0.003,
  }[user.op];
  const factor = scale ?? 0.004;
  const sign = (): number => (user.op === 'quantized_add' && draw(0, 2) === 0 ? -1 : 1);
  return () => Math.fround((sign() * factor * draw(50, 200)) / 100);
}

/** A graph of so many operators on codes: a map through convolutions, pools and joins, then a dense layer. */
export function arbitraryCodesGraph(draw: Draw, steps: number): Graph {
  const g = graphBuilder('codes', operators);
  const shape = [draw(1, 3) === 1 ? 3 : draw(1, 20), draw(1, 9), draw(1, 9)];
  const x = g.input('x', shape);
  let [map] = g.node({ op: 'quantize', inputs: [x] });
  const seen: ValueId[] = [map];
  for (let step = 0; step < steps; step += 1) {
    map = applyStep(g, map, seen, draw);
    seen.push(map);
  }
  if (draw(0, 1) === 1) g.output('kept', g.node({ op: 'dequantize', inputs: [seen[draw(0, seen.length - 1)]!] })[0]);
  const [flat] = g.node({ op: 'flatten', inputs: [map] });
  const dense = { op: draw(0, 1) === 1 ? 'quantized_dense' : 'quantized_dense_f32', inputs: [flat] } as const;
  const [y] = g.node({ ...dense, attributes: { features: draw(1, 40) } });
  const isCodes = g.typeOf(y).element === 'u8';
  g.output('y', isCodes ? g.node({ op: 'dequantize', inputs: [y] })[0] : y);
  return g.finish();
}

function applyStep(g: GraphBuilder, map: ValueId, seen: readonly ValueId[], draw: Draw): ValueId {
  const [channels, height, width] = g.typeOf(map).shape as readonly [number, number, number];
  const least = Math.min(height, width);
  const apply = (op: string, attributes: Attributes = {}, inputs: readonly ValueId[] = [map]): ValueId =>
    g.node({ op, inputs: [...inputs], attributes })[0];
  const window = () => {
    const kernel = [draw(1, Math.min(4, height + 2)), draw(1, Math.min(4, width + 2))] as const;
    const padding = kernel.map((extent) =>
      extent > least ? Math.min(extent - 1, 2) : draw(0, Math.floor(extent / 2)),
    );
    return { kernel: [...kernel], padding, stride: [draw(1, 2), draw(1, 2)] };
  };
  const same = seen.filter((value) => g.typeOf(value).shape.join() === g.typeOf(map).shape.join());
  const besides = seen.filter((value) => g.typeOf(value).shape.slice(1).join() === `${height},${width}`);
  switch (draw(0, 13)) {
    case 0:
      return apply('quantized_conv', { channels: draw(1, 24), kernel: 1 });
    case 1: {
      const groups = [1, 2, 3, 4].filter((count) => channels % count === 0)[draw(0, 1)] ?? 1;
      return apply('quantized_conv', { channels: groups * draw(1, 12), groups, ...window() });
    }
    case 2:
      return apply('quantized_conv', { channels, groups: channels, ...window() });
    case 3:
      return apply('quantized_conv', { channels, groups: channels, kernel: 3, padding: 1, stride: draw(1, 2) });
    case 4: {
      const summands = Array.from({ length: draw(1, 3) }, () => same[draw(0, same.length - 1)]!);
      const perChannel = draw(0, 3) === 0 ? [apply('quantized_mean', { kernel: [height, width] })] : [];
      return apply('quantized_add', {}, [map, ...summands, ...perChannel]);
    }
    case 5: {
      const factor = apply('quantized_mean', { kernel: [height, width] });
      return apply('quantized_mul', {}, [map, draw(0, 1) === 1 ? factor : same[draw(0, same.length - 1)]!]);
    }
    case 6:
      return apply('quantized_lookup');
    case 7: {
      const kernel = draw(1, least);
      const counts = ['alike', 'padded', 'inside'][draw(0, 2)]!;
      const overhang = counts === 'alike' ? {} : { counts, ceil: draw(0, 1) === 1 };
      return apply('quantized_mean', {
        kernel,
        padding: draw(0, Math.floor(kernel / 2)),
        stride: draw(1, 2),
        ...overhang,
      });
    }
    case 8:
      return apply('max_pool', { kernel: draw(1, Math.min(3, least)), stride: draw(1, 2) });
    case 9:
      return apply('concat', {}, [map, besides[draw(0, besides.length - 1)]!]);
    case 10: {
      const to = draw(1, channels);
      return apply('slice', { along: 'channels', start: draw(0, to - 1), end: to });
    }
    case 12: {
      const size = [draw(1, 10), draw(1, 10)];
      if (draw(0, 2) === 0) return apply('resize', { size });
      return apply('quantized_resample', { size, align_corners: draw(0, 1) === 1 });
    }
    case 11: {
      if (height * width > 30) return apply('quantized_lookup');
      const spread = [draw(1, 3), draw(1, 2)] as const;
      const count = draw(0, 2) === 0 ? 4 * draw(1, 3) : draw(1, 9);
      return apply('quantized_conv', {
        channels: spread[0] * spread[1] * count,
        spread: [...spread],
        ...window(),
        stride: 1,
      });
    }
    default:
      return height * width < 30 ? apply('upsample', { factor: 2 }) : apply('quantized_lookup');
  }
}

/** Every kernel on codes, on maps that are large and small, so that threads share tiles of pixels, panels of columns, rows and features. */
export function everyCodesKernel(): Graph {
  const g = graphBuilder('shared', operators);
  const apply = (op: string, attributes: Attributes, ...inputs: readonly ValueId[]): ValueId =>
    g.node({ op, inputs: [...inputs], attributes })[0];
  const x = g.input('x', [3, 33, 30]);
  const codes = apply('quantize', {}, x);
  const direct = apply('quantized_conv', { channels: 20, kernel: 3, padding: 1 }, codes);
  const depthwise = apply('quantized_conv', { channels: 20, groups: 20, kernel: 3, padding: 1 }, direct);
  const added = apply('quantized_add', {}, direct, depthwise, apply('quantized_lookup', {}, direct));
  const tiled = apply('quantized_conv', { channels: 32, kernel: 3, padding: 1 }, added);
  const inPieces = apply('quantized_conv', { channels: 32, kernel: 5, padding: 2 }, tiled);
  const inGroups = apply('quantized_conv_f32', { channels: 48, kernel: 3, padding: 1, groups: 2 }, inPieces);
  const gathered = apply('quantized_conv', { channels: 40, kernel: [2, 3], stride: 2 }, inPieces);
  const pooled = apply('max_pool', { kernel: 3, stride: 2 }, gathered);
  const pointwise = apply('quantized_conv', { channels: 70, kernel: 1 }, pooled);
  const grouped = apply('quantized_conv', { channels: 70, kernel: 3, padding: 1, groups: 2 }, pointwise);
  const joined = apply('concat', {}, pointwise, apply('quantized_lookup', {}, grouped));
  const mean = apply('quantized_mean', { kernel: 2, ceil: true, counts: 'inside' }, joined);
  const scaled = apply('quantized_mul', {}, mean, apply('quantized_mean', { kernel: 3 }, mean));
  const resized = apply('quantized_resample', { size: [7, 5] }, scaled);
  const enlarged = apply(
    'quantized_conv',
    { channels: 4 * 12, kernel: 1, spread: 2 },
    apply('resize', { size: [5, 6] }, resized),
  );
  const flat = apply('flatten', {}, apply('quantized_conv', { channels: 6 * 8, kernel: 2, spread: [2, 3] }, enlarged));
  g.output('scores', apply('quantized_dense_f32', { features: 77 }, flat));
  g.output('map', apply('dequantize', {}, grouped));
  g.output('numbers', inGroups);
  return g.finish();
}
