// What a drawing of a network is made of, as plain data: the layout gives it, stacking places it, and the page of a report
// carries it as JSON. Lengths are CSS pixels.

/** A step, input or output as the layout takes it. */
export interface Item {
  /** Unique in the drawing. */
  readonly id: string;
  readonly kind: 'step' | 'free' | 'input' | 'output';
  /** Full name; what the scopes say is left out when it is drawn. */
  readonly name: string;
  /** `conv 3×3 /2, bn, relu` */
  readonly text: string;
  /** Of what it makes: `64×48×48`. */
  readonly shape: string;
  readonly macs: number;
  /** Ids of the items whose results it reads. */
  readonly reads: readonly string[];
  /** Blocks around it, outermost first. */
  readonly blocks: readonly { readonly name: string; readonly of: string }[];
  /** Names of the layers it stands for. */
  readonly layers: readonly string[];
  /** Rewrites and near misses at its place. */
  readonly done: number;
  readonly missed: number;
}

export interface Box {
  readonly id: string;
  /** `in` and `out` are where edges pass the border of a block. */
  readonly kind: Item['kind'] | 'block' | 'in' | 'out';
  /** Of its middle, from the left of its group. */
  readonly x: number;
  readonly width: number;
  readonly rank: number;
  readonly title: string;
  readonly text: string;
  /** Written below it; empty where another box says the same. */
  readonly shape: string;
  readonly macs: number;
  readonly layers: readonly string[];
  readonly done: number;
  readonly missed: number;
  /** What is inside a block. */
  readonly group?: Group;
  /** The same for blocks that look alike inside. */
  readonly look?: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Key of the port where it leaves or enters a block. */
  readonly key: string;
  /** Where it crosses the ranks between. */
  readonly via: readonly { readonly x: number; readonly rank: number }[];
}

/** Boxes in ranks below one another; edges lead downwards. */
export interface Group {
  readonly width: number;
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
}

export interface Drawing {
  readonly group: Group;
  /** Ids of the blocks that are folded at first. */
  readonly folded: readonly string[];
}

export const metrics = {
  /** Of a box with two lines of text. */
  boxHeight: 40,
  /** Below a box: the line with the shape beside it. */
  stem: 20,
  /** Title line of an open block. */
  header: 26,
  /** Between a block's border and what is in it. */
  padding: 14,
  /** Widths of a character: titles and headers of 12 px, text of 11 px, monospaced. */
  titleCharacter: 7.3,
  textCharacter: 6.7,
  /** Between the border of a box and its text, both sides together. */
  textPadding: 22,
  longestText: 44,
} as const;
