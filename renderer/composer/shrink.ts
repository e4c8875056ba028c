/** Pixels of the longer edge: more than any model looks at. */
const EDGE = 4096
const QUALITY = 0.9

/** A picture as a smaller JPEG. @throws Error where the browser cannot read it */
export async function shrinkImage(file: File): Promise<File> {
  const full = await createImageBitmap(file)
  try {
    const scale = Math.min(1, EDGE / Math.max(full.width, full.height))
    const canvas = new OffscreenCanvas(Math.round(full.width * scale), Math.round(full.height * scale))
    const context = canvas.getContext('2d')
    if (!context) throw new Error('this browser cannot draw pictures')
    context.fillStyle = 'white'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(full, 0, 0, canvas.width, canvas.height)
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
    return new File([blob], `${file.name.replace(/\.[^.]*$/, '')}.jpg`, { type: 'image/jpeg' })
  } finally {
    full.close()
  }
}
