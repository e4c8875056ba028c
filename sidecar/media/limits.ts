import type { ImageLimit } from './types.ts'

/** What a vendor's models take beside words. Bytes are of the files, before base64 makes them a third larger. */
export interface VendorLimits {
  image: ImageLimit
  /** MIME types of images that go as they are. */
  imageTypes: readonly string[]
  pdf: { bytes: number; pages: number }
  /** Of one audio or video file; `audioTypes` where not all are taken. */
  recording: { bytes: number; audioTypes?: readonly string[] }
  /** Of all files in one request. */
  request: { bytes: number }
}

const MB = 1024 * 1024
const IMAGES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']
const PLAIN_AUDIO = ['audio/mpeg', 'audio/wav']

/** As the vendors document them; larger pictures they would make smaller themselves, or refuse. */
const VENDORS: Readonly<Record<string, VendorLimits>> = {
  anthropic: {
    image: { edge: 2000, bytes: 3.7 * MB },
    imageTypes: IMAGES,
    pdf: { bytes: 20 * MB, pages: 100 },
    recording: { bytes: 0 },
    request: { bytes: 20 * MB },
  },
  openai: {
    image: { edge: 2048, bytes: 10 * MB },
    imageTypes: IMAGES,
    pdf: { bytes: 25 * MB, pages: 1000 },
    recording: { bytes: 20 * MB, audioTypes: PLAIN_AUDIO },
    request: { bytes: 30 * MB },
  },
  google: {
    image: { edge: 3072, bytes: 7 * MB },
    imageTypes: ['image/png', 'image/jpeg', 'image/webp'],
    pdf: { bytes: 14 * MB, pages: 1000 },
    recording: { bytes: 14 * MB },
    request: { bytes: 14 * MB },
  },
}

/** Safe with every vendor we know. */
const CAUTIOUS: VendorLimits = {
  image: { edge: 2000, bytes: 3.7 * MB },
  imageTypes: IMAGES,
  pdf: { bytes: 14 * MB, pages: 100 },
  recording: { bytes: 14 * MB, audioTypes: PLAIN_AUDIO },
  request: { bytes: 14 * MB },
}

/** @param ref `anthropic/claude-sonnet-5-5` */
export const limitsOf = (ref: string): VendorLimits => VENDORS[ref.split('/', 1)[0]!] ?? CAUTIOUS

/** What a screen shows of an image. */
export const PREVIEW: Pick<VendorLimits, 'image' | 'imageTypes'> = {
  image: { edge: 1024, bytes: 1 * MB },
  imageTypes: [...IMAGES, 'image/apng'],
}
