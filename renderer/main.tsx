import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startConnection } from './connection/start.ts'
import { keepSessionList } from './session/keep-list.ts'
import './styles.css'
import { keepTheme } from './theme.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
keepTheme()
startConnection()
keepSessionList()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
