// What the catalogue says of a code.

/** A file whose network has these statements. */
export const inNetwork = (text: string): string => `network A {\n  input x: [1, 8, 8]\n  ${text}\n}\n`;

export interface CatalogEntry {
  /** `syntax/comma` */
  readonly code: string;
  /** A few words. */
  readonly title: string;
  /** Why it is an error, and what to do; whole sentences. */
  readonly explanation: string;
  /** The smallest file that is reported with this code and no other. */
  readonly bad: string;
  /** The same file put right. */
  readonly good: string;
}
