// Random `.cnn` texts that mostly parse and often mean something: what the grammar allows, with plausible numbers.

import type { Random } from './random.ts';

const STEPS: readonly ((random: Random) => string)[] = [
  (r) =>
    `conv(${size(r)}, kernel: ${r.pick(['1', '3', '3x3', '1x3', '5'])}${r.pick(['', ', padding: 1', ', padding: same', ', stride: 2', ', groups: 2'])})`,
  (r) => `depthwise_conv(kernel: 3, padding: 1${r.pick(['', ', multiplier: 2'])})`,
  (r) => `${r.pick(['max_pool', 'avg_pool'])}(${1 + r.below(4)}${r.pick(['', ', stride: 1', ', padding: 1'])})`,
  (r) => r.pick(['relu', 'tanh', 'sigmoid', 'batch_norm', 'global_avg_pool', 'softmax', 'identity', 'relu6', 'gelu']),
  (r) => `dense(${size(r)})`,
  (r) => r.pick(['flatten', 'dropout(0.5)', 'upsample(2)', 'leaky_relu(0.1)', 'clip(0, 1)', 'pad(1)']),
  (r) =>
    `${r.pick(['add', 'mul', 'concat'])}(${r.pick(['x', 'a0', 'a1'])}${r.pick(['', ' -> relu', ' -> conv(4, kernel: 1)'])})`,
  (r) => r.pick(['b0', 'b1(4)', 'b1(n: 2)', 'b2', 'nothing', 'split(2)', 'b3(f: relu)', 'b3(f: b1(2))', 't0']),
  (r) => `reduce(mean, over: ${r.pick(['channels', 'height', 'map'])})`,
];

const size = (random: Random): string => (random.oneIn(3) ? expression(random, 2) : `${1 + random.below(12)}`);

function expression(random: Random, depth: number): string {
  const inner = (): string => expression(random, depth - 1);
  if (depth === 0 || random.oneIn(3))
    return random.pick(['1', '2', '3', '8', 'n', 'k', '0.5', 'true', '3x3', '1k', '"t"']);
  switch (random.below(9)) {
    case 0:
      return `(${inner()}, ${inner()})`;
    case 1:
      return `[${inner()}, ${inner()}]`;
    case 2:
      return `(${inner()} if ${inner()} ${random.pick(['==', '<', 'and'])} ${inner()} else ${inner()})`;
    case 3:
      return `${random.pick(['len', 'min', 'max', 'size', 'floor', 'ceil'])}(${inner()}, ${inner()})`;
    case 4:
      return random.pick([`-${inner()}`, `not ${inner()}`, `(${inner()})`]);
    case 5:
      return random.pick([`k${random.pick(['.0', '.1', '[0]', '[-1]'])}`, `${inner()}..${inner()}`, property(random)]);
    default:
      return `${inner()} ${random.pick(['+', '-', '*', '/', '%'])} ${inner()}`;
  }
}

const property = (random: Random): string =>
  `${random.pick(['x', 'a0', 'xs[-1]'])}.${random.pick(['channels', 'height', 'width', 'features', 'size'])}`;

/** What is calculated at the head of a chain. */
function operation(random: Random, depth: number): string {
  const term = (): string =>
    depth > 0 && random.oneIn(3)
      ? `(${random.oneIn(3) ? operation(random, depth - 1) : chain(random, depth - 1)})`
      : random.pick(['x', 'a0', 'xs[0]', 'xs[-1]', 'relu', '2', '0.5', 'conv(4, kernel: 1)', 'x.channels', 'a0.0']);
  const first = term();
  // A number alone is no step.
  const others = Array.from({ length: (/^\d/.test(first) ? 1 : 0) + random.below(3) }, () => {
    const sign = random.pick(['+', '-', '*', '/']);
    return random.oneIn(5) ? `\n  ${sign} ${term()}` : ` ${sign} ${term()}`;
  });
  return [first, ...others].join('');
}

function chain(random: Random, depth: number): string {
  const steps = Array.from({ length: 1 + random.below(3) }, (_, at) => {
    if (at === 0 && random.oneIn(4)) return operation(random, depth);
    return depth > 0 && random.oneIn(6) ? parallel(random, depth - 1) : random.pick(STEPS)(random);
  });
  return steps.join(' -> ') + (random.oneIn(8) ? ` : [_, ${size(random)}, _]` : '');
}

function parallel(random: Random, depth: number): string {
  const paths = Array.from({ length: 1 + random.below(3) }, (_, at) =>
    random.oneIn(3) ? `path ${chain(random, depth)}` : `path p${at} { ${statements(random, depth).join('\n')} }`,
  );
  return `parallel ${random.pick(['add', 'concat', 'mul'])} {\n${paths.join('\n')}\n}`;
}

function statements(random: Random, depth: number): readonly string[] {
  return Array.from({ length: 1 + random.below(4) }, (_, at) => {
    if (depth <= 0 || random.oneIn(2))
      return random.oneIn(4) ? `a${at} = ${chain(random, depth)}` : chain(random, depth);
    const collect = (): string => random.pick(['', '', ` collect xs`, ` collect ys${at}`]);
    const body = (): string => `{\n${statements(random, depth - 1).join('\n')}\n}`;
    return random.pick([
      () => `repeat ${1 + random.below(3)}${random.pick(['', ' as i'])}${collect()} ${body()}`,
      () => `for c in [${1 + random.below(9)}, ${1 + random.below(9)}]${collect()} ${body()}`,
      () => `for c in xs${collect()} { c -> ${random.pick(STEPS)(random)} }`,
      () => `share t${at} = ${chain(random, depth)}`,
      () => `learned w${at}: [${size(random)}, 1, ${random.pick(['1', '_'])}]${random.pick(['', ' = 1e-6'])}`,
      () => `for (c, d) in [(1, 2), (3, 4)] ${body()}`,
      () =>
        `if ${expression(random, 1)} == ${expression(random, 1)} ${body()}${random.oneIn(2) ? ` else ${body()}` : ''}`,
      () => `const k${at} = ${expression(random, 2)}`,
      () => `a, b = split(2)\na -> add(b)`,
    ])();
  });
}

/** A file with a network `A`. */
export function randomProgram(random: Random): string {
  const channels = 1 + random.below(4);
  const shape = random.oneIn(5) ? `[${channels * 8}]` : `[${channels}, ${4 + random.below(9)}, ${4 + random.below(9)}]`;
  const settings = random.oneIn(4) ? ' { scale: 1/255  mean: 0.5 }' : '';
  return [
    `const k = ${expression(random, 2)}`,
    `block b0 {\n${statements(random, 1).join('\n')}\n}`,
    `/// A block.\nblock b1(n: int = ${1 + random.below(8)}) { ${chain(random, 1)} }`,
    `block b3(f: block = b0) { input x${random.oneIn(4) ? '\ninput xs[]' : ''}\nf -> ${random.pick(STEPS)(random)} }`,
    `network A${random.oneIn(3) ? `(n: int = ${1 + random.below(8)})` : ''} {`,
    `input x: ${shape}${settings}`,
    ...statements(random, 3),
    ...(random.oneIn(3) ? ['y = dense(3)', `output y${random.oneIn(2) ? ' { labels: ["a", "b", "c"] }' : ''}`] : []),
    '}',
    ...(random.oneIn(5) ? [`expect A { parameters <= ${random.below(2000)}  macs < 1M }`] : []),
    ...(random.oneIn(6) ? ['train A { optimizer: adam(0.001)  epochs: 3 }'] : []),
    ...(random.oneIn(6) ? [`network B = A(n: ${expression(random, 1)})`] : []),
  ].join('\n');
}
