import { PhotonImage, resize, SamplingFilter } from '@silvia-odwyer/photon-node'
import { imageSize } from 'image-size'
import { damaged } from '../problem.ts'
import type { ImageLimit } from '../types.ts'

const JPEG_QUALITIES = [85, 70, 50]
/** How much smaller the next try is where a format came out too large. */
const SMALLER = 0.75
const LEAST_EDGE = 64

/**
 * An image within a limit, upright, as PNG or JPEG. A photo stays a photo; a drawing stays sharp where that fits.
 * @throws MediaProblem `media.damaged`
 */
export function shrink(bytes: Uint8Array, limit: ImageLimit): { bytes: Uint8Array; mime: string } {
  let image: PhotonImage | undefined
  try {
    const { orientation = 1, type } = imageSize(bytes)
    image = upright(PhotonImage.new_from_byteslice(bytes), orientation)
    const photo = type === 'jpg' || type === 'jpeg'
    for (let edge = limit.edge; ; edge = Math.round(edge * SMALLER)) {
      image = fitted(image, edge)
      for (const encoded of encodings(image, photo)) if (encoded.bytes.length <= limit.bytes) return encoded
      if (edge < LEAST_EDGE) throw new Error('it cannot be made small enough')
    }
  } catch (error) {
    throw damaged('image', error)
  } finally {
    image?.free()
  }
}

function* encodings(image: PhotonImage, photo: boolean): Generator<{ bytes: Uint8Array; mime: string }> {
  if (!photo) yield { bytes: image.get_bytes(), mime: 'image/png' }
  const flat = photo ? image : onWhite(image)
  try {
    for (const quality of JPEG_QUALITIES) yield { bytes: flat.get_bytes_jpeg(quality), mime: 'image/jpeg' }
  } finally {
    if (flat !== image) flat.free()
  }
}

function fitted(image: PhotonImage, edge: number): PhotonImage {
  const [width, height] = [image.get_width(), image.get_height()]
  const scale = edge / Math.max(width, height)
  if (scale >= 1) return image
  const size = (side: number): number => Math.max(1, Math.round(side * scale))
  const smaller = resize(image, size(width), size(height), SamplingFilter.Lanczos3)
  image.free()
  return smaller
}

/** JPEG knows no transparency: what shines through becomes white, not black. */
function onWhite(image: PhotonImage): PhotonImage {
  const pixels = image.get_raw_pixels()
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3]!
    if (alpha === 255) continue
    for (let channel = at; channel < at + 3; channel++)
      pixels[channel] = Math.round((pixels[channel]! * alpha + 255 * (255 - alpha)) / 255)
    pixels[at + 3] = 255
  }
  return new PhotonImage(pixels, image.get_width(), image.get_height())
}

/** Turns an image as its camera says (EXIF orientation 1 to 8), since what is written anew says nothing of it. */
function upright(image: PhotonImage, orientation: number): PhotonImage {
  if (orientation < 2 || orientation > 8) return image
  const [width, height] = [image.get_width(), image.get_height()]
  const turned = orientation >= 5
  const from = new Uint32Array(new Uint8Array(image.get_raw_pixels()).buffer)
  image.free()
  const to = new Uint32Array(from.length)
  const [toWidth, toHeight] = turned ? [height, width] : [width, height]
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const [u, v] = turned ? [y, x] : [x, y]
      // Where the pixel comes from: mirrored sideways, upside down, or both.
      const sideways = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8
      const upsideDown = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7
      const sourceX = sideways ? width - 1 - u : u
      const sourceY = upsideDown ? height - 1 - v : v
      to[y * toWidth + x] = from[sourceY * width + sourceX]!
    }
  }
  return new PhotonImage(new Uint8Array(to.buffer), toWidth, toHeight)
}
