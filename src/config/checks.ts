import { formatEndpoint, isLoopbackHost } from './endpoint.ts'
import type { ConfigIssue } from './errors.ts'
import type { Origin } from './layer.ts'
import type { Config } from './settings.ts'

/** Hash of the key `hello`, which the reference's documentation and sample files use. */
export const WELL_KNOWN_API_KEY_HASH = '324dcf027dd4a30a932c441f365a25e86b173defa4b8e58948253471b81b72cf'

/** Rules about settings that each are fine alone. */
export function checkTogether(config: Config, origins: ReadonlyMap<string, Origin>): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const isGiven = (name: string): boolean => origins.get(name)?.source !== 'default'
  const fault = (key: string, message: string): void => {
    issues.push({ where: origins.get(key)!.where, key, message })
  }
  const { p2p, api } = config

  if (config.networkFile !== undefined && isGiven('network')) {
    fault('networkFile', `names a network of its own; ${origins.get('network')!.where} must not name one too`)
  }
  if (p2p.onlyPeers.length > 0 && p2p.peerDiscovery && isGiven('p2p.peerDiscovery')) {
    fault('p2p.peerDiscovery', 'must be false or unset when p2p.onlyPeers is set')
  }
  if (p2p.onlyPeers.length > p2p.maxConnections) {
    fault('p2p.onlyPeers', `has ${p2p.onlyPeers.length} peers, p2p.maxConnections allows ${p2p.maxConnections}`)
  }
  if (config.node.stateType === 'utxo') {
    fault('node.stateType', 'utxo is not in this version: the state is kept as its digest, with --state digest')
  }
  if (api.enabled) fault('api.enabled', 'the REST API is not in this version')
  if (p2p.carriers.length === 0) fault('p2p.carriers', 'must name at least one way to talk to peers')
  if (p2p.libp2pListen.length > 0 && p2p.carriers.every((c) => c === 'native')) {
    fault('p2p.libp2pListen', 'needs noise-yamux or noise-mplex in p2p.carriers')
  }
  const hasNative = p2p.carriers.includes('native')
  const hasLibp2p = p2p.carriers.some((c) => c !== 'native')
  for (const key of ['knownPeers', 'onlyPeers'] as const) {
    for (const peer of p2p[key] ?? []) {
      const isLibp2p = typeof peer === 'string'
      if (isLibp2p ? hasLibp2p : hasNative) continue
      const name = isLibp2p ? peer : formatEndpoint(peer)
      fault(`p2p.${key}`, `${name} cannot be reached: p2p.carriers has no ${isLibp2p ? 'noise-yamux or noise-mplex' : 'native'}`)
    }
  }
  const open = api.bindAddress !== undefined && !isLoopbackHost(api.bindAddress.host)
  if (open && api.apiKeyHash === WELL_KNOWN_API_KEY_HASH) {
    fault(
      'api.apiKeyHash',
      'is the hash of the well-known key "hello"; choose another key, or bind the API to a loopback address'
    )
  }
  if (api.publicUrl !== undefined && !api.enabled) fault('api.publicUrl', 'is told to peers, but api.enabled is false')
  return issues
}
