import { ModelCatalogue } from './model-catalogue.tsx'
import { Providers } from './providers.tsx'
import { Section } from './section.tsx'

/** Who serves models, and which there are. */
export function Models() {
  return (
    <Section title="Models" note="Who serves them, and which there are.">
      <div className="flex flex-col gap-5">
        <Providers />
        <ModelCatalogue />
      </div>
    </Section>
  )
}
