// Tells whether two texts are the same: FNV-1a of 32 bits from two starts. It is no protection against intent.

/** 16 hexadecimal digits. */
export const hashOfText = (text: string): string => `${fnv(text, 0x811c9dc5)}${fnv(text, 0x01234567)}`;

/** FNV-1a of 32 bits over UTF-16 code units, from any start. */
function fnv(text: string, start: number): string {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
