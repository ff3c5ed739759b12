/** What a node is doing, as health, progress, metrics and events all say it. */
export const PHASES = ['starting', 'connecting', 'headers', 'snapshot', 'blocks', 'synced', 'stalled'] as const
export type Phase = (typeof PHASES)[number]
