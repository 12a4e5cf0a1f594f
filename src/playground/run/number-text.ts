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

/** Two decimals, where a number is one of many: `0.07`, `−12.5`; one digit of what is smaller. */
export function shortText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 1e4) return numberText(value);
  if (size >= 1000 || size === 0) return String(Math.round(value)).replaceAll('-', '−');
  const text = size >= 10 ? value.toPrecision(3) : size >= 0.01 ? value.toFixed(2) : value.toPrecision(1);
  return text.replaceAll('-', '−');
}
