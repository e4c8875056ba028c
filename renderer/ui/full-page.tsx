import type { ReactNode } from 'react'

/** A page that stands alone: nothing else can be done until what it says is done. */
export function FullPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="flex max-w-md flex-col gap-3">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {children}
      </div>
    </main>
  )
}
