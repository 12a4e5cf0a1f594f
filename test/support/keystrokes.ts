// Somebody who types: a line is written into a text, letter by letter, and taken out again in the same way.

export interface Keystroke {
  readonly text: string;
  /** Offset of the caret behind the letter. */
  readonly caret: number;
  /** Offset of the name of a whole step in the line before. */
  readonly step: number;
}

/** What is typed: steps that are half written most of the time. */
const typed = ['conv(8, kernel: 1) -> relu', 'parallel add { path relu }', 'x = max_pool(2, stride: 1)'];

/** So many texts, one letter apart; each line is written behind another line of `text` that holds a step. */
export function* keystrokes(text: string, count: number): Generator<Keystroke> {
  const lines = [...text.matchAll(/^ .*\w\(.*\)$/gm)];
  let made = 0;
  for (let round = 0; ; round += 1) {
    const { 0: before, index } = lines[(round * 7) % lines.length]!;
    const place = index + before.length;
    const step = index + before.search(/\w+\(/);
    const line = `\n  ${typed[round % typed.length]!}`;
    const lengths = [...line].map((_, at) => at + 1);
    for (const length of [...lengths, ...lengths.toReversed().slice(1), 0]) {
      if (made === count) return;
      made += 1;
      yield { text: text.slice(0, place) + line.slice(0, length) + text.slice(place), caret: place + length, step };
    }
  }
}
