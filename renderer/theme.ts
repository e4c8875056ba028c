import { useUi } from './stores/ui.ts'

/** Keeps the page in the theme the person chose; `system` leaves it to the browser. */
export function keepTheme(): void {
  const apply = () => {
    const { theme } = useUi.getState()
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }
  apply()
  useUi.subscribe(apply)
}
