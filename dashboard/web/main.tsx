import { render } from 'preact'
import { App } from './shell/app.tsx'
import './styles/colours.css'
import './styles/base.css'
import './styles/header.css'
import './styles/controls.css'
import './styles/table.css'
import './styles/chart.css'
import './styles/notes.css'
import './styles/dialog.css'
import './styles/pages.css'

render(<App />, document.getElementById('app')!)
