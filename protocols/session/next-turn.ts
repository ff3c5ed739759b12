/** Runs `task` in a later turn of the event loop, after pending I/O got its chance; browsers have no `setImmediate`. */
export const nextTurn: (task: () => void) => void =
  typeof setImmediate === 'function' ? (task) => void setImmediate(task) : (task) => void setTimeout(task, 0)
