// Numbers as the page writes them: short, with a true minus sign.

/** Three digits that tell something: `0.0831`, `−12.5`, `1.2e-8`. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const text = Math.abs(value) >= 1e5 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll('-', '−');
}

/** The same with five digits, for a result. */
export function resultText(value: number): string {
  if (!Number.isFinite(value)) return numberText(value);
  return String(Number(value.toPrecision(5))).replaceAll('-', '−');
}

/** As many decimals for all numbers of a table, by the largest of them, `scale`: two where it is from 1 to 10. */
export function fixedText(value: number, scale: number): string {
  const decimals = 2 - Math.floor(Math.log10(scale));
  if (value === 0) return '0';
  if (!Number.isFinite(value) || decimals < 0 || decimals > 5) return numberText(value);
  // Without the sign of what is rounded to zero.
  return value
    .toFixed(decimals)
    .replace(/^-(?=[0.]*$)/, '')
    .replaceAll('-', '−');
}
