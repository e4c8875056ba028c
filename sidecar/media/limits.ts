import type { ImageLimit } from './types.ts'

/** What a vendor's models take beside words. Bytes are of the files, before base64 makes them a third larger. */
export interface VendorLimits {
  image: ImageLimit
  pdf: { bytes: number; pages: number }
  /** Of one audio or video file. */
  recording: { bytes: number }
  /** Of all files in one request. */
  request: { bytes: number }
}

const MB = 1024 * 1024

/** As the vendors document them; larger pictures they would make smaller themselves, or refuse. */
const VENDORS: Readonly<Record<string, VendorLimits>> = {
  anthropic: {
    image: { edge: 2000, bytes: 3.7 * MB },
    pdf: { bytes: 20 * MB, pages: 100 },
    recording: { bytes: 0 },
    request: { bytes: 20 * MB },
  },
  openai: {
    image: { edge: 2048, bytes: 10 * MB },
    pdf: { bytes: 25 * MB, pages: 1000 },
    recording: { bytes: 20 * MB },
    request: { bytes: 30 * MB },
  },
  google: {
    image: { edge: 3072, bytes: 7 * MB },
    pdf: { bytes: 14 * MB, pages: 1000 },
    recording: { bytes: 14 * MB },
    request: { bytes: 14 * MB },
  },
}

/** Safe with every vendor we know. */
const CAUTIOUS: VendorLimits = {
  image: { edge: 2000, bytes: 3.7 * MB },
  pdf: { bytes: 14 * MB, pages: 100 },
  recording: { bytes: 14 * MB },
  request: { bytes: 14 * MB },
}

/** @param ref `anthropic/claude-sonnet-5-5` */
export const limitsOf = (ref: string): VendorLimits => VENDORS[ref.split('/', 1)[0]!] ?? CAUTIOUS

/** What a screen shows of an image. */
export const PREVIEW: ImageLimit = { edge: 1024, bytes: 1 * MB }
