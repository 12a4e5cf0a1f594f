// stub
import type { Program } from '../program.ts';
export function toggleTour(_: (program: Program) => void): void {}
