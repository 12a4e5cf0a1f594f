// A file as long as editors must bear: 60 blocks of different forms and one network that calls them, 1,013 lines.

/** Blocks in the file. */
export const BLOCKS = 60;
/** Its lines, the last one ended. */
export const LINES = 1013;

/** Always the same text, without a mistake. */
export function longFile(): string {
  const blocks = Array.from({ length: BLOCKS }, (_, number) => blockText(number));
  const calls = Array.from({ length: BLOCKS }, (_, number) => `  stage${number}(${8 + 8 * (number % 4)})`);
  const network = [
    'network Long(classes: int = 10) {',
    ...['  input image: [3, 32, 32] { scale: 1/255 }', '', '  conv(16, kernel: 3, padding: 1) -> relu'],
    ...calls,
    ...['  global_avg_pool -> flatten', '  scores = dense(classes)', '', '  output scores', '}'],
  ];
  const written = [...blocks.flat(), ...network];
  const remarks = Array.from({ length: LINES - written.length }, (_, at) => `// Remark ${at + 1}.`);
  return `${[...remarks, ...written].join('\n')}\n`;
}

/** Fifteen lines: three paths, then a sum, a loop or a condition. */
function blockText(number: number): readonly string[] {
  const name = `stage${number}`;
  const head = [
    `/// Stage ${number}: windows of several sizes, joined along the channels.`,
    `block ${name}(width: int, kernel: int = 3, slope: float = 0.1) {`,
    '  const half = width / 2',
    '  parallel concat {',
    '    path conv(half, kernel: 1) -> batch_norm -> relu',
    '    path conv(half, kernel: 1) -> relu -> conv(half, kernel: kernel, padding: same)',
    '    path max_pool(3, stride: 1, padding: 1) -> conv(width, kernel: 1)',
    '  }',
  ];
  return [...head, ...(tails[number % tails.length] ?? []), '}', ''];
}

const tails: readonly (readonly string[])[] = [
  [
    '  joined = conv(width, kernel: 1)',
    '  conv(width, kernel: 3, padding: 1) -> relu',
    '  added = add(joined)',
    '  added -> batch_norm -> relu',
    '  leaky_relu(slope)',
  ],
  [
    '  repeat 2 as i {',
    '    conv(width + 2 * i, kernel: 1) -> relu',
    '  }',
    '  conv(width, kernel: 1)',
    '  leaky_relu(slope) -> batch_norm',
  ],
  [
    '  if kernel > 3 {',
    '    conv(width, kernel: 1) -> relu',
    '  } else {',
    '    conv(width, kernel: 3, padding: 1) -> leaky_relu(slope)',
    '  }',
  ],
  [
    '  for (channels, taps) in [(width, 1), (half, 3)] {',
    '    conv(channels, kernel: taps, padding: same) -> relu',
    '  }',
    '  conv(width, kernel: 1)',
    '  batch_norm -> leaky_relu(slope) : [width, _, _]',
  ],
];
