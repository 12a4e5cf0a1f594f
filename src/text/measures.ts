// Times, losses and learning rates of a training, as people read them.

/** `45 s`, `3 min 5 s`, `2 h 10 min`; rounded up to whole seconds. */
export function durationText(milliseconds: number): string {
  const all = Math.ceil(milliseconds / 1000);
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  return minutes < 60 ? `${minutes} min ${all % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `0.0831`; of very small and very large ones three digits. */
export function lossText(loss: number): string {
  return loss >= 1e-3 && loss < 1e4 ? loss.toFixed(4) : loss.toPrecision(3);
}

/** `0.003`, `1.2e-8` */
export function rateText(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
