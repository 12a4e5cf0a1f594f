// Windows of pools with pixels between their taps.

import type { Window } from '../ir/operator.ts';

/** Whether pixels lie between the taps of a window. */
export const isDilated = ({ dilation }: Pick<Window, 'dilation'>): boolean => dilation.some((steps) => steps > 1);

/** What the windows of a pooling kernel have besides, if they are dilated. */
export const dilatedBy = (dilation: Window['dilation']) => (isDilated({ dilation }) ? { dilation } : {});
