// Text in terminal columns: wide characters and emoji take two, combining ones none, tabs end at every fourth, and control
// characters (also those that turn the writing direction) are written as escapes. Widths by Unicode Standard Annex #11, of
// what a reader takes for one character (Annex #29): a family of emoji is one.

export interface Cells {
  /** Column at which the UTF-16 unit at `offset` begins; the width of all for offsets behind the end. */
  columnAt(offset: number): number;
  /** At most `width` columns of the text around the columns `from` … `to`. */
  window(from: number, to: number, width: number): View;
}

export interface View {
  readonly text: string;
  /** Column of `from` in `text`. */
  readonly offset: number;
  /** Columns from there to the end of `text`, without an ellipsis. */
  readonly room: number;
}

interface Cell {
  readonly offset: number;
  readonly column: number;
  readonly width: number;
  readonly text: string;
}

/** The characters of one line, laid out. */
export function cellsOf(line: string): Cells {
  const cells: Cell[] = [];
  let column = 0;
  let offset = 0;
  for (const character of charactersOf(line)) {
    const text = character === '\t' ? ' '.repeat(TAB - (column % TAB)) : escapeControls(character);
    const width = widthOf(text);
    cells.push({ offset, column, width, text });
    offset += character.length;
    column += width;
  }
  const total = column;
  return {
    columnAt(at) {
      const cell = cells.findLast((candidate) => candidate.offset <= at);
      return cell === undefined ? 0 : at >= line.length ? total : cell.column;
    },
    window(from, to, width) {
      const textOf = (part: readonly Cell[]): string => part.map(({ text }) => text).join('');
      if (total <= width) return { text: textOf(cells), offset: from, room: total - from };
      const middle = to - from > width / 2 ? from + width / 4 : (from + to) / 2;
      const start = Math.max(0, Math.min(Math.floor(middle - width / 2), total - width));
      const shown = cells.filter((cell) => cell.column >= start && cell.column + cell.width <= start + width);
      const first = shown[0]?.column ?? 0;
      const last = shown.at(-1);
      const end = last ? last.column + last.width : first;
      const [before, after] = [first > 0 ? '…' : '', end < total ? '…' : ''];
      return { text: before + textOf(shown) + after, offset: before.length + from - first, room: end - from };
    },
  };
}

const TAB = 4;

/** Control and direction characters as `\u{1b}`; lone surrogates too. Everything else stays. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

const CONTROLS = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** Combining and invisible characters, and the vowels and finals of a Hangul syllable written in parts. */
const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7fb]$/u;
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]$/u;
/** Shown as a picture by itself, by a selector, as part of a sequence, or as a flag. */
const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\p{RI}{2}/u;
/** Characters of one column each, which are none of these and join no others: Latin, punctuation, arrows, signs and lines. */
const SIMPLE = /^[ -~\u00a0-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u259f]*$/;

let known: Intl.Segmenter | undefined;

function* charactersOf(text: string): Iterable<string> {
  if (SIMPLE.test(text)) return yield* text;
  // Made where it is needed: that takes longer than many a command.
  const segmenter = (known ??= new Intl.Segmenter('en', { granularity: 'grapheme' }));
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Columns of a text that holds no tabs and no control characters. */
export function widthOf(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const character of charactersOf(text)) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character: string): number {
  if (character.length === 1 && character < '\u0300') return 1;
  if (EMOJI.test(character)) return 2;
  let width = 0;
  for (const point of character) width += COMBINING.test(point) ? 0 : WIDE.test(point) ? 2 : 1;
  return width;
}
