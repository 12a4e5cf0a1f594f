// What decoders of pictures give.

/** 8 bits a sample, rows top to bottom, channels interleaved: 1 is grey, 3 is red, green, blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** `height · width · channels` bytes. */
  readonly data: Uint8Array;
}
