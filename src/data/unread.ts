// A file before it is read: what its size and a few of its bytes tell, so that a large one can be refused at once.

export interface Unread {
  readonly sizeBytes: number;
  /** Bytes `from` … `to` without `to`; fewer where the file ends before. */
  part(from: number, to: number): Uint8Array;
}

/** A file that has been read after all. */
export const unreadOf = (bytes: Uint8Array): Unread => ({
  sizeBytes: bytes.length,
  part: (from, to) => bytes.subarray(from, Math.max(from, to)),
});

/** The first and the last kibibyte together, which is what `fileKind` looks at. */
export function endsOf(file: Unread): Uint8Array {
  const { sizeBytes } = file;
  if (sizeBytes <= 2048) return file.part(0, sizeBytes);
  const ends = new Uint8Array(2048);
  ends.set(file.part(0, 1024));
  ends.set(file.part(sizeBytes - 1024, sizeBytes), 1024);
  return ends;
}
