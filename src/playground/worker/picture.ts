// The worker that decodes pictures, by the decoders of `cnnc run`: the same pixels, and the same sentences for damaged files.

import { isJpeg } from '../../data/picture-kind.ts';
import { checkPictureBytes } from '../../data/picture-limits.ts';
import { readPicture } from '../../data/picture.ts';
import { loadJpegTurbo } from '../jpeg-turbo.ts';
import type { PictureCalls, PictureData } from '../run/protocol.ts';
import { serve } from './serve.ts';

const calls: PictureCalls = {
  async decode(bytes): Promise<PictureData> {
    checkPictureBytes(bytes.length);
    if (isJpeg(bytes)) await loadJpegTurbo(location.href);
    const { width, height, channels, data: samples } = readPicture(bytes);
    const data = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let from = 0, to = 0; from < samples.length; from += channels, to += 4) {
      for (let channel = 0; channel < 3; channel++)
        data[to + channel] = samples[channels === 1 ? from : from + channel]!;
    }
    return { width, height, data };
  },
};

serve({ ...calls });
