/** A process that does as much of the control task as it is told, and answers when it is done. */
import { control } from '../control.ts'

process.on('message', (n: number) => process.send?.({ sink: control(n) }))
process.on('disconnect', () => process.exit(0))
