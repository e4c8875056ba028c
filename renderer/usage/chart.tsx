import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useUi } from '../stores/ui.ts'

export interface Bar {
  /** In the chart's foot; the shorter the better. */
  label: string
  value: number
  /** What is said of the bar under the pointer. */
  words: string
}

const HEIGHT = 200
/** Room for one label of the foot, in CSS pixels. */
const LABEL_ROOM = 84
/** The top of a chart in which all is zero: a dollar in micro-dollars. */
const NOTHING_TOP = 1_000_000
const FONT = '11px system-ui, sans-serif'

/** Bars beside each other. What they show stands as text in a table below, so to a screen reader this is a picture. */
export function Chart({ bars, label, show }: { bars: readonly Bar[]; label: string; show(value: number): string }) {
  const place = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number | null>(null)
  const scheme = useScheme()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read anew where the theme changes
  useEffect(() => {
    const box = place.current
    if (!box) return
    const chart = new uPlot(options(bars, show, box, setAt), [bars.map((_, index) => index), bars.map((bar) => bar.value)], box)
    const follow = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: HEIGHT }))
    follow.observe(box)
    return () => {
      follow.disconnect()
      chart.destroy()
    }
  }, [bars, show, scheme])
  return (
    <div>
      <p className="h-5 truncate text-right text-xs tabular-nums text-faint" aria-hidden>
        {at === null ? '' : bars[at]?.words}
      </p>
      <div ref={place} role="img" aria-label={label} style={{ height: HEIGHT }} />
    </div>
  )
}

function options(
  bars: readonly Bar[],
  show: (value: number) => string,
  box: HTMLElement,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const color = (name: string) => resolved(box, name)
  const axis = { stroke: color('--faint'), font: FONT, ticks: { show: false } }
  return {
    width: box.clientWidth,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false } },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: false, range: () => [-0.5, bars.length - 0.5] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : NOTHING_TOP] },
    },
    series: [
      {},
      {
        fill: color('--accent'),
        stroke: color('--accent'),
        width: 0,
        points: { show: false },
        ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.72, 48], radius: 0.08 }) }),
      },
    ],
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        splits: (chart) => everyNth(bars.length, chart.width),
        values: (_, splits) => splits.map((index) => bars[index]?.label ?? ''),
      },
      {
        ...axis,
        size: 62,
        grid: { stroke: color('--line'), width: 1 },
        values: (_, splits) => splits.map(show),
      },
    ],
    hooks: { setCursor: [(chart) => onPoint(chart.cursor.idx ?? null)] },
  }
}

/** As many places as have room for their labels. */
function everyNth(count: number, width: number): number[] {
  const step = Math.max(1, Math.ceil((count * LABEL_ROOM) / Math.max(1, width)))
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step)
}

/** A colour of the theme in a form that a canvas takes. */
function resolved(box: HTMLElement, name: string): string {
  box.style.color = `var(${name})`
  const { color } = getComputedStyle(box)
  box.style.color = ''
  return color
}

/** Changes with what the page looks like: the theme chosen, and that of the system. */
function useScheme(): string {
  const theme = useUi((ui) => ui.theme)
  const dark = useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia('(prefers-color-scheme: dark)')
      query.addEventListener('change', changed)
      return () => query.removeEventListener('change', changed)
    },
    () => window.matchMedia('(prefers-color-scheme: dark)').matches,
  )
  return `${theme} ${dark}`
}
