import type { LogFields, LogLevel, LogSink, NodeEvents } from '../telemetry/index.ts'

/** Events that are worth a line of the log, as they come. */
export function logEvents(events: NodeEvents, log: LogSink): void {
  const say = (level: LogLevel, event: string, message: string, fields: LogFields): void =>
    log.event(level, 'ergo', event, message, fields)
  events.addEventListener('sync:phase', ({ detail: { detail } }) => {
    const { from, to, reason } = detail
    say('info', 'phase-changed', `phase ${from} -> ${to}${reason === '' ? '' : `: ${reason}`}`, { ...detail })
  })
  events.addEventListener('chain:reorg', ({ detail: { detail } }) => {
    const { depth, commonHeight, height, headerId } = detail
    const message = `reorganisation: ${depth} undone above height ${commonHeight}, the tip was ${height} ${headerId}`
    say('info', 'chain-reorganised', message, { ...detail })
  })
  events.addEventListener('peer:connected', ({ detail: { detail } }) => {
    const { address, agent, name, direction } = detail
    say('debug', 'peer-connected', `${direction} peer ${address} (${agent}, ${name})`, { ...detail })
  })
  events.addEventListener('peer:disconnected', ({ detail: { detail } }) => {
    say('debug', 'peer-disconnected', `peer ${detail.address} is gone: ${detail.reason}`, { ...detail })
  })
  events.addEventListener('peer:banned', ({ detail: { detail } }) => {
    say('warn', 'peer-banned', `${detail.ip} is banned: ${detail.reason}`, { ...detail })
  })
}
