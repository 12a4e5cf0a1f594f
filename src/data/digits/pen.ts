// A pen on paper: smooth curves through points, and lines of changing thickness drawn with anti-aliased edges.

/** A pen's path in pixels; `radii` are half the thickness at each point. */
export interface Line {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly radii: Float64Array;
}

/** The points x0, y0, x1, y1, … of a Catmull–Rom spline through `points`, `steps` for each piece, both ends included. */
export function spline(points: readonly number[], steps: number): Float64Array {
  const last = points.length / 2 - 1;
  const curve = new Float64Array(2 * (last * steps + 1));
  for (let axis = 0; axis < 2; axis++) {
    const at = (i: number): number => points[2 * i + axis]!;
    for (let piece = 0; piece < last; piece++) {
      const [b, c] = [at(piece), at(piece + 1)];
      // Beyond the ends the curve goes on as it came.
      const a = piece > 0 ? at(piece - 1) : 2 * b - c;
      const d = piece + 1 < last ? at(piece + 2) : 2 * c - b;
      const [linear, square, cube] = [(c - a) / 2, a - 2.5 * b + 2 * c - d / 2, (d - a) / 2 + 1.5 * (b - c)];
      for (let step = 0; step < steps; step++) {
        const t = step / steps;
        curve[2 * (piece * steps + step) + axis] = b + t * (linear + t * (square + t * cube));
      }
    }
    curve[2 * last * steps + axis] = at(last);
  }
  return curve;
}

/**
 * Draws a line into `ink` [height, width], 0 for none to 1 for full; where lines meet, the darker one counts. A pixel's centre
 * lies at halves, and edges fade over `softness` pixels.
 */
export function drawLine(
  { x, y, radii }: Line,
  ink: Float64Array,
  height: number,
  width: number,
  softness: number,
): void {
  for (let i = 0; i + 1 < x.length; i++) {
    const x0 = x[i]!;
    const y0 = y[i]!;
    const r0 = radii[i]!;
    const dx = x[i + 1]! - x0;
    const dy = y[i + 1]! - y0;
    const dr = radii[i + 1]! - r0;
    const reach = Math.max(r0, r0 + dr) + softness / 2;
    const left = Math.max(0, Math.ceil(Math.min(x0, x0 + dx) - reach - 0.5));
    const right = Math.min(width - 1, Math.floor(Math.max(x0, x0 + dx) + reach - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(y0, y0 + dy) - reach - 0.5));
    const bottom = Math.min(height - 1, Math.floor(Math.max(y0, y0 + dy) + reach - 0.5));
    const inverse = 1 / Math.max(dx * dx + dy * dy, 1e-9);
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const place = row * width + column;
        if (ink[place] === 1) continue;
        const px = column + 0.5 - x0;
        const along = (px * dx + py * dy) * inverse;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const ex = px - t * dx;
        const ey = py - t * dy;
        const covered = (r0 + t * dr - Math.sqrt(ex * ex + ey * ey)) / softness + 0.5;
        if (covered > ink[place]!) ink[place] = covered < 1 ? covered : 1;
      }
    }
  }
}
