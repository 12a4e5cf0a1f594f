// Faults in the schedule: what is fused, where values lie, how long they live, how weights are packed.

import type { Fault } from '../fault.ts';

export const scheduleFaults: readonly Fault[] = [
  {
    name: 'a value is fused away although it is an output',
    file: 'compiler/schedule/group.ts',
    find: 'use.output ||',
    replace: '',
    tests: ['test/schedule', 'test/passes'],
  },
  {
    name: 'a value is fused away although a second node reads it',
    file: 'compiler/schedule/group.ts',
    find: 'use.nodes.length !== 1 ||',
    replace: '',
  },
  {
    name: 'a repeated operand is added as if it had the shape of the sum',
    file: 'compiler/schedule/group.ts',
    find: "if (options.stages.get(operand) !== 'run' || !sameType(type, other)) return undefined;",
    replace: "if (options.stages.get(operand) !== 'run') return undefined;",
    tests: ['test/property/networks.test.ts'],
  },
  {
    name: 'a result overwrites an operand that is read later',
    file: 'compiler/schedule/place.ts',
    find: 'groupOf.get(user.name)! <= at',
    replace: 'groupOf.get(user.name)! >= 0',
  },
  {
    name: 'a result overwrites a concatenation whose parts are read later',
    file: 'compiler/schedule/place.ts',
    find: 'return gone && tenantsGone(placing, value, at);',
    replace: 'return gone || true;',
  },
  {
    name: 'every path is written to the first channels of the concatenation',
    file: 'compiler/schedule/place.ts',
    find: 'part(place(placing, home.whole, name), home, typeOf(graph, value))',
    replace: 'part(place(placing, home.whole, name), { ...home, start: 0 }, typeOf(graph, value))',
  },
  {
    name: 'a slice of a larger buffer is flattened where it lies',
    file: 'compiler/schedule/place.ts',
    find: 'if (!dense || slice.pixelStride !== slice.channels) return undefined;',
    replace: 'if (!dense) return undefined;',
  },
  {
    name: 'a map of many pixels and channels is reshaped where it lies',
    file: 'compiler/schedule/place.ts',
    find: 'if (!run || (!areTokens(result) && to.channels > 1 && to.height * to.width > 1)) return undefined;',
    replace: 'if (!run) return undefined;',
  },
  {
    name: 'a buffer lives only until it was last written',
    file: 'compiler/schedule/place-buffers.ts',
    find: 'for (const { buffer } of [...call.reads, ...call.writes]) {',
    replace: 'for (const { buffer } of call.writes) {',
  },
  {
    name: 'a buffer is put into a gap that is one element too short',
    file: 'compiler/schedule/plan-memory.ts',
    find: 'const fitting = gaps.filter((gap) => gap.length >= length);',
    replace: 'const fitting = gaps.filter((gap) => gap.length >= length - 1);',
  },
  {
    name: 'buffers that meet in one call share memory',
    file: 'compiler/schedule/plan-memory.ts',
    find: 'lifetimes[other]!.to >= lifetimes[index]!.from',
    replace: 'lifetimes[other]!.to > lifetimes[index]!.from',
  },
  {
    name: 'the order that needs most memory is taken',
    file: 'compiler/schedule/order.ts',
    find: 'if (length < best.length) best',
    replace: 'if (length > best.length || best.length === Infinity) best',
  },
  {
    name: 'a single remaining column of a packed matrix is dropped',
    file: 'compiler/schedule/prepare.ts',
    find: 'if (done < columns.count) {',
    replace: 'if (done + 1 < columns.count) {',
    tests: ['test/property/operators.test.ts'],
  },
  {
    name: 'a matrix packed for one layout is used for another one',
    file: 'compiler/schedule/prepare.ts',
    find: "['matrix', layout, panel, type],",
    replace: "['matrix', panel, type],",
    tests: ['test/schedule', 'test/property/fusion.test.ts'],
  },
  {
    name: 'the groups of a convolution are packed from the wrong filters',
    file: 'compiler/schedule/choose-convolution.ts',
    find: 'groups: { count: groups, stride: columns * depth * kh * kw },\n    columns: { count: columns, stride: depth * kh * kw },',
    replace:
      'groups: { count: groups, stride: depth * kh * kw },\n    columns: { count: columns, stride: depth * kh * kw },',
    tests: ['test/property/operators.test.ts'],
  },
  {
    name: 'a strict convolution is flipped in one axis only',
    file: 'compiler/schedule/choose-convolution.ts',
    find: '{ count: kh, stride: flip ? -kw : kw },',
    replace: '{ count: kh, stride: flip ? -kw + kw : kw },',
    tests: ['test/property/operators.test.ts'],
  },
  {
    name: 'a transposed convolution takes the top padding for the left one',
    file: 'compiler/schedule/choose-convolution.ts',
    find: '(kw - 1) * dw - left] as const',
    replace: '(kw - 1) * dw - top] as const',
    tests: ['test/property/operators.test.ts'],
  },
  {
    name: 'a repeated operand of arithmetic on weights is walked through',
    file: 'compiler/schedule/parameter-arithmetic.ts',
    find: 'strides[axis] = shape[axis] === 1 ? 0 : step;',
    replace: 'strides[axis] = step;',
    tests: ['test/passes', 'test/ops/weights.test.ts'],
  },
  {
    name: 'a temporary is used again before it was read for the last time',
    file: 'compiler/schedule/share-temporaries.ts',
    find: 'if (lastUse.get(index) === at) free',
    replace: 'if (lastUse.get(index)! >= at) free',
    tests: ['test/schedule/sharing.test.ts', 'test/passes'],
  },
  {
    name: "Winograd's algorithm computes dilated convolutions",
    file: 'compiler/schedule/algorithm.ts',
    find: 'const forms = [...stride, ...dilation].every(',
    replace: 'const forms = stride.every(',
  },
  {
    name: 'the verifier lets buffers overlap in the call where one ends and the other begins',
    file: 'compiler/program/verify.ts',
    find: 'const together = from <= other.to && other.from <= to;',
    replace: 'const together = from < other.to && other.from < to;',
  },
  {
    name: 'the verifier forgets what other buffers lose by a store',
    file: 'compiler/program/verify.ts',
    find: 'if (index !== ref.buffer && shareMemory(other, own)) writers[index]!.fill(-1);',
    replace: 'if (index !== ref.buffer && shareMemory(other, own) && index < 0) writers[index]!.fill(-1);',
  },
];
