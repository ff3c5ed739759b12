const KEY = String.raw`(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')`
const DOTTED = String.raw`${KEY}(?:\s*\.\s*${KEY})*`
const TABLE_LINE = new RegExp(String.raw`^\s*\[{1,2}\s*(${DOTTED})\s*\]`)
const KEY_LINE = new RegExp(String.raw`^\s*(${DOTTED})\s*=`)

/** `"p2p" . maxConnections` as `p2p.maxConnections`. */
function normalize(dotted: string): string {
  return [...dotted.matchAll(new RegExp(KEY, 'g'))].map(([part]) => part.replace(/^["']|["']$/g, '')).join('.')
}

/**
 * First line of each table and key of a TOML document, counted from 1, by full name. The parser gives no positions;
 * this reads only line heads, so a key written inside an inline table has the line of that table at best.
 */
export function tomlLines(document: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  let table = ''
  for (const [index, line] of document.split('\n').entries()) {
    const heading = TABLE_LINE.exec(line)
    const key = heading === null ? KEY_LINE.exec(line) : null
    if (heading !== null) table = normalize(heading[1]!)
    else if (key === null) continue
    const name = key === null ? table : [table, normalize(key[1]!)].filter((p) => p !== '').join('.')
    if (!lines.has(name)) lines.set(name, index + 1)
  }
  return lines
}
