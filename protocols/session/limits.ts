import {
  BYTES_PER_TURN,
  CONTEST_MS,
  FIRST_FRAME_DELAY_MS,
  FRAMES_PER_TURN,
  HALF_OPEN_GRACE_MS,
  HANDSHAKE_TIMEOUT_MS,
  INACTIVITY_TIMEOUT_MS,
  MAX_HALF_OPEN,
  MAX_HALF_OPEN_PER_IP,
  MAX_RECEIVE_TOTAL_BYTES,
  PEER_RECORD_LINGER_MS,
  RECEIVE_HIGH_BYTES,
  RECEIVE_LOW_BYTES,
  SEND_DROP_BYTES,
  SEND_LOW_BYTES,
  SEND_QUEUE_BYTES,
  STALL_TIMEOUT_MS,
  SWEEP_INTERVAL_MS
} from './constants.ts'
import type { SessionLimits } from './interface.ts'

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
  firstFrameDelayMs: FIRST_FRAME_DELAY_MS,
  maxHalfOpen: MAX_HALF_OPEN,
  maxHalfOpenPerIp: MAX_HALF_OPEN_PER_IP,
  halfOpenGraceMs: HALF_OPEN_GRACE_MS,
  contestMs: CONTEST_MS,
  inactivityTimeoutMs: INACTIVITY_TIMEOUT_MS,
  stallTimeoutMs: STALL_TIMEOUT_MS,
  sweepIntervalMs: SWEEP_INTERVAL_MS,
  receiveHighBytes: RECEIVE_HIGH_BYTES,
  receiveLowBytes: RECEIVE_LOW_BYTES,
  maxReceiveTotalBytes: MAX_RECEIVE_TOTAL_BYTES,
  framesPerTurn: FRAMES_PER_TURN,
  bytesPerTurn: BYTES_PER_TURN,
  sendQueueBytes: SEND_QUEUE_BYTES,
  sendDropBytes: SEND_DROP_BYTES,
  sendLowBytes: SEND_LOW_BYTES,
  peerRecordLingerMs: PEER_RECORD_LINGER_MS
}
