// The short way from most decimal numbers to f64. Up to 15 digits are exact in f64, and dividing them by an exact power of ten
// rounds once (Clinger, How to Read Floating Point Numbers Accurately, 1990), so that the result is that of `Number`.

const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** The number `text[start, end)`, such as `-12.5`; NaN for what JSON would not accept, has an exponent or more than 15 digits. */
export function plainDecimal(text: string, start: number, end: number): number {
  const isNegative = text.charCodeAt(start) === 0x2d;
  const first = isNegative ? start + 1 : start;
  if (first >= end || end - first > 16) return NaN;
  let digits = 0;
  let point = -1;
  for (let at = first; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) digits = digits * 10 + code - 0x30;
    else if (code === 0x2e && point === -1 && at > first && at < end - 1) point = at;
    else return NaN;
  }
  const isZeroFirst = text.charCodeAt(first) === 0x30 && end - first > 1 && point !== first + 1;
  if (isZeroFirst || (point === -1 && end - first > 15)) return NaN;
  const value = point === -1 ? digits : digits / POWERS[end - point - 1]!;
  return isNegative ? -value : value;
}
