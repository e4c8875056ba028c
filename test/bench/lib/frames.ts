/** What runs in the page: each function is sent there as text, so it uses nothing from outside itself. */

interface Recording {
  frames: number[]
  on: boolean
}

/** Begins to record the time from each frame to the next. */
export function startFrames(): void {
  const recording: Recording = { frames: [], on: true }
  Object.assign(window, { benchFrames: recording })
  let last: number | undefined
  const tick = (at: number): void => {
    if (last !== undefined) recording.frames.push(at - last)
    last = at
    if (recording.on) requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
}

/** @returns milliseconds from frame to frame since `startFrames` */
export function stopFrames(): number[] {
  const recording = (window as unknown as { benchFrames: Recording }).benchFrames
  recording.on = false
  return recording.frames
}
