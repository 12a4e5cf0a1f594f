// Helpers of the grammar's tests.

export interface CnnBlock {
  /** Line of the fence in the document, from 1. */
  readonly line: number;
  /** True for ```cnn fragment: statements, not a file. */
  readonly fragment: boolean;
  readonly text: string;
}

/** The ```cnn blocks of a Markdown text. */
export function cnnBlocks(markdown: string): readonly CnnBlock[] {
  return [...markdown.matchAll(/^```cnn( fragment)?\n([^]*?)^```$/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length,
    fragment: match[1] !== undefined,
    text: match[2]!,
  }));
}
