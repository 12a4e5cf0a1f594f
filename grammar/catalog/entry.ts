// What the catalogue says of a code.

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
