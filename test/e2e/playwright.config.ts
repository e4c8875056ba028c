import { defineConfig } from '@playwright/test'

/** The installed Chromium, found by `npm test`; without it Playwright looks for its own. */
const executablePath = process.env.OXBOW_CHROMIUM || undefined
const isRoot = process.getuid?.() === 0

export default defineConfig({
  outputDir: '../../test-results/e2e',
  // Each test starts a sidecar of its own; the machine, not Playwright, sets the limit.
  workers: 2,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // A machine that builds may stall for seconds; what fails there twice is wrong, what fails once is named as flaky.
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      // Chromium's own sandbox refuses root; for anybody else it stays on.
      args: isRoot ? ['--no-sandbox'] : [],
    },
  },
  projects: [
    { name: 'browser', testDir: './browser', testMatch: '**/*.spec.ts' },
    { name: 'electron', testDir: './electron', testMatch: '**/*.spec.ts', timeout: 120_000 },
  ],
})
