// Code with colours, made when the site is built: classes, so that a stylesheet says which ones.
import highlight from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import ini from 'highlight.js/lib/languages/ini'
import json from 'highlight.js/lib/languages/json'
import lua from 'highlight.js/lib/languages/lua'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import yaml from 'highlight.js/lib/languages/yaml'

const languages = { bash, ini, json, lua, sql, typescript, yaml }
for (const [name, language] of Object.entries(languages)) highlight.registerLanguage(name, language)
const others = {
  ts: 'typescript',
  js: 'typescript',
  mjs: 'typescript',
  sh: 'bash',
  console: 'bash',
  yml: 'yaml',
  service: 'ini',
}

/** A block; in no language that is known it is as it was. */
export function coloured(text, language) {
  const known = others[language] ?? language
  const inner = known in languages ? highlight.highlight(text, { language: known }).value : escape(text)
  // Answers of the API are one line each.
  const block = `<pre${known === 'json' ? ' class="wrap"' : ''}><code>${inner}</code></pre>`
  if (language !== 'mermaid') return `${block}\n`
  return `<details class="diagram"><summary>A diagram, in the language of Mermaid (GitHub draws it)</summary>${block}</details>\n`
}

export function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
