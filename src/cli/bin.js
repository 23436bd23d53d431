#!/usr/bin/env node
// What the shell starts, on whatever Node it finds. Everything here must parse and run on Node 14, or nobody reads the message:
// no `node:` imports, no top-level await, no syntax newer than 2019.
import { spawn, spawnSync } from 'child_process'
import { existsSync } from 'fs'
import { fileURLToPath } from 'url'

const needed = [24, 15]
/** EX_CONFIG of sysexits.h: starting it again changes nothing. */
const exitCannotRun = 78

const self = fileURLToPath(import.meta.url)
const main = new URL('../../dist/src/cli/main.js', import.meta.url)

if (isNewEnough(process.versions.node)) start()
else restartOn(fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url)))

function start() {
  if (!existsSync(fileURLToPath(main))) refuse(': this checkout is not built yet: run `npm run build`')
  else import(main.href).then((module) => module.main(process.argv.slice(2))).catch(crash)
}

/** A checkout brings its own Node (docs/decisions/0001): if it is there, become it, as far as a parent can. */
function restartOn(node) {
  if (!isNewEnough(versionOf(node))) {
    const found =
      ' FW_NODE_TOO_OLD: this is Node ' + process.versions.node + ', ' + needed.join('.') + ' or newer is needed: '
    return refuse(found + 'install it from https://nodejs.org (in a checkout `npm ci` and `npx fiber-work` bring it)')
  }
  const child = spawn(node, process.execArgv.concat(self, process.argv.slice(2)), { stdio: 'inherit' })
  // On a terminal Ctrl-C and hang-up reach the child by themselves; passed on, they would be a second signal, which means "now".
  const onTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']
  for (const signal of signals) {
    const direct = onTerminal && signal !== 'SIGTERM' && signal !== 'SIGUSR2'
    process.on(signal, () => direct || child.kill(signal))
  }
  child.on('error', crash)
  child.on('exit', (code, signal) => {
    if (signal === null) return process.exit(code)
    // Die as the child died, so that our parent sees the same.
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function versionOf(node) {
  return existsSync(node) ? String(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout) : ''
}

function isNewEnough(version) {
  const parts = version.replace(/^v/, '').split('.').map(Number)
  return parts[0] > needed[0] || (parts[0] === needed[0] && parts[1] >= needed[1])
}

function refuse(reason) {
  process.stderr.write('error' + reason + '\n')
  process.exitCode = exitCannotRun
}

function crash(error) {
  console.error(error)
  process.exitCode = 1
}
