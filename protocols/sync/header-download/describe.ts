import type { HeaderDownloadSnapshot, SyncChain } from '../interface.ts'
import type { PeerSlot } from './peer-slot.ts'
import type { RequestTable } from './request-table.ts'

/** The state of the download, for progress lines and the watchdog. */
export function describeDownload(
  chain: SyncChain,
  slots: readonly PeerSlot[],
  table: RequestTable,
  now: number
): Omit<HeaderDownloadSnapshot, 'timedOut'> {
  let inFlight = 0
  let verifying = 0
  let waiting = 0
  for (const entry of table.wanted.values()) {
    if (entry.state === 'verifying') verifying++
    else if (entry.state === 'requested') inFlight++
    else waiting++
  }
  return {
    claimedHeight: highestClaim(slots),
    peers: slots.length,
    busyPeers: slots.filter((s) => s.scout !== undefined || s.requests.size > 0).length,
    idsWaiting: waiting,
    headersInFlight: inFlight,
    headersVerifying: verifying,
    waitingFor: waitingFor(chain, slots, inFlight, verifying, now)
  }
}

/** Who boasts is believed only when nobody else says anything. */
function highestClaim(slots: readonly PeerSlot[]): number {
  const claims = slots.filter((s) => s.claimedHeight > 0)
  const sound = claims.filter((s) => !s.boasts)
  return (sound.length > 0 ? sound : claims).reduce((max, s) => Math.max(max, s.claimedHeight), 0)
}

function waitingFor(chain: SyncChain, slots: readonly PeerSlot[], inFlight: number, verifying: number, now: number): string {
  if (slots.length === 0) return 'the first answer of a peer'
  const name = (slot: PeerSlot): string => slot.session.remote.ip ?? slot.session.peerId.toString()
  const oldest = slots.flatMap((s) => [...s.requests]).sort((a, b) => a.sentAt - b.sentAt)[0]
  if (oldest !== undefined) {
    const age = Math.round(now - oldest.sentAt)
    return `${inFlight} headers, the oldest request of ${age} ms ago to ${name(oldest.slot)}`
  }
  const scouting = slots.find((s) => s.scout !== undefined)
  if (scouting?.scout !== undefined)
    return `header ids from ${name(scouting)}, asked ${Math.round(now - scouting.scout.sentAt)} ms ago`
  if (verifying > 0) return `verification of ${verifying} headers`
  const highest = highestClaim(slots)
  if (highest <= chain.height) return 'a new block: no peer claims a higher chain'
  return `ids above height ${chain.height} from one of ${slots.length} peers`
}
