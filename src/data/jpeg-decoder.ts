// libjpeg-turbo as WebAssembly, from the npm package @cwasm/jpeg-turbo, through its TurboJPEG interface. A decoder is used for one
// picture and then dropped: an error leaves it in an undefined state, and memory of WebAssembly never shrinks.

import { jpegTurbo } from './jpeg-turbo.ts';

/** Samples of a decoded pixel: grey, RGB, or CMYK. */
export type Samples = 1 | 3 | 4;

/** TurboJPEG's TJPF_GRAY, TJPF_RGB and TJPF_CMYK. */
const pixelFormats = { 1: 6, 3: 0, 4: 11 } as const;

interface TurboJpeg {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  tjInitDecompress(): number;
  /** 0, or −1 after errors and warnings. */
  tjDecompress2(
    handle: number,
    file: number,
    fileBytes: number,
    pixels: number,
    width: number,
    pitch: number,
    height: number,
    pixelFormat: number,
    flags: number,
  ): number;
}

/** `height · width · samples` bytes, or undefined where the decoder reports an error or warns of damaged data. */
export function decodeJpeg(
  parts: readonly Uint8Array[],
  width: number,
  height: number,
  samples: Samples,
): Uint8Array | undefined {
  const { exports } = new WebAssembly.Instance(jpegTurbo(), { env, wasi_snapshot_preview1: wasi });
  const turbo = exports as unknown as TurboJpeg;
  try {
    const handle = turbo.tjInitDecompress();
    const fileBytes = parts.reduce((sum, { length }) => sum + length, 0);
    const file = turbo.malloc(fileBytes);
    const pixels = turbo.malloc(width * height * samples);
    if (handle === 0 || file === 0 || pixels === 0) return undefined;
    let at = file;
    for (const part of parts) {
      new Uint8Array(turbo.memory.buffer).set(part, at);
      at += part.length;
    }
    const format = pixelFormats[samples];
    const status = turbo.tjDecompress2(handle, file, fileBytes, pixels, width, width * samples, height, format, 0);
    return status === 0 ? new Uint8Array(turbo.memory.buffer, pixels, width * height * samples) : undefined;
  } catch {
    return undefined;
  }
}

/** The decoder's way out of errors. */
const stop = (): never => {
  throw new Error('libjpeg-turbo stopped');
};

const env = { setjmp: () => 0, longjmp: stop };

const wasi = {
  environ_sizes_get: () => 0,
  environ_get: stop,
  proc_exit: stop,
  fd_close: stop,
  fd_seek: stop,
  fd_write: stop,
};
