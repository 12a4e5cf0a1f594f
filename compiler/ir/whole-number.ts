// Whole numbers as reports write them, whatever the host's locale.

/** `61,706`; of a safe integer. Without `Intl`, whose first formatter takes longer than checking a network. */
export function wholeNumber(value: number): string {
  const digits = String(Math.abs(value));
  const first = digits.length % 3 || 3;
  const parts = [digits.slice(0, first)];
  for (let at = first; at < digits.length; at += 3) parts.push(digits.slice(at, at + 3));
  return `${value < 0 ? '-' : ''}${parts.join()}`;
}
